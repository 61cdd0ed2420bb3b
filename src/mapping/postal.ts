/** Postal codes that a spreadsheet took for numbers: `2139` in the US was 02139, and `1067.0` in Germany 01067. */
import { cleanCode } from './text.js';

/** How many digits a code has where it may begin with a 0. */
const DIGITS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    '4': 'AU NO NZ ZA',
    '5': 'US PR DE FR IT ES MX FI TR UA MY',
    '6': 'RO SG CN',
    '7': 'JP',
  }).flatMap(([digits, countries]) => countries.split(' ').map((country) => [country, Number(digits)] as const)),
);

const FLOAT = /^(\d+)[.,]0+$/;

/** @param country ISO alpha-2 of the address */
export function repairPostalCode(raw: string, country: string): string {
  const text = cleanCode(raw).replace(FLOAT, '$1');
  const digits = DIGITS.get(country);
  return digits !== undefined && /^\d+$/.test(text) ? text.padStart(digits, '0') : text;
}
