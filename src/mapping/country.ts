/** Countries as Amazon wants them: ISO 3166-1 alpha-2, upper case, read from payloads: `US`, `USA`, `US-CA`, `en-US`. */
import { alpha2Of, COUNTRY_CODES, isSubdivisionLikeCountry, LANGUAGES } from './country-codes.js';

// A separator, then what belongs to it: `_AT.UTF-8`, `-Hant-TW`.
const SEPARATOR = /[-_]/;
const ENCODING = /[.@].*$/s;

/**
 * Reads a country's code, a code of three letters, a subdivision (`US-CA`) or a locale (`de-AT`, `pt_BR`).
 *
 * A lower-case first part is a language, so the text is a locale. An upper-case one is the country if ISO 3166-2 has the
 * subdivision (`DE-BY`), else the text is a locale (`PT-BR`). If no language has these letters, it is the country in any case
 * (`us-ca`).
 *
 * @returns the code, or undefined if the text names no assigned country
 */
export function readCountry(text: string): string | undefined {
  if (COUNTRY_CODES.has(text)) return text;
  const [first = '', ...others] = text.trim().replace(ENCODING, '').split(SEPARATOR);
  if (others.length === 0) return codeOf(first.toUpperCase());
  const named = first.length === 2 && !LANGUAGES.has(first.toLowerCase()) ? codeOf(first.toUpperCase()) : undefined;
  if (named !== undefined) return named;
  const region = others.map(regionOf).findLast((part) => part !== undefined);
  if (first !== first.toUpperCase()) return region;
  const country = codeOf(first);
  if (country === undefined || (region !== undefined && !isSubdivisionLikeCountry(country, region))) return region;
  return country;
}

/** `XK`, `ac`, `XKX`, `AN-1`: has the form of a code, assigned or not. */
export function isCountryCode(text: string): boolean {
  return /^[a-z]{2,3}([-_].*)?$/is.test(text.trim());
}

/** The region of a locale: only alpha-2, because three letters may be a subdivision or a script. */
function regionOf(part: string): string | undefined {
  return part.length === 2 ? codeOf(part.toUpperCase()) : undefined;
}

function codeOf(code: string): string | undefined {
  if (COUNTRY_CODES.has(code)) return code;
  // ISO 3166-1 reserves it for the country, and people there write it.
  return code === 'UK' ? 'GB' : alpha2Of(code);
}
