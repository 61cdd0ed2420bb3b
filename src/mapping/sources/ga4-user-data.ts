/**
 * GA4 `user_data` to match keys. Each field is a text or a list, raw or hashed by Google's library. Names and address are in
 * `address` (an object or a list of them), or next to the e-mail in some data layers.
 */
import { readCountry } from '../country.js';
import type { MatchKeyField } from '../key-list.js';
import type { MatchKeyType } from '../match-key.js';
import { at, type Fields, fieldsOf, isAbsent, type Place, type Places, placeAt, textOf } from '../payload.js';
import { country } from '../readers.js';
import type { SourceRecord } from '../source-record.js';
import type { FieldReader, KeyRow } from '../table.js';

interface Named {
  readonly field: string;
  readonly type: MatchKeyType;
}

/** A field at its place. */
interface Placed extends Named {
  readonly path: string;
  readonly isSaidToBeHashed: boolean;
}

const USER_FIELDS: readonly Named[] = [
  { field: 'email_address', type: 'EMAIL' },
  { field: 'email', type: 'EMAIL' },
  { field: 'sha256_email_address', type: 'EMAIL' },
  { field: 'email_hash', type: 'EMAIL' },
  { field: 'phone_number', type: 'PHONE' },
  { field: 'phone', type: 'PHONE' },
  { field: 'sha256_phone_number', type: 'PHONE' },
  { field: 'phone_hash', type: 'PHONE' },
];

const ADDRESS_FIELDS: readonly Named[] = [
  { field: 'first_name', type: 'FIRST_NAME' },
  { field: 'sha256_first_name', type: 'FIRST_NAME' },
  { field: 'last_name', type: 'LAST_NAME' },
  { field: 'sha256_last_name', type: 'LAST_NAME' },
  { field: 'street', type: 'ADDRESS' },
  { field: 'sha256_street', type: 'ADDRESS' },
  { field: 'city', type: 'CITY' },
  { field: 'sha256_city', type: 'CITY' },
  { field: 'region', type: 'STATE' },
  { field: 'sha256_region', type: 'STATE' },
  { field: 'postal_code', type: 'POSTAL' },
  { field: 'zip', type: 'POSTAL' },
  { field: 'sha256_postal_code', type: 'POSTAL' },
];

const SHA256_HEX = /^[0-9a-f]{64}$/i;

export const USER_DATA: KeyRow = {
  to: 'EMAIL, PHONE, FIRST_NAME, LAST_NAME, ADDRESS, CITY, STATE, POSTAL',
  shown: `\`user_data.{${USER_FIELDS.map(({ field }) => field).join(', ')}}\`, \`user_data.address.{${ADDRESS_FIELDS.map(({ field }) => field).join(', ')}}\``,
  paths: [
    ...USER_FIELDS.map(({ field }) => `user_data.${field}`),
    ...ADDRESS_FIELDS.map(({ field }) => `user_data.address.${field}`),
  ],
  note: 'text or a list each; `address` an object, a list, or its fields flat in `user_data`. Hashed fields that are no SHA-256 are left out',
  addTo: (keys, record) => {
    const { place, userData } = userDataOf(record);
    const address = userData['address'];
    const own = countryIn(userData);
    const home = (Array.isArray(address) ? firstCountry(address) : countryIn(address)) ?? own;
    addKeys(keys, place.user, userData, home);
    if (Array.isArray(address)) {
      for (const [index, entry] of address.entries()) {
        const placed = placedAt(`${place.path}.address[${index}]`, ADDRESS_FIELDS);
        addKeys(keys, placed, entry, countryIn(entry) ?? own);
      }
    } else addKeys(keys, place.address, address, home);
    addKeys(keys, place.flat, userData, home);
  },
};

/** gtag's is used before the one at the top level. */
const USER_DATA_PLACES = ['eventModel.user_data', 'user_data'].map(userDataAt);
const NO_USER_DATA = { place: userDataAt('user_data'), userData: {} };

