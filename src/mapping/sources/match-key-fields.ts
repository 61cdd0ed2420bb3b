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
import { type Fields, type Picked, type Place, pickText, placeAt } from './payload.js';

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
type AddressFields = Readonly<Partial<Record<(typeof ADDRESS_TYPES)[number], readonly string[]>>>;

/** An address of a platform's payload: where it keeps what is read of it. */
export interface Address {
  readonly at: string;
  readonly country: Place;
  readonly phone: Place;
  readonly matchKeys: readonly (readonly [type: MatchKeyType, places: readonly Place[]])[];
}

/**
 * @param at where the address stands in the payload, such as `billing_address`
 * @param countryField its field for the country, ISO alpha-2
 */
export function addressAt(at: string, countryField: string, fields: AddressFields): Address {
  const placesOf = (type: (typeof ADDRESS_TYPES)[number]) =>
    (fields[type] ?? []).map((field) => placeAt(`${at}.${field}`));
  return {
    at,
    country: placeAt(`${at}.${countryField}`),
    phone: placeAt(`${at}.phone`),
    matchKeys: ADDRESS_TYPES.map((type) => [type, placesOf(type)]),
  };
}

/** One match key for each place that holds text; the same value twice is sent once (finish-event.ts). */
export function matchKeysAt(payload: Fields, type: MatchKeyType, places: readonly Place[]): MatchKeyField[] {
  const matchKeys: MatchKeyField[] = [];
  for (const place of places) addMatchKey(matchKeys, type, pickText(payload, [place]));
  return matchKeys;
}

/**
 * The phone of an address. A number written the national way belongs to the address's country, which need not be the
 * event's: read by the wrong country it would be somebody else's number.
 */
export function addressPhone(payload: Fields, address: Address): MatchKeyField[] {
  const matchKeys: MatchKeyField[] = [];
  const { path, text } = pickText(payload, [address.phone]);
  if (text === undefined) return matchKeys;
  const country = readCountry(pickText(payload, [address.country]).text ?? '');
  const read =
    country === undefined
      ? { path, text }
      : {
          path,
          text: normalisePhone(text, country) || undefined,
          rule: `read by country ${country} of ${address.country.path}`,
        };
  addMatchKey(matchKeys, 'PHONE', read);
  return matchKeys;
}

export function addressMatchKeys(payload: Fields, address: Address): MatchKeyField[] {
  const matchKeys: MatchKeyField[] = [];
  for (const [type, places] of address.matchKeys) {
    addMatchKey(matchKeys, type, type === 'ADDRESS' ? joinText(payload, places) : pickText(payload, places));
  }
  return matchKeys;
}

/** The first of several addresses that says more than a country, whole: parts of two would mix two people. */
export function firstAddress(
  payload: Fields,
  addresses: readonly Address[],
): { readonly address: Address; readonly matchKeys: readonly MatchKeyField[] } | undefined {
  for (const address of addresses) {
    const matchKeys = addressMatchKeys(payload, address);
    if (matchKeys.length > 0) return { address, matchKeys };
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
function joinText(payload: Fields, places: readonly Place[]): Picked {
  const lines = places.map((place) => pickText(payload, [place])).filter(({ text }) => text !== undefined);
  const [first, ...others] = lines;
  if (!first || others.length === 0) return first ?? { path: '', text: undefined };
  return {
    path: first.path,
    text: lines.map(({ text }) => text).join(' '),
    rule: `joined with ${others.map(({ path }) => path).join(', ')}`,
  };
}

function addMatchKey(matchKeys: MatchKeyField[], type: MatchKeyType, { path, text, rule }: Picked): void {
  if (text !== undefined) matchKeys.push({ type, path, value: text, ...(rule !== undefined && { rule }) });
}
