import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { canonicalTime, faultOfTime } from '../../../src/mapping/time.js';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 2_000);

describe('canonical times', () => {
  it('brings what the schema takes into the form that the built-in writes', () => {
    const two = (max: number) => fc.integer({ min: 0, max }).map((number) => String(number).padStart(2, '0'));
    const digits = fc.stringMatching(/^(?:|\.\d{1,7})$/);
    const zone = fc.oneof(
      fc.constant('Z'),
      fc
        .tuple(fc.constantFrom('+', '-'), two(23), two(59))
        .map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`),
    );
    const year = fc.oneof(
      fc.constantFrom('0000', '0099', '9999'),
      two(99).map((number) => `20${number}`),
    );
    const isTaken = z.iso.datetime({ offset: true });
    let taken = 0;
    fc.assert(
      fc.property(fc.tuple(year, two(12), two(31), two(23), two(59), two(59), digits, zone), (parts) => {
        const [years, month, day, hours, minutes, seconds, fraction, offset] = parts;
        const text = `${years}-${month}-${day}T${hours}:${minutes}:${seconds}${fraction}${offset}`;
        if (!isTaken.safeParse(text).success) return;
        taken += 1;
        const iso = new Date(text).toISOString();
        expect(canonicalTime(text)).toBe(iso);
      }),
      { numRuns: RUNS },
    );
    expect(taken).toBeGreaterThan(RUNS / 2);
  });
});

describe('times in their ordinary forms', () => {
  it.each([
    ['2026-11-20T10:00:00Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T10:00:00.123Z', '2026-11-20T10:00:00.123Z'],
    ['2026-11-20T10:00:00.1Z', '2026-11-20T10:00:00.100Z'],
    ['2026-11-20T10:00:00+01:00', '2026-11-20T09:00:00.000Z'],
    ['2026-11-20T10:00:00.5-02:00', '2026-11-20T12:00:00.500Z'],
  ])('%s is %s', (text, time) => {
    expect(canonicalTime(text)).toBe(time);
  });
});

describe('saying what form a time has that cannot be read', () => {
  it.each([
    ['20.11.2026 10:00', 'is written day/month/year'],
    ['11/20/2026', 'is written month/day/year'],
    ['11/10/2026', 'cannot be told apart'],
    ['2026/11/20 10:00', 'with slashes or points'],
    ['2026-11-20', 'is a day without a time'],
    ['20261120', 'is written without separators'],
    ['20261120T1000', 'is written without separators'],
    ['202611201000', 'is written without separators'],
    ['20261120100000Z', 'is written without separators'],
    ['2026-11-20 10:00:00', 'has no time zone'],
    ['2026-11-20 10:00:00 +0100', 'has a space in place of the T'],
    ['2026-02-30T10:00:00Z', 'does not exist'],
    ['1795168800', 'is a number of seconds'],
    [1795168800000, 'is a number of milliseconds'],
    ['1795168800000.5', 'is a number of milliseconds'],
    ['2000000000000', 'is a number of milliseconds'],
    ['1795168800000000', 'is a number of microseconds'],
    ['46346.4', 'number of a day'],
    ['Friday, November 20', 'is written in words'],
    ['soon', 'is in no form of time that can be read'],
    ['', 'is required'],
    [null, 'is required'],
    [undefined, 'is required'],
    [' 2026-11-20 ', 'is a day without a time'],
    [true, 'must be text'],
  ])('of %j: %s', (written, form) => {
    const fault = faultOfTime(written);
    expect(fault).toContain(form);
    expect(fault).toContain('write ISO 8601 with a time zone');
  });
});
