/** Masks personal data for display: enough to recognise one's own test order, not enough to identify a person. */
import type { MatchKeyType } from './match-key.js';

const STARS = '***';
const DIGITS_SHOWN = 2;
// Two digits of a number are shown only if it has enough others.
const DIGITS_LEAST = 6;

/** `j***@e***.com`, `***71`, `J***`; never more than one letter of a word. */
export function maskMatchKey(type: MatchKeyType, raw: string): string {
  const text = raw.trim();
  if (type === 'EMAIL') return maskEmail(text);
  return type === 'PHONE' ? maskPhone(text) : maskWord(text);
}

/** At most the network half of an address. */
export function maskIp(address: string): string {
  return maskWord(address);
}

/** `%40` is the `@` of an address in a URL. */
const EMAIL_IN_TEXT = /[^\s@%<>"'(),;:[\]{}=&]+(?:@|%40)[^\s@%<>"'(),;:[\]{}=&]+/gi;
/** Eight digits or more, grouped as people group them. Digits inside a word or an id such as a UUID do not count. */
const PHONE_IN_TEXT = /(?<![\w.-])\+?\(?\d(?:[ ().-]{0,3}\d){7,14}(?![\w-])/g;
const DATE_FIRST = /^\d{4}-\d\d-\d\d/;

/** Masks e-mail addresses and phone numbers in a foreign text; dates and ids with letters stay. */
export function maskPersonalData(text: string): string {
  return text
    .replace(EMAIL_IN_TEXT, (found) => maskEmail(found.replace(/%40/i, '@')))
    .replace(PHONE_IN_TEXT, (found) => (DATE_FIRST.test(found) ? found : maskPhone(found)));
}

function maskEmail(text: string): string {
  const at = text.lastIndexOf('@');
  if (at === -1) return maskWord(text);
  const domain = text.slice(at + 1);
  const ending = /\.[a-z]{2,3}$/i.exec(domain)?.[0] ?? '';
  return `${maskWord(text.slice(0, at))}@${maskWord(domain)}${ending.toLowerCase()}`;
}

function maskPhone(text: string): string {
  const digits = text.replace(/\D/g, '');
  return digits.length < DIGITS_LEAST ? STARS : `${STARS}${digits.slice(-DIGITS_SHOWN)}`;
}

/** A word of one letter consists of its first letter: none is shown. */
function maskWord(text: string): string {
  const [first = '', second] = text;
  return second === undefined ? STARS : `${first}${STARS}`;
}
