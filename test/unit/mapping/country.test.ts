import { describe, expect, it } from 'vitest';
import { readCountry } from '../../../src/mapping/country.js';
import { COUNTRY_CODES } from '../../../src/mapping/country-codes.js';

describe('reading countries', () => {
  it.each([
    ['US', 'US'],
    ['us', 'US'],
    ['en-US', 'US'],
    ['pt_BR', 'BR'],
    [' de ', 'DE'],
    ['zh-Hant-TW', 'TW'],
    ['USA', 'US'],
    ['deu', 'DE'],
    ['UK', 'GB'],
    ['US-CA', 'US'],
    ['US_TX', 'US'],
    ['DE-BY', 'DE'],
    ['GB-ENG', 'GB'],
    ['de-AT', 'AT'],
    ['de_AT.UTF-8', 'AT'],
    ['PT-BR', 'BR'],
    ['EN-US', 'US'],
    ['FR-CA', 'CA'],
    ['it-CH', 'CH'],
    ['IT-CH', 'IT'],
  ])('%s is %s', (text, code) => {
    expect(readCountry(text)).toBe(code);
  });

  it.each(['', 'EU', 'XX', 'XK', 'AN', 'Wonderland', 'en', 'en-', 'XK-01'])('%s is none', (text) => {
    expect(readCountry(text)).toBeUndefined();
  });

  it('knows the 249 assigned codes, each of which has a name', () => {
    expect(COUNTRY_CODES.size).toBe(249);
    const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
    for (const code of COUNTRY_CODES) expect(names.of(code), code).toBeDefined();
  });
});
