/**
 * Addresses with one form for each word: `123 Main Street` and `123 Main St.` are the same address.
 *
 * Words are replaced whole; separators (spaces, points, dashes) are removed at the end.
 */
import { FIRST_WORDS_OF, WORDS_EVERYWHERE, WORDS_OF } from './address-words.js';
import { fold } from './fold.js';

interface Words {
  readonly forms: ReadonlyMap<string, string>;
  readonly first: ReadonlyMap<string, string>;
}

/** A slash ends a word: `c/mayor` is two. */
const BETWEEN_WORDS = /\s+|(?<=\/)/;
const COMMAS = /^[,;]+|[,;]+$/g;
const JOINTS = /[^a-z0-9]+/g;
const NUMBER_SIGN = /#|№|\bn°/g;

const read = new Map<string, Words>();

/** @returns a-z and 0-9 only */
export function normaliseAddress(text: string, country: string): string {
  const words = wordsOf(country);
  const pieces = fold(text).replace(NUMBER_SIGN, ' number ').split(BETWEEN_WORDS);
  let address = '';
  for (const piece of pieces) address += formOf(piece.replace(COMMAS, ''), words, address === '');
  return address;
}

function formOf(word: string, { forms, first }: Words, isFirst: boolean): string {
  if (word === '') return '';
  const letters = word.replace(JOINTS, '');
  const whole = forms.get(word) ?? (isFirst ? first.get(letters) : undefined) ?? forms.get(letters);
  if (whole !== undefined || letters === word) return whole ?? letters;
  return word
    .split(JOINTS)
    .map((part) => forms.get(part) ?? part)
    .join('');
}

function wordsOf(country: string): Words {
  const known = read.get(country);
  if (known !== undefined) return known;
  const key = Object.hasOwn(WORDS_OF, country) ? country : 'others';
  const words = read.get(key) ?? { forms: formsIn(WORDS_OF[key] ?? []), first: readWords(FIRST_WORDS_OF[key] ?? '') };
  read.set(key, words);
  return words;
}

/** The country's own forms go before the general ones: `avenue` is `ave`, but in France `avenue`. */
function formsIn(own: readonly string[]): Map<string, string> {
  const local = readWords(own.join('\n'));
  const forms = readWords(WORDS_EVERYWHERE.join('\n'));
  for (const [word, form] of forms) forms.set(word, local.get(form) ?? form);
  for (const [word, form] of local) forms.set(word, form);
  return forms;
}

function readWords(table: string): Map<string, string> {
  const forms = new Map<string, string>();
  for (const line of table.trim().split('\n')) {
    const [form = '', ...words] = line.split(' ');
    for (const word of [form, ...words]) if (word !== '') forms.set(word, form);
  }
  return forms;
}