/** A place of `user_data` and all that is read there, with its path: made once, because every event needs it. */
interface UserDataPlace {
  readonly path: string;
  readonly holder: Place;
  readonly countries: Places;
  readonly user: readonly Placed[];
  readonly address: readonly Placed[];
  /** The fields of an address next to the e-mail. */
  readonly flat: readonly Placed[];
}

function userDataAt(path: string): UserDataPlace {
  return {
    path,
    holder: placeAt(path),
    countries: countriesAt(path, 'address'),
    user: placedAt(path, USER_FIELDS),
    address: placedAt(`${path}.address`, ADDRESS_FIELDS),
    flat: placedAt(path, ADDRESS_FIELDS),
  };
}

function placedAt(path: string, fields: readonly Named[]): readonly Placed[] {
  return fields.map(({ field, type }) => ({
    field,
    type,
    path: `${path}.${field}`,
    isSaidToBeHashed: field.startsWith('sha256_') || field.endsWith('_hash'),
  }));
}

/** Whether a payload has a customer, by its top-level fields. */
export function hasUserData(has: (field: string) => boolean): boolean {
  return USER_DATA_PLACES.some(({ holder }) => has(holder.first));
}

/** The country of the event, of the customer's address, of the customer, or of the browser's location, in this order. */
export const userCountry: FieldReader = (record) => {
  const { place, userData } = userDataOf(record);
  const address = userData['address'];
  if (!Array.isArray(address)) return country(record, place.countries);
  const index = record.payload.once('address with a country', address, () =>
    address.findIndex((entry: unknown) => !isAbsent(fieldsOf(entry)?.['country'])),
  );
  return country(record, countriesAt(place.path, `address[${Math.max(0, index)}]`));
};

function countriesAt(userData: string, address: string): Places {
  return at(
    'country_code',
    'eventModel.country_code',
    `${userData}.${address}.country`,
    `${userData}.country`,
    'user_location.country_id',
    'user_location.region_id',
  );
}

function userDataOf(record: SourceRecord): { readonly place: UserDataPlace; readonly userData: Fields } {
  for (const place of USER_DATA_PLACES) {
    const userData = fieldsOf(record.at(place.holder));
    if (userData) return { place, userData };
  }
  return NO_USER_DATA;
}

/** The customer's country. The event's may differ, because it may be the browser's location. */
function countryIn(holder: unknown): string | undefined {
  const text = textOf(fieldsOf(holder)?.['country']);
  return text === undefined ? undefined : readCountry(text);
}

function firstCountry(addresses: readonly unknown[]): string | undefined {
  for (const address of addresses) {
    const code = countryIn(address);
    if (code !== undefined) return code;
  }
  return undefined;
}

function addKeys(keys: MatchKeyField[], known: readonly Placed[], holder: unknown, home: string | undefined): void {
  const fields = fieldsOf(holder);
  if (!fields) return;
  for (const named of known) {
    const value = fields[named.field];
    if (value === undefined) continue;
    if (!Array.isArray(value)) addKey(keys, keyOf(named, value, home));
    else {
      for (const [index, entry] of value.entries()) {
        addKey(keys, keyOf({ ...named, path: `${named.path}[${index}]` }, entry, home));
      }
    }
  }
}

function addKey(keys: MatchKeyField[], key: MatchKeyField | undefined): void {
  if (key) keys.push(key);
}

function keyOf({ type, path, isSaidToBeHashed }: Placed, entry: unknown, home: string | undefined) {
  const value = textOf(entry);
  // A field that is marked as hashed but is not would be hashed twice and never match: it is left out.
  if (value === undefined || (isSaidToBeHashed && !SHA256_HEX.test(value))) return undefined;
  const rule = home === undefined || type !== 'PHONE' ? undefined : `read by country ${home} of its address`;
  return { type, path, value, country: home, rule };
}
