import { describe, expect, it } from 'vitest';
import { cleanCode, cleanText, isNothing } from '../../../src/mapping/text.js';

describe('cleaning text', () => {
  it.each([
    [' Jane ', 'Jane'],
    ['\u200B Jane \uFEFF', 'Jane'],
    ['Jose\u0301', 'José'],
    ['="1001"', '1001'],
    ['=" Jane "', 'Jane'],
    ['="say ""hi"""', 'say "hi"'],
    ['="="1""', '1'],
    ['=""', ''],
    ['="', '="'],
    ['="1001', '="1001'],
    ['12"', '12"'],
    ['12" ""x""', '12" ""x""'],
    ["'s-Hertogenbosch", "'s-Hertogenbosch"],
  ])('%j is %j', (raw, text) => {
    expect(cleanText(raw)).toBe(text);
  });

  it.each([
    ["'1001", '1001'],
    ["''1001", '1001'],
    ["' 1001", '1001'],
    ["10'01", "10'01"],
    ['="1001"', '1001'],
  ])('of a code: %j is %j', (raw, text) => {
    expect(cleanCode(raw)).toBe(text);
  });
});

describe('words for nothing', () => {
  it.each([
    '',
    'null',
    '(Null)',
    'UNDEFINED',
    '(undefined)',
    'None',
    '(none)',
    'nil',
    'NaN',
    '<NA>',
    'n/a',
    '#N/A',
    '(not set)',
    'Not Set',
    '[object Object]',
  ])('%j is one', (text) => {
    expect(isNothing(text)).toBe(true);
  });

  it.each(['nobody', 'none of it', '(set)', 'null, null, null', '[object Array]'])('%j is none', (text) => {
    expect(isNothing(text)).toBe(false);
  });
});
