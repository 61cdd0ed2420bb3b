import { describe, expect, it } from 'vitest';
import { FailedSignIns } from '../../../src/console/failed-sign-ins.js';

describe('counting wrong tokens', () => {
  it('counts those of an address within a minute', () => {
    const failures = new FailedSignIns();
    expect([0, 1, 59_999, 60_000].map((nowMs) => failures.note('192.0.2.1', nowMs))).toEqual([1, 2, 3, 1]);
    expect(failures.note('192.0.2.2', 0)).toBe(1);
  });

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', 2],
    ['2001:db8::1', '2001:db8:0:0:5::', 2],
    ['::1', '::2', 2],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', 1],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2', 1],
  ])('takes %s and %s for the same network as often as they are: %s', (first, second, count) => {
    const failures = new FailedSignIns();
    failures.note(first, 0);
    expect(failures.note(second, 0)).toBe(count);
  });

  it('remembers ten thousand addresses and no more, forgetting the oldest', () => {
    const failures = new FailedSignIns();
    for (let number = 0; number <= 10_000; number += 1) failures.note(`host-${number}`, 0);
    expect(failures.note('host-1', 1)).toBe(2);
    expect(failures.note('host-0', 1)).toBe(1);
  });

  it('holds a hundred answers back at once and lets the others go', async () => {
    const failures = new FailedSignIns(5);
    const held = Array.from({ length: 100 }, () => failures.delay());
    let isHeld = true;
    void held[0]?.then(() => {
      isHeld = false;
    });
    await failures.delay();
    expect(isHeld).toBe(true);
    await Promise.all(held);
  });
});
