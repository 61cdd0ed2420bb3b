/**
 * GA4 `user_data` to match keys. Each field is a text or a list, raw or hashed by Google's library.
 */
import { MAX_MATCH_KEYS, type MatchKeyType } from '../match-key.js';
import type { MatchKeyField } from './match-key-fields.js';
import { type Fields, fieldsOf, textOf } from './payload.js';

interface UserField {
  readonly name: string;
  readonly type: MatchKeyType;
  /** Said to be hashed already. */
  readonly isHashed: boolean;
}

const USER_FIELDS = fieldsNamed([
  ['email_address', 'EMAIL'],
  ['email', 'EMAIL'],
  ['sha256_email_address', 'EMAIL'],
  ['email_hash', 'EMAIL'],
  ['phone_number', 'PHONE'],
  ['phone', 'PHONE'],
  ['sha256_phone_number', 'PHONE'],
  ['phone_hash', 'PHONE'],
]);

const ADDRESS_FIELDS = fieldsNamed([
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
  ['sha256_postal_code', 'POSTAL'],
]);

const SHA256_HEX = /^[0-9a-f]{64}$/i;

/** Raw and hashed match keys in the order Amazon weighs them; past 15 the rest is left out. */
export function ga4MatchKeys(userData: Fields): MatchKeyField[] {
  const matchKeys: MatchKeyField[] = [];
  addMatchKeys(matchKeys, USER_FIELDS, userData, 'user_data');
  for (const { at, entry } of entriesOf(userData['address'])) {
    const address = fieldsOf(entry);
    if (address) addMatchKeys(matchKeys, ADDRESS_FIELDS, address, `user_data.address${at}`);
  }
  return matchKeys.length > MAX_MATCH_KEYS ? matchKeys.slice(0, MAX_MATCH_KEYS) : matchKeys;
}

function addMatchKeys(matchKeys: MatchKeyField[], known: readonly UserField[], fields: Fields, path: string): void {
  for (const { name, type, isHashed } of known) {
    const field = fields[name];
    if (field === undefined) continue;
    for (const { at, entry } of entriesOf(field)) {
      const value = textOf(entry);
      // A field said to be hashed that is not would be hashed twice and never match: it is left out.
      if (value === undefined || (isHashed && !SHA256_HEX.test(value))) continue;
      matchKeys.push({ type, path: `${path}.${name}${at}`, value });
    }
  }
}

/** One value, or a list of them with their places. */
function entriesOf(value: unknown): { at: string; entry: unknown }[] {
  if (!Array.isArray(value)) return [{ at: '', entry: value }];
  return value.map((entry: unknown, index) => ({ at: `[${index}]`, entry }));
}

function fieldsNamed(fields: readonly (readonly [name: string, type: MatchKeyType])[]): UserField[] {
  return fields.map(([name, type]) => ({ name, type, isHashed: /^sha256_|_hash$/.test(name) }));
}
