/** E-mail addresses from what people type and programs export: display names, `mailto:`, several in one field. */
import { cleanCode, halfWidth } from './text.js';

/** Nearly all values: only an address. */
const ADDRESS_ALONE = /^[\w.+%-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*[a-z0-9]$/i;
/** U+FFFD replaces bytes that were not UTF-8: the text around it is not the original. */
const ADDRESS = /^[^@\s<>\uFFFD]+@[^@\s<>\uFFFD]+$/;
/** Joiners have a meaning in names, but not here. */
const JOINERS = /[\u200C\u200D]/g;
const IN_ANGLES = /<([^<>]*)>/;
const MAILTO = /^(?:mailto|smtp|e-?mail):/i;
const QUERY = /\?.*$/s;
const COMMENT = /\([^()]*\)/g;
/** `Jane Doe (jane@example.com)`, if there is no other address. */
const IN_BRACKETS = /\(([^()@]+@[^()@]+)\)/;
/** `jane @example.com`, `jane@ example.com`: an address has no space there. */
const SPACE_BEFORE_AT = /([\w+-])\s+@/g;
const SPACE_AFTER_AT = /@\s+(?=\w)/g;
const EDGES = /^["'([]+|[.,;:"')\]]+$/g;

export function isAddressAlone(text: string): boolean {
  return ADDRESS_ALONE.test(text);
}

/** @returns the addresses, without what does not belong to them; none if the text contains none */
export function emailsOf(raw: string): string[] {
  if (isAddressAlone(raw)) return [raw];
  const text = cleanCode(halfWidth(fromUrl(raw))).replace(JOINERS, '');
  return text.replace(SPACE_BEFORE_AT, '$1@').replace(SPACE_AFTER_AT, '@').split(/[,;|]/).flatMap(addressesIn);
}

/** `jane%2Bnews%40example.com`, as in a URL. */
function fromUrl(raw: string): string {
  return raw.includes('@') ? raw : raw.replace(/%40/g, '@').replace(/%2b/gi, '+');
}

/** `Jane Doe <jane@example.com>` is one; several may be separated only by spaces. */
function addressesIn(piece: string): string[] {
  const inAngles = IN_ANGLES.exec(piece)?.[1];
  if (inAngles !== undefined) return [bare(inAngles)].filter((text) => ADDRESS.test(text));
  const bracketed = IN_BRACKETS.exec(piece)?.[1];
  const beside = piece.replace(COMMENT, ' ');
  if (bracketed !== undefined && !beside.includes('@')) return [bare(bracketed)].filter((text) => ADDRESS.test(text));
  const words = beside
    .split(/\s/)
    .flatMap((word) => (word.indexOf('@') === word.lastIndexOf('@') ? [word] : word.split('/')))
    .map(bare)
    .filter((word) => !/^(?:[&/+-]|and|or|und|et|y|e)?$/i.test(word));
  // A word next to the address may be its first half: `jane doe@example.com` is nobody's address.
  return words.every((word) => ADDRESS.test(word)) ? words : [];
}

function bare(text: string): string {
  return text.trim().replace(MAILTO, '').replace(EDGES, '').trim().replace(QUERY, '');
}
