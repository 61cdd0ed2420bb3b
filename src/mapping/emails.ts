/**
 * E-mail addresses out of what people type and programs export: display names, `mailto:`, several in one field.
 */
import { cleanCode } from './text.js';

/** Nearly all: an address alone. */
const ADDRESS_ALONE = /^[\w.+%-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*[a-z0-9]$/i;
/** U+FFFD stands where bytes were no UTF-8: what is around it is not what was written. */
const ADDRESS = /^[^@\s<>\uFFFD]+@[^@\s<>\uFFFD]+$/;
/** Joiners have a meaning in names, but not here. */
const JOINERS = /[\u200C\u200D]/g;
const IN_ANGLES = /<([^<>]*)>/;
const MAILTO = /^(?:mailto|smtp|e-?mail):/i;
const QUERY = /\?.*$/s;
const COMMENT = /\([^()]*\)/g;
const EDGES = /^["'([]+|[.,;:"')\]]+$/g;

export function isAddressAlone(text: string): boolean {
  return ADDRESS_ALONE.test(text);
}

/** @returns the addresses, as written but for what does not belong to them; none where the text holds none */
export function emailsOf(raw: string): string[] {
  const trimmed = raw.trim();
  if (isAddressAlone(trimmed)) return [trimmed];
  return cleanCode(raw).replace(JOINERS, '').split(/[,;|]/).flatMap(addressesIn);
}

/** `Jane Doe <jane@example.com>` is one; so is each of several that only spaces part. */
function addressesIn(piece: string): string[] {
  const inAngles = IN_ANGLES.exec(piece)?.[1];
  if (inAngles !== undefined) return [bare(inAngles)].filter((text) => ADDRESS.test(text));
  const words = piece
    .replace(COMMENT, ' ')
    .split(/\s/)
    .flatMap((word) => (word.indexOf('@') === word.lastIndexOf('@') ? [word] : word.split('/')))
    .map(bare)
    .filter((word) => !/^(?:[&/+-]|and|or|und|et|y|e)?$/i.test(word));
  // A word beside the address may be the first half of it: `jane doe@example.com` is nobody's.
  return words.every((word) => ADDRESS.test(word)) ? words : [];
}

function bare(text: string): string {
  return text.trim().replace(MAILTO, '').replace(EDGES, '').trim().replace(QUERY, '');
}
