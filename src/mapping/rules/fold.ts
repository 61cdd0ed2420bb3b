/**
 * Letters with accents as plain ones, so that the two ways to write `é` and the two to type `ü` meet.
 *
 * The first row is the table of Amazon's server tag, which uses it for addresses and states alone; names and cities lose
 * such letters there (`Müller` is `mller`). Letters of other scripts stay.
 */
const LETTERS = {
  ß: 'ss',
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  ø: 'o',
  æ: 'ae',
  œ: 'oe',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
} as const;
/** The letters above, and no other. */
const SPECIAL = /[ßäöüøæœłđðþı]/g;
const UMLAUT = /[äöü]/g;
const PLAIN = /^[\x20-\x7e]*$/;
const MARKS = /\p{M}/gu;

/** Lower case, without accents. @param text NFC, as cleanText gives it */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  return PLAIN.test(lower)
    ? lower
    : withoutMarks(lower.replace(SPECIAL, (letter) => LETTERS[letter as keyof typeof LETTERS]));
}

/** The same with `u` for `ü`: how those write it who have no such key and another language. */
export function foldPlainly(text: string): string {
  return fold(text.toLowerCase().replace(UMLAUT, withoutMarks));
}

/** NFKD: digits of full width and `º` become plain ones too. */
function withoutMarks(text: string): string {
  return text.normalize('NFKD').replace(MARKS, '');
}
