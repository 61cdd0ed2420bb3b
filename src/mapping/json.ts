/**
 * JSON whose whole numbers keep their digits: an id above 2^53 (Shopify's are) becomes text instead of a rounded number.
 *
 * Promises: time linear in the text, at any depth of nesting.
 */

// A number above 2^53 has at least sixteen digits in a row; anything shorter is safe.
const LONG_DIGITS = /\d{16}/;
/**
 * Texts are matched too, so that digits inside them are skipped. A text without its end also matches: if it failed, the search
 * would start again at each quote in it.
 */
const TEXT_OR_NUMBER = /"[^"\\]*(?:\\.?[^"\\]*)*"?|-?\d[\d.eE+-]*/gs;
const LONG_INTEGER = /^-?[1-9]\d{15,}$/;

/** @throws SyntaxError if the text is not JSON. The message has no excerpt, which may be personal data. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(LONG_DIGITS.test(text) ? text.replace(TEXT_OR_NUMBER, quoteLongInteger) : text);
  } catch {
    throw new SyntaxError('is not valid JSON');
  }
}

function quoteLongInteger(token: string, offset: number, text: string): string {
  // A text is not an integer either.
  if (!LONG_INTEGER.test(token) || Number.isSafeInteger(Number(token))) return token;
  // A bare number as a name is not JSON, and must not become JSON here.
  return isName(text, offset + token.length) ? token : `"${token}"`;
}

function isName(text: string, end: number): boolean {
  return /^\s*:/.test(text.slice(end, end + 100));
}
