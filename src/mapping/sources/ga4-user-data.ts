/**
 * GA4 `user_data` to match keys. Each field is a text or a list, raw or hashed by Google's library.
 */
import { MAX_MATCH_KEYS, type MatchKeyType } from '../match-key.js';
import { type Fields, fieldsOf, textsOf } from './payload.js';

const USER_FIELDS: readonly (readonly [field: string, type: MatchKeyType])[] = [
  ['email_address', 'EMAIL'],
  ['email', 'EMAIL'],
  ['sha256_email_address', 'EMAIL'],
  ['email_hash', 'EMAIL'],
  ['phone_number', 'PHONE'],
  ['phone', 'PHONE'],
  ['sha256_phone_number', 'PHONE'],
  ['phone_hash', 'PHONE'],
];

const ADDRESS_FIELDS: readonly (readonly [field: string, type: MatchKeyType])[] = [
  ['first_name', 'FIRST_NAME'],
  ['last_name', 'LAST_NAME'],
  ['street', 'ADDRESS'],
  ['city', 'CITY'],
  ['region', 'STATE'],
  ['postal_code', 'POSTAL'],
];

const SHA256_HEX = /^[0-9a-f]{64}$/i;

/** Raw and hashed match keys in the order Amazon weighs them; past 15 the rest is left out. */
export function ga4MatchKeys(userData: Fields): { type: MatchKeyType; values: [string] }[] {
  const matchKeys: { type: MatchKeyType; values: [string] }[] = [];
  const add = (type: MatchKeyType, values: readonly string[]) => {
    for (const value of values) matchKeys.push({ type, values: [value] });
  };
  for (const [field, type] of USER_FIELDS) {
    add(type, isHashedField(field) ? hashesOf(userData[field]) : textsOf(userData[field]));
  }
  for (const entry of [userData['address']].flat()) {
    const address = fieldsOf(entry);
    if (!address) continue;
    for (const [field, type] of ADDRESS_FIELDS) {
      add(type, [...textsOf(address[field]), ...hashesOf(address[`sha256_${field}`])]);
    }
  }
  return matchKeys.slice(0, MAX_MATCH_KEYS);
}

function isHashedField(field: string): boolean {
  return field.startsWith('sha256_') || field.endsWith('_hash');
}

/** A field said to be hashed that is not would be hashed twice and never match: it is left out. */
function hashesOf(value: unknown): string[] {
  return textsOf(value).filter((text) => SHA256_HEX.test(text));
}
