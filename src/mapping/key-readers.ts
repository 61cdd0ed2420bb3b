/**
 * Rows of match keys: fields of the customer, one or many a type, and postal addresses.
 *
 * Never hashes. Changes a value only to join the lines of a street and to split a full name: the rules are in match-key.ts.
 */
import { readCountry } from './country.js';
import type { MatchKeyField } from './key-list.js';
import type { MatchKeyType } from './match-key.js';
import { type Place, placeAt, textOf } from './payload.js';
import type { SourceRecord } from './source-record.js';
import type { KeyRow } from './table.js';
import { saysNothing } from './text.js';

/** One match key for each place with text; the same value twice is sent once. */
export function each(to: MatchKeyType, paths: readonly string[], note = 'each once'): KeyRow {
  const places = paths.map(placeAt);
  return {
    to,
    shown: codes(paths),
    paths,
    note,
    addTo: (keys, record) => {
      for (const place of places) add(keys, keyAt(record, to, place));
    },
  };
}

/**
 * A platform's names for the parts of an address: the lines of the street, which belong together; for other parts, the first with
 * text.
 */
interface AddressFields {
  readonly FIRST_NAME?: readonly string[];
  readonly LAST_NAME?: readonly string[];
  readonly ADDRESS: readonly string[];
  readonly CITY: readonly string[];
  readonly STATE: readonly string[];
  readonly POSTAL: readonly string[];
}

interface Address {
  readonly country: Place;
  readonly phone: Place | undefined;
  readonly parts: readonly (readonly [type: MatchKeyType, places: readonly Place[]])[];
}

interface AddressBlock {
  /** Where the addresses are, the customer's own first: a shipping address may be that of a gift. */
  readonly at: readonly string[];
  readonly country: string;
  readonly phone?: string;
  readonly fields: AddressFields;
  /** Phones of the customer elsewhere in the payload. */
  readonly phones?: readonly string[];
  /** Names to use if the address has none. */
  readonly names?: { readonly FIRST_NAME: string; readonly LAST_NAME: string };
}

/**
 * The first of several addresses that has more than its country and phone, as a whole: parts of two would mix two people. Phones
 * of earlier addresses are also the customer's; a till asks for nothing else.
 */
export function address({ at, country, phone, fields, phones = [], names }: AddressBlock): KeyRow {
  const types = ['FIRST_NAME', 'LAST_NAME', 'ADDRESS', 'CITY', 'STATE', 'POSTAL'] as const;
  const addresses: readonly Address[] = at.map((place) => ({
    country: placeAt(`${place}.${country}`),
    phone: phone === undefined ? undefined : placeAt(`${place}.${phone}`),
    parts: types.map((type) => [type, (fields[type] ?? []).map((field) => placeAt(`${place}.${field}`))] as const),
  }));
  const phoneFields = phone === undefined ? [] : [phone];
  const otherPhones = phones.map(placeAt);
  const otherNames = Object.entries(names ?? {}).map(([type, path]) => [type as MatchKeyType, placeAt(path)] as const);
  return {
    to: [...phoneFields.map(() => 'PHONE'), ...types.filter((type) => fields[type] !== undefined)].join(', '),
    shown: `${codes(at)}: ${codes([...phoneFields, ...types.flatMap((type) => fields[type] ?? [])])}`,
    paths: at.flatMap((place) =>
      [country, ...phoneFields, ...types.flatMap((type) => fields[type] ?? [])].map((field) => `${place}.${field}`),
    ),
    note: `of the first address that holds more than a country${phone === undefined ? '' : ' and a phone'}${noteOf('; also', phones)}${noteOf('; without a name there, those of', Object.values(names ?? {}))}`,
    addTo: (keys, record) => {
      const parts: MatchKeyField[] = [];
      for (const candidate of addresses) {
        const code = countryOf(record, candidate.country);
        if (candidate.phone) add(keys, keyAt(record, 'PHONE', candidate.phone, code));
        addParts(parts, record, candidate, code);
        if (parts.length > 0) break;
      }
      for (const place of otherPhones) add(keys, keyAt(record, 'PHONE', place));
      const isNamed = parts.some(({ type }) => type === 'FIRST_NAME' || type === 'LAST_NAME');
      if (!isNamed) for (const [type, place] of otherNames) add(keys, keyAt(record, type, place));
      for (const part of parts) keys.push(part);
    },
  };
}

function noteOf(words: string, paths: readonly string[]): string {
  return paths.length === 0 ? '' : `${words} ${codes(paths)}`;
}

function addParts(keys: MatchKeyField[], record: SourceRecord, { parts }: Address, code: string | undefined): void {
  for (const [type, places] of parts) {
    const count = keys.length;
    for (const place of places) {
      const key = keyAt(record, type, place, code);
      // `null` or `-` on the second line is not part of the street.
      if (key === undefined || saysNothing(key.value)) continue;
      keys.push(key);
      // Lines of a street belong together; for other parts the first one found is enough.
      if (type !== 'ADDRESS' && keys.length > count) break;
    }
    if (keys.length > count + 1) keys.push(keys.splice(count).reduce(joined));
  }
}

/** Two lines of a street are one address: customers split it between the lines in different ways. */
function joined(street: MatchKeyField, line: MatchKeyField): MatchKeyField {
  return { ...street, value: `${street.value} ${line.value}`, rule: `joined with ${line.path}` };
}

/** A code of no country may still have a numbering plan, such as Kosovo's. */
function countryOf(record: SourceRecord, place: Place): string | undefined {
  const text = textOf(record.at(place));
  return text === undefined ? undefined : (readCountry(text) ?? text.toUpperCase());
}

/** A value that is not text is not a match key, and is left out like an empty one. */
function keyAt(record: SourceRecord, type: MatchKeyType, place: Place, country?: string): MatchKeyField | undefined {
  const value = textOf(record.at(place));
  if (value === undefined) return undefined;
  const rule = country === undefined || type !== 'PHONE' ? undefined : `read by country ${country} of its address`;
  return { type, path: place.path, value, country, rule };
}

function add(keys: MatchKeyField[], key: MatchKeyField | undefined): void {
  if (key) keys.push(key);
}

/** Words in one field: the last is the last name, the others are the first name. */
export function splitName(path: string, name: string): MatchKeyField[] {
  const words = name.split(/\s+/);
  const last = words.length > 1 ? words.pop() : undefined;
  return [
    { type: 'FIRST_NAME', path, value: words.join(' '), rule: 'all words but the last' },
    ...(last === undefined ? [] : [{ type: 'LAST_NAME' as const, path, value: last, rule: 'the last word' }]),
  ];
}

export function codes(paths: readonly string[]): string {
  return paths.map((path) => `\`${path}\``).join(', ');
}
