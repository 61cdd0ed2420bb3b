/**
 * Ids that a spreadsheet or a tag manager destroyed. Two orders could have the same damaged id, and the second would count as a
 * duplicate.
 */
import { isNothing, isOnlyMarks, isWronglyDecoded } from './text.js';

/** With a digit: a whole number, or plain text that cannot match any pattern below. Nearly all ids. */
const SOUND = /^(?:[1-9]\d*|[a-mo-tv-z](?=.*[1-9])[\x20-\x7e]*)$/i;
/** `6.50441E+12`, `6,5e+12`, `6.5e12`: most of its digits are lost. */
const SCIENTIFIC = /^[-+]?(\d+([.,]\d+)?e[+-]\d+|\d+[.,]\d+e\d+)$/i;
const FLOAT = /^[-+]?\d+[.,]0+$/;
/** `#N/A`, `#REF!`, `#¡VALOR!`, `#NAME?`, `#NV`, `####`. */
const SHEET_ERROR = /^#(N\/?[ADV]|N\/B|YOK|[^\d\s]\S*[!?]|#+)$/i;
/** `{{transaction_id}}`, `{id}`, `%ID%`, `${id}`: a variable that was not filled in. */
const TEMPLATE = /^(\{.*\}|\$\{.*\}|%.*%|<.*>|\[.*\])$/s;
/** `NaT` and `inf` of a data frame, `\N` of a database, `true`. */
const WORD_FOR_NONE = /^(?:true|false|nat|[-+]?(?:inf|infinity)|\\n|n\.a\.)$/i;
/** `undefined-undefined`, `null:null`: joined from missing parts. */
const OF_NOTHING = /^(?:undefined|null|nan)(?:[^a-z\d]+(?:undefined|null|nan))+$/i;

/** The fault of what a program writes if it has no id. */
export const NO_ID = 'is what programs write without an id';

/** @returns what is wrong with it, for people; undefined for a valid id */
export function damageOf(id: string): string | undefined {
  if (SOUND.test(id)) return undefined;
  if (SCIENTIFIC.test(id)) {
    return 'is in scientific notation: a spreadsheet rounded it. Format the column as text before the ids go in';
  }
  if (FLOAT.test(id)) {
    return 'is a number with a decimal point: a spreadsheet or a data frame rounded it. Keep ids as text';
  }
  if (SHEET_ERROR.test(id)) return 'is an error of a spreadsheet, not an id';
  if (isNothing(id)) return 'is a placeholder for a missing value (such as null, NaN or “(not set)”), not an id';
  if (isWronglyDecoded(id)) return 'holds bytes that are not UTF-8: two ids could share what is left. Send UTF-8';
  if (TEMPLATE.test(id)) return 'is a placeholder that was never filled in, not an id';
  if (isOnlyMarks(id) || WORD_FOR_NONE.test(id) || OF_NOTHING.test(id)) return NO_ID;
  return undefined;
}

/** All of them start with one of these. */
const MARKS: ReadonlySet<string> = new Set('#{$%<[');

/** `#REF!`, `{{first_name}}`: as a customer's name, thousands would share it. */
export function isUnfilled(text: string): boolean {
  return MARKS.has(text.charAt(0)) && (SHEET_ERROR.test(text) || TEMPLATE.test(text));
}
