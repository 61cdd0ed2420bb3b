import { describe, expect, it } from 'vitest';
import { INDEX_DIGEST_CHARS, indexDigestOf } from '../../../src/queue/id-index.js';

describe('index digests', () => {
  const ids = Array.from(
    { length: 100_000 },
    (_, place) => `shopify:OFF_AMAZON_PURCHASES:${5_000_000_000_000 + place}`,
  );
  const digests = ids.map(indexDigestOf);

  it('are of one length, and of characters that each take a byte', () => {
    for (const id of ['', 'é', '1001', '😀'.repeat(100)]) {
      expect(indexDigestOf(id)).toMatch(/^[a-z2-7]{3}[\w-]{8}$/);
      expect(indexDigestOf(id)).toHaveLength(INDEX_DIGEST_CHARS);
    }
  });

  it('differ for ids in a row', () => {
    expect(new Set(digests).size).toBe(ids.length);
  });

  it('spread over the buckets, so that each holds few', () => {
    const sizes = new Map<string, number>();
    for (const digest of digests) sizes.set(digest.slice(0, 3), (sizes.get(digest.slice(0, 3)) ?? 0) + 1);
    // Three a bucket on average; by chance alone 19 or more have a probability of 10^-10 each.
    expect(Math.max(...sizes.values())).toBeLessThan(19);
    expect(sizes.size).toBeGreaterThan(30_000);
  });
});
