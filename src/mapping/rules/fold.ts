/**
 * Letters with accents as plain ones, so that both ways to write `é` and both ways to type `ü` give the same text.
 *
 * The first row is the table of Amazon's server tag, which uses it only for addresses and states; names and cities lose such
 * letters there (`Müller` becomes `mller`). Letters of other scripts stay.
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
/** Only the letters above. */
const SPECIAL = /[ßäöüøæœłđðþı]/g;
const UMLAUT = /[äöü]/g;
const PLAIN = /^[\x20-\x7e]*$/;
const MARKS = /\p{M}/gu;

/** Lower case, without accents. @param text NFC, as cleanText returns it */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  return PLAIN.test(lower)
    ? lower
    : withoutMarks(lower.replace(SPECIAL, (letter) => LETTERS[letter as keyof typeof LETTERS]));
}

/** The same with `u` for `ü`: people without that key write it so. */
export function foldPlainly(text: string): string {
  return fold(text.toLowerCase().replace(UMLAUT, withoutMarks));
}

/** NFKD: full-width digits and `º` also become plain ones. */
function withoutMarks(text: string): string {
  return text.normalize('NFKD').replace(MARKS, '');
}
