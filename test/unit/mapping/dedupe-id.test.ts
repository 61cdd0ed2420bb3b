import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digestLarge } from '../../../src/mapping/dedupe-id.js';

/** `{"note":"…"}` of so many characters. */
const fieldsOf = (chars: number) => ({ note: 'n'.repeat(chars - '{"note":""}'.length) });

describe('what the events of a body share, in their ids', () => {
  it('stands as it is up to 4,000 characters, and as its digest beyond: an upgrade must not change ids', () => {
    expect(digestLarge(fieldsOf(4_000))).toEqual(fieldsOf(4_000));
    const large = fieldsOf(4_001);
    const sharedSha256 = createHash('sha256').update(JSON.stringify(large)).digest('hex');
    expect(digestLarge(large)).toEqual({ sharedSha256 });
  });
});
