import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOffMs } from '../../../src/worker/back-off.js';

const BACK_OFF = { baseMs: 1_000, maxMs: 300_000 };

describe('backing off', () => {
  it.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [9, 256_000],
    [10, 300_000],
    [100, 300_000],
    [5_000, 300_000],
  ])('after %i failures the wait is at most %i ms', (attempts, ceilingMs) => {
    expect(backOffMs(attempts, BACK_OFF, 1)).toBe(ceilingMs);
    expect(backOffMs(attempts, BACK_OFF, 0.5)).toBe(ceilingMs / 2);
    expect(backOffMs(attempts, BACK_OFF, 0)).toBe(0);
  });

  it('gives whole milliseconds between nothing and the longest wait, whatever chance brings', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 600_000 }),
        fc.integer({ min: 1, max: 86_400_000 }),
        (attempts, baseMs, maxMs) => {
          const waitMs = backOffMs(attempts, { baseMs, maxMs });
          expect(Number.isInteger(waitMs)).toBe(true);
          expect(waitMs).toBeGreaterThanOrEqual(0);
          expect(waitMs).toBeLessThanOrEqual(Math.min(maxMs, baseMs * 2 ** (attempts - 1)));
        },
      ),
    );
  });
});
