import { describe, expect, it } from 'vitest';
import {
  countText,
  durationText,
  eventWords,
  moneyText,
  plural,
  rateText,
  relativeText,
  shortCountText,
  shortHash,
  titleOf,
  utcText,
  wordsOf,
} from '../../../src/console/format.js';

const NOW = Date.parse('2026-11-20T12:00:00Z');

describe('writing times', () => {
  it.each([
    [0, 'just now'],
    [1_999, 'just now'],
    [42_000, '42 s ago'],
    [119_000, '119 s ago'],
    [120_000, '2 min ago'],
    [7_200_000, '2 h ago'],
    [172_800_000, '2 d ago'],
    [-90_000, 'in 90 s'],
  ])('%d ms before now is %s', (ms, text) => expect(relativeText(NOW - ms, NOW)).toBe(text));

  it('never shows a negative duration', () => expect(durationText(-5)).toBe('0 s'));
  it('has the exact time in UTC', () => expect(utcText(NOW)).toBe('2026-11-20 12:00:00 UTC'));
});

describe('writing numbers', () => {
  it('counts', () => {
    expect([countText(1_234_567), shortCountText(1_234_567), shortCountText(999)]).toEqual([
      '1,234,567',
      '1.2M',
      '999',
    ]);
    expect([plural(1, 'letter'), plural(0, 'letter'), plural(2, 'entry', 'entries')]).toEqual([
      '1 letter',
      '0 letters',
      '2 entries',
    ]);
  });

  it.each([
    [0, '0'],
    [0.01, '<0.1'],
    [0.42, '0.4'],
    [9.94, '9.9'],
    [1234.5, '1235'],
  ])('a rate of %d is %s', (rate, text) => expect(rateText(rate)).toBe(text));

  it.each([
    [129.9, 'USD', '129.90 USD'],
    [1300, 'JPY', '1,300 JPY'],
    [0.5, 'KWD', '0.500 KWD'],
    [2, undefined, '2'],
  ])('%d %s is money', (value, currency, text) => expect(moneyText(value, currency)).toBe(text));
});

it('writes names as words', () => {
  expect(wordsOf('rejected_batch')).toBe('rejected batch');
  expect(titleOf('rejected_batch')).toBe('Rejected batch');
  expect(eventWords('OFF_AMAZON_PURCHASES')).toBe('purchase');
  expect(eventWords('ADD_TO_SHOPPING_CART')).toBe('add to shopping cart');
});

it('cuts digests so that they can still be told apart', () => {
  expect(shortHash(`${'a'.repeat(60)}beef`)).toBe('aaaaaaaa…beef');
  expect(shortHash('short')).toBe('short');
});
