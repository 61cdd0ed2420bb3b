/** Repairs postal codes that a spreadsheet took for numbers: `2139` in the US was 02139, and `1067.0` in Germany 01067. */
import { cleanCode, halfWidth } from './text.js';

/** Number of digits of codes that may begin with a 0. */
const DIGITS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    '4': 'AU NO NZ ZA',
    '5': 'US PR VI DE FR IT ES MX FI TR UA MY KR LT PE LK',
    '6': 'RO SG CN CO',
    '7': 'JP',
    '8': 'BR',
  }).flatMap(([digits, countries]) => countries.split(' ').map((country) => [country, Number(digits)] as const)),
);

/** Nearly all values: there is nothing to remove. Without `e` and points, which occur in damaged numbers. */
const ORDINARY = /^(?!0+$)[\da-df-z][\da-df-z -]*$/i;
const FLOAT = /^(\d+)[.,]0+$/;
/** `2.139E+03`: most of its digits are lost; `00000`: not a real code. */
const NO_CODE = /^(?:0+|\d+(?:[.,]\d+)?e\+?\d+)$/i;
/** The postal mark of Japan, and the dashes of its keyboards. */
const MARK = /^〒\s*/;
const DASHES = /[\u2010-\u2015\u2212\u30FC]/g;

/**
 * @param country ISO alpha-2 of the address
 * @returns an empty text if it is not a code
 */
export function repairPostalCode(raw: string, country: string): string {
  const text = ORDINARY.test(raw) ? raw.trim() : withoutDamage(raw);
  const digits = DIGITS.get(country);
  return digits !== undefined && /^\d+$/.test(text) ? text.padStart(digits, '0') : text;
}

function withoutDamage(raw: string): string {
  const text = halfWidth(cleanCode(raw)).replace(MARK, '').replace(DASHES, '-').replace(FLOAT, '$1');
  return NO_CODE.test(text) ? '' : text;
}
