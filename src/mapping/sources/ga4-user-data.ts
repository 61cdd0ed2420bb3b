/**
 * GA4 `user_data` to match keys. Each field is a text or a list, raw or hashed by Google's library; names and address stand
 * in `address` (an object or a list of them), or flat beside the e-mail as some data layers write them.
 */
import type { MatchKeyField } from '../key-list.js';
import type { MatchKeyType } from '../match-key.js';
import { at, type Fields, fieldsOf, isAbsent, type Places, placeAt, textOf } from '../payload.js';
import { country } from '../readers.js';
import type { FieldReader, KeyRow, SourceRecord } from '../table.js';

type Named = readonly [field: string, type: MatchKeyType];

const USER_FIELDS: readonly Named[] = [
  ['email_address', 'EMAIL'],
  ['email', 'EMAIL'],
  ['sha256_email_address', 'EMAIL'],
  ['email_hash', 'EMAIL'],
  ['phone_number', 'PHONE'],
  ['phone', 'PHONE'],
  ['sha256_phone_number', 'PHONE'],
  ['phone_hash', 'PHONE'],
];

const ADDRESS_FIELDS: readonly Named[] = [
  ['first_name', 'FIRST_NAME'],
  ['sha256_first_name', 'FIRST_NAME'],
  ['last_name', 'LAST_NAME'],
  ['sha256_last_name', 'LAST_NAME'],
  ['street', 'ADDRESS'],
  ['sha256_street', 'ADDRESS'],
  ['city', 'CITY'],
  ['sha256_city', 'CITY'],
  ['region', 'STATE'],
  ['sha256_region', 'STATE'],
  ['postal_code', 'POSTAL'],
  ['zip', 'POSTAL'],
  ['sha256_postal_code', 'POSTAL'],
];

const SHA256_HEX = /^[0-9a-f]{64}$/i;

export const USER_DATA: KeyRow = {
  to: 'EMAIL, PHONE, FIRST_NAME, LAST_NAME, ADDRESS, CITY, STATE, POSTAL',
  shown: `\`user_data.{${USER_FIELDS.map(([field]) => field).join(', ')}}\`, \`user_data.address.{${ADDRESS_FIELDS.map(([field]) => field).join(', ')}}\``,
  paths: [
    ...USER_FIELDS.map(([field]) => `user_data.${field}`),
    ...ADDRESS_FIELDS.map(([field]) => `user_data.address.${field}`),
  ],
  note: 'a text or a list each; `address` an object or a list, or its fields flat in `user_data`; the first 15. What is said to be hashed and is no SHA-256 is left out',
  addTo: (keys, record) => {
    const { path, userData } = userDataOf(record);
    addKeys(keys, USER_FIELDS, userData, path);
    for (const { index, entry } of entriesOf(userData['address'])) {
      const address = fieldsOf(entry);
      if (address) addKeys(keys, ADDRESS_FIELDS, address, `${path}.address${index}`);
    }
    addKeys(keys, ADDRESS_FIELDS, userData, path);
  },
};

/** gtag's wins over the one at the top. */
const USER_DATA_PLACES = ['eventModel.user_data', 'user_data'].map((path) => ({
  path,
  place: placeAt(path),
  countries: countriesAt(path, 'address'),
}));
const NO_USER_DATA = { path: 'user_data', userData: {}, countries: countriesAt('user_data', 'address') };

/** Whether a payload has a customer, by the fields at its top. */
export function hasUserData(has: (field: string) => boolean): boolean {
  return USER_DATA_PLACES.some(({ place }) => has(place.first));
}

/** Of the event, of the customer's address, of the customer, of where the browser was. */
export const userCountry: FieldReader = (record) => {
  const { path, userData, countries } = userDataOf(record);
  const address = userData['address'];
  if (!Array.isArray(address)) return country(record, countries);
  const index = record.payload.once('address with a country', address, () =>
    address.findIndex((entry: unknown) => !isAbsent(fieldsOf(entry)?.['country'])),
  );
  return country(record, countriesAt(path, `address[${Math.max(0, index)}]`));
};

function countriesAt(userData: string, address: string): Places {
  return at(
    'country_code',
    'eventModel.country_code',
    `${userData}.${address}.country`,
    `${userData}.country`,
    'user_location.country_id',
  );
}

function userDataOf(record: SourceRecord): {
  readonly path: string;
  readonly userData: Fields;
  readonly countries: Places;
} {
  for (const { path, place, countries } of USER_DATA_PLACES) {
    const userData = fieldsOf(record.at(place));
    if (userData) return { path, userData, countries };
  }
  return NO_USER_DATA;
}

function addKeys(keys: MatchKeyField[], known: readonly Named[], fields: Fields, path: string): void {
  for (const [name, type] of known) {
    const field = fields[name];
    if (field === undefined) continue;
    for (const { index, entry } of entriesOf(field)) {
      const value = textOf(entry);
      // A field said to be hashed that is not would be hashed twice and never match: it is left out.
      if (value === undefined || (isSaidToBeHashed(name) && !SHA256_HEX.test(value))) continue;
      keys.push({ type, path: `${path}.${name}${index}`, value });
    }
  }
}

function isSaidToBeHashed(name: string): boolean {
  return name.startsWith('sha256_') || name.endsWith('_hash');
}

/** One value, or a list of them with their places. */
function entriesOf(value: unknown): { index: string; entry: unknown }[] {
  if (!Array.isArray(value)) return [{ index: '', entry: value }];
  return value.map((entry: unknown, index) => ({ index: `[${index}]`, entry }));
}
