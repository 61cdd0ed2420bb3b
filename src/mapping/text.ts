/**
 * Text as people, spreadsheets and tag managers write it: composed (NFC), without invisible characters and without a
 * spreadsheet's guards.
 */
import { hash } from 'node:crypto';

const ORDINARY = /^[\w-](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const PLAIN = /^[\x20-\x7e]*$/;
/**
 * Soft hyphen, zero width space, directional marks, word joiner, byte order mark. Zero width joiners are not included: Persian
 * and Hindi names are spelt with them.
 */
const INVISIBLE = /[\u00AD\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]/g;
/** `="1001"`: a formula that makes a spreadsheet leave the text as it is. */
const FORMULA = /^="(.*)"$/s;

/** What programs write when there is no value; compared in lower case. */
const NOTHING: ReadonlySet<string> = new Set([
  '',
  'null',
  '(null)',
  'undefined',
  '(undefined)',
  'none',
  '(none)',
  'nil',
  'nan',
  '<na>',
  'n/a',
  '#n/a',
  '(not set)',
  'not set',
  '[object object]',
]);
/** The first characters of those: few other texts begin with them. */
const BEGINNINGS: ReadonlySet<string> = new Set(
  [...NOTHING].flatMap((text) => [text.charAt(0), text.charAt(0).toUpperCase()]),
);

const DIGESTS_OF_NOTHING: ReadonlySet<string> = new Set(
  ['', ' ', '0', '+', '@', '-', 'false', ...NOTHING].flatMap((text) => {
    const capitalised = text.charAt(0).toUpperCase() + text.slice(1);
    return [text, capitalised, text.toUpperCase(), text.replace('nan', 'NaN')].map((form) =>
      hash('sha256', form, 'hex'),
    );
  }),
);

/** Trimmed, NFC, without invisible characters and without a formula around it. */
export function cleanText(raw: string): string {
  // Nearly all texts are ordinary.
  if (ORDINARY.test(raw)) return raw;
  let text = raw.trim();
  if (!PLAIN.test(text)) text = text.normalize('NFC').replace(INVISIBLE, '').trim();
  while (text.startsWith('="') && text.length > 2 && text.endsWith('"')) {
    text = text.replace(FORMULA, '$1').replaceAll('""', '"').trim();
  }
  return text;
}

/**
 * The same without a leading `'`, with which spreadsheets keep a number as text. Only for ids, e-mails, phones, postal codes and
 * money: `'s-Hertogenbosch` is a city.
 */
export function cleanCode(raw: string): string {
  const text = cleanText(raw);
  return text.startsWith("'") ? cleanText(text.replace(/^'+/, '')) : text;
}

/** `null`, `(not set)`, `#N/A`, …: what programs write when there is no value. */
export function isNothing(text: string): boolean {
  return text.length <= 15 && BEGINNINGS.has(text.charAt(0)) && NOTHING.has(text.toLowerCase());
}

const NO_ANSWER = /^(?:0|false)$/i;
const PLAIN_BEGINNING = /^[a-z0-9]/i;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/** `-`, `.`, `null`: what people type if a form asks for a name that they do not have, and what programs write there. */
export function saysNothing(text: string): boolean {
  return isNothing(text) || (text.length <= 5 && NO_ANSWER.test(text)) || isOnlyMarks(text);
}

/** No letter and no digit of any script. */
export function isOnlyMarks(text: string): boolean {
  return !(PLAIN_BEGINNING.test(text) || LETTER_OR_DIGIT.test(text));
}

/** Full-width letters and digits (`１００－０００１`) as ASCII, only for codes and addresses. */
export function halfWidth(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(/[\uFF01-\uFF5E]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfe_e0));
}

/** The result of decoding bytes that are not UTF-8: a Latin-1 `ü` read as UTF-8. The text is not the original. */
export function isWronglyDecoded(text: string): boolean {
  return text.includes('\uFFFD');
}

/** The SHA-256 of an empty text, of `null`, … in lower-case hex: it would match everybody without a value. */
export function isDigestOfNothing(digest: string): boolean {
  return DIGESTS_OF_NOTHING.has(digest);
}
