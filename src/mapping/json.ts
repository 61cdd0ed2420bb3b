/**
 * JSON whose whole numbers keep their digits: an id past 2^53 (Shopify's are) comes out as text instead of a
 * rounded number.
 *
 * Promises: time linear in the text, at any depth of nesting.
 */

// Sixteen digits in a row are the least that can pass 2^53; anything shorter is safe as it stands.
const LONG_DIGITS = /\d{16}/;
/**
 * Texts are matched too, so that digits inside them are passed over. A text without its end matches as well: were it
 * to fail there, the search would begin again at each quote in it.
 */
const TEXT_OR_NUMBER = /"[^"\\]*(?:\\.?[^"\\]*)*"?|-?\d[\d.eE+-]*/gs;
const LONG_INTEGER = /^-?[1-9]\d{15,}$/;

/** @throws SyntaxError where the text is not JSON. The message holds no excerpt: it may be personal data. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(LONG_DIGITS.test(text) ? text.replace(TEXT_OR_NUMBER, quoteLongInteger) : text);
  } catch {
    throw new SyntaxError('is not valid JSON');
  }
}

function quoteLongInteger(token: string, offset: number, text: string): string {
  // A text is no integer either.
  if (!LONG_INTEGER.test(token) || Number.isSafeInteger(Number(token))) return token;
  // A bare number as a name is not JSON, and must not become JSON here.
  return isName(text, offset + token.length) ? token : `"${token}"`;
}

function isName(text: string, end: number): boolean {
  return /^\s*:/.test(text.slice(end, end + 100));
}
