import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digestOf, joinDigests, LETTERS, windowIdsOf } from '../../../src/window/layout.js';

/** As the page of the window's keys says it: 15 bits for three letters, then 10 bytes. */
function expectedOf(id: string): string {
  const bytes = createHash('sha256').update(id).digest();
  const bits = bytes.readUInt16BE(0);
  const letters = [bits >> 10, bits >> 5, bits].map((part) => LETTERS[part & 31]).join('');
  return letters + bytes.subarray(2, 12).toString('latin1');
}

describe('the digest of an id in the window', () => {
  it.each(['order-1', 'shopify:OFF_AMAZON_PURCHASES:6504412479776', '注文-🛒', ''])('of %j', (id) => {
    expect(digestOf(id)).toBe(expectedOf(id));
    expect(digestOf(id)).toHaveLength(13);
  });

  it('is the same after an upgrade, or every id would be new', () => {
    expect(Buffer.from(digestOf('order-1'), 'latin1').toString('hex')).toBe('633570e22156d2698c143b8604');
  });

  it('is a byte a character for the scripts', () => {
    const digests = ['order-1', 'order-2'].map(digestOf);
    expect(joinDigests(digests).toString('latin1')).toBe(digests.join(''));
  });
});

describe('counting the window', () => {
  it('counts the hours that are not over, by the window that is noted', () => {
    const hour = 3_600_000;
    const sizes = ['window', String(2 * hour), '0', '5', '1', '7'];
    expect([0, 3 * hour - 1, 3 * hour, 4 * hour].map((nowMs) => windowIdsOf(sizes, nowMs))).toEqual([12, 12, 7, 0]);
    expect(windowIdsOf(['0', '5'], hour - 1)).toBe(5);
    expect(windowIdsOf([], 0)).toBe(0);
  });
});
