import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  amountOf,
  decimalsOf,
  faultOfAmount,
  hundredthsOf,
  isAmbiguousAmount,
  readAmount,
} from '../../../src/mapping/money.js';

describe('reading amounts', () => {
  it.each([
    ['129.90', 129.9],
    ['0', 0],
    [0, 0],
    [59.989999999999995, 59.99],
    ['1.005', 1.01],
    [1.005, 1.01],
    ['2.675', 2.68],
    ['-12.345', -12.35],
    ['-0.001', 0],
    [1e-7, 0],
    ['  42 ', 42],
    ['9999999999999.99', 9999999999999.99],
    ['9999999999999.994', 9999999999999.99],
    ['000000000000012.5', 12.5],
    ['-00000000000000.125', -0.13],
  ])('%s is %s', (amount, expected) => {
    expect(readAmount(amount)).toBe(expected);
  });

  it.each([
    '1.299,00',
    '12 EUR',
    '',
    '1e5',
    '.5',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    true,
    '99999999999999.99',
    '10000000000000.001',
  ])('%s is not a plain amount', (amount) => {
    expect(readAmount(amount)).toBeUndefined();
  });

  it('keeps every amount of cents to the digit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 14 }), (cents) => {
        const digits = String(cents).padStart(3, '0');
        const text = `${digits.slice(0, -2)}.${digits.slice(-2)}`;
        expect(readAmount(text)?.toFixed(2)).toBe(text);
      }),
    );
  });
});

describe('reading amounts that need no rounding', () => {
  it('gives what rounding digit by digit gives', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^-?\d{1,13}(?:\.\d{1,2})?$/), (text) => {
        // So many zeros in front that the short way is closed.
        const longer = text.replace(/\d/, (digit) => `${'0'.repeat(13)}${digit}`);
        expect(readAmount(text)).toBe(readAmount(longer));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('saying what is wrong with an amount', () => {
  it.each([
    ['1.299,00', 'has a comma'],
    ['1,299.00', 'has a comma'],
    ['1.299.000', 'has a comma'],
    ['1 299', 'has a comma'],
    ['1’299.00', 'has a comma'],
    ["-1'299", 'has a comma'],
    ['129,90 €', 'holds more than an amount'],
    ['EUR 129', 'holds more than an amount'],
    ['12%', 'holds more than an amount'],
    ['1e5', 'holds more than an amount'],
    ['+5.00', 'is not a plain decimal amount'],
    ['.5', 'is not a plain decimal amount'],
    ['5.', 'is not a plain decimal amount'],
    ['10000000000000.001', 'is not a plain decimal amount'],
    ['-', 'is not a plain decimal amount'],
    ['free', 'is not a plain decimal amount'],
  ])('%j %s', (text, words) => {
    expect(faultOfAmount(text)).toContain(words);
  });
});

describe('amounts that could be thousands', () => {
  it.each([
    ['1.249', false, true],
    ['-1249.500', false, true],
    ['1.249', true, false],
    ['1.24', false, false],
    ['1.2490', false, false],
    ['1.249.000', false, false],
    ['12.345', undefined, true],
    ['-123.456', undefined, true],
    ['1249.500', undefined, false],
    ['0.125', undefined, false],
    ['1.2490', undefined, false],
  ])('%s in a currency of three decimals (%s): %s', (text, isOfThreeDecimals, isAmbiguous) => {
    expect(isAmbiguousAmount(text, isOfThreeDecimals)).toBe(isAmbiguous);
  });
});

describe('counting decimals', () => {
  it.each([
    [1, 0],
    [1.5, 1],
    [1.25, 2],
    [1.255, 3],
    [1e-7, 7],
    [1.5e-7, 8],
    [1e21, 0],
  ])('%s has %i', (amount, decimals) => {
    expect(decimalsOf(amount)).toBe(decimals);
  });
});

describe('summing amounts', () => {
  it.each([
    [129.9, 12_990],
    [0.07, 7],
    [12, 1200],
    [-3.5, -350],
    [9999999999999.99, 999_999_999_999_999],
    [1.005, undefined],
    [1e21, undefined],
    [1e-7, undefined],
    [Number.NaN, undefined],
    [9e15, undefined],
  ])('%s is %s hundredths', (amount, expected) => {
    expect(hundredthsOf(amount)).toBe(expected);
  });

  it('of nothing is 0, without a sign', () => {
    expect(amountOf(0n)).toBe(0);
  });

  it('gives back each amount that an event can have', () => {
    const cents = fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n });
    fc.assert(
      fc.property(cents, (hundredths) => {
        expect(hundredthsOf(amountOf(hundredths))).toBe(Number(hundredths));
      }),
    );
  });
});
