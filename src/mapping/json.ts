/**
 * JSON whose whole numbers keep their digits: an id past 2^53 (Shopify's are) comes out as text instead of a
 * rounded number.
 */
import { parse } from 'lossless-json';

// Sixteen digits in a row are the least that can pass 2^53; anything shorter is safe with the built-in parser.
const LONG_DIGITS = /\d{16}/;

/** @throws SyntaxError where the text is not JSON. The message holds no excerpt: it may be personal data. */
export function parseJson(text: string): unknown {
  try {
    return LONG_DIGITS.test(text) ? parse(text, undefined, parseNumber) : JSON.parse(text);
  } catch {
    throw new SyntaxError('is not valid JSON');
  }
}

function parseNumber(digits: string): number | string {
  const number = Number(digits);
  return /^-?\d+$/.test(digits) && !Number.isSafeInteger(number) ? digits : number;
}
