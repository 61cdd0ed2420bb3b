/**
 * Fields of a payload that are match keys, each with its path, and the postal address among them.
 *
 * Promises that a fault in a match key can be told under the caller's own name for it. Never hashes or changes a value
 * beyond joining the lines of a street and giving a national phone number its country: the rules are match-key.ts's.
 */
import { readCountry } from '../country.js';
import type { MatchKeyType } from '../match-key.js';
import type { Origins } from '../origin.js';
import { normalisePhone } from '../phone.js';
import { type Fields, type Picked, pickText } from './payload.js';

export interface MatchKeyField {
  readonly type: MatchKeyType;
  readonly path: string;
  readonly value: string;
  /** What was done to the value, for people (origin.ts). */
  readonly rule?: string;
}

/** The match keys of an address, in the order they are sent. */
const ADDRESS_TYPES = ['FIRST_NAME', 'LAST_NAME', 'ADDRESS', 'CITY', 'STATE', 'POSTAL'] as const;

/** A platform's names for them: lines of the street that belong together; for the others, the first that is there. */
export type AddressFields = Readonly<Partial<Record<(typeof ADDRESS_TYPES)[number], readonly string[]>>>;

/** One match key for each path that holds text; the same value twice is sent once (finish-event.ts). */
export function matchKeysAt(payload: Fields, type: MatchKeyType, paths: readonly string[]): MatchKeyField[] {
  return paths.flatMap((path) => asMatchKey(type, pickText(payload, [path])));
}

/**
 * The phone of an address. A number written the national way belongs to the address's country, which need not be the
 * event's: read by the wrong country it would be somebody else's number.
 */
export function addressPhone(payload: Fields, phonePath: string, countryPath: string): MatchKeyField[] {
  const { path, text } = pickText(payload, [phonePath]);
  const country = readCountry(pickText(payload, [countryPath]).text ?? '');
  if (text === undefined || country === undefined) return asMatchKey('PHONE', { path, text });
  return asMatchKey('PHONE', {
    path,
    text: normalisePhone(text, country) || undefined,
    rule: `read by country ${country} of ${countryPath}`,
  });
}

/** @param at where the address stands in the payload, such as `billing_address` */
export function addressMatchKeys(payload: Fields, at: string, fields: AddressFields): MatchKeyField[] {
  return ADDRESS_TYPES.flatMap((type) => {
    const paths = (fields[type] ?? []).map((field) => `${at}.${field}`);
    return asMatchKey(type, type === 'ADDRESS' ? joinText(payload, paths) : pickText(payload, paths));
  });
}

/** The first of several addresses that says more than a country, whole: parts of two would mix two people. */
export function firstAddress(
  payload: Fields,
  addresses: readonly string[],
  fields: AddressFields,
): { readonly at: string; readonly matchKeys: readonly MatchKeyField[] } | undefined {
  for (const at of addresses) {
    const matchKeys = addressMatchKeys(payload, at, fields);
    if (matchKeys.length > 0) return { at, matchKeys };
  }
  return undefined;
}

export function draftMatchKeys(fields: readonly MatchKeyField[]): { type: MatchKeyType; values: [string] }[] {
  return fields.map(({ type, value }) => ({ type, values: [value] }));
}

/** The caller's names of the draft's match keys, for finishEvent. */
export function matchKeyNames(fields: readonly MatchKeyField[]): Record<string, string> {
  return Object.fromEntries(fields.map(({ path }, index) => [`matchKeys[${index}].values[0]`, path]));
}

/** Where the draft's match keys come from, for explanations. */
export function matchKeyOrigins(fields: readonly MatchKeyField[]): Origins {
  return Object.fromEntries(
    fields.map(({ path, rule = '' }, index) => [`matchKeys[${index}]`, { from: path, rule }] as const),
  );
}

/** Two lines of a street are one address: which part stands on which line is the customer's whim. */
function joinText(payload: Fields, paths: readonly string[]): Picked {
  const lines = paths.map((path) => pickText(payload, [path])).filter(({ text }) => text !== undefined);
  const first = lines[0];
  if (!first) return { path: '', text: undefined };
  const others = lines.slice(1).map(({ path }) => path);
  return {
    path: first.path,
    text: lines.map(({ text }) => text).join(' '),
    ...(others.length > 0 && { rule: `joined with ${others.join(', ')}` }),
  };
}

function asMatchKey(type: MatchKeyType, { path, text, rule }: Picked): MatchKeyField[] {
  return text === undefined ? [] : [{ type, path, value: text, ...(rule !== undefined && { rule }) }];
}
