import { describe, expect, it } from 'vitest';
import { COUNTRY_CODES, readCountry } from '../../../src/mapping/country.js';

describe('reading countries', () => {
  it.each([
    ['US', 'US'],
    ['us', 'US'],
    ['en-US', 'US'],
    ['pt_BR', 'BR'],
    [' de ', 'DE'],
    ['zh-Hant-TW', 'TW'],
  ])('%s is %s', (text, code) => {
    expect(readCountry(text)).toBe(code);
  });

  it.each(['', 'USA', 'UK', 'EU', 'XX', 'Wonderland', 'en'])('%s is none', (text) => {
    expect(readCountry(text)).toBeUndefined();
  });

  it('knows the 249 assigned codes, each of which has a name', () => {
    expect(COUNTRY_CODES.size).toBe(249);
    const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
    for (const code of COUNTRY_CODES) expect(names.of(code), code).toBeDefined();
  });
});
