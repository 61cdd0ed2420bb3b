/**
 * GA4 `user_data` to match keys. Each field is a text or a list, raw or hashed by Google's library.
 */
import { MAX_MATCH_KEYS, type MatchKeyType } from '../match-key.js';
import type { MatchKeyField } from './match-key-fields.js';
import { type Fields, fieldsOf, textOf } from './payload.js';

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
export function ga4MatchKeys(userData: Fields): MatchKeyField[] {
  const matchKeys: MatchKeyField[] = [];
  const add = (type: MatchKeyType, path: string, field: unknown) => {
    if (field === undefined) return;
    for (const { at, entry } of entriesOf(field)) {
      const value = textOf(entry);
      // A field said to be hashed that is not would be hashed twice and never match: it is left out.
      if (value === undefined || (isHashedField(path) && !SHA256_HEX.test(value))) continue;
      matchKeys.push({ type, path: `user_data.${path}${at}`, value });
    }
  };
  for (const [field, type] of USER_FIELDS) add(type, field, userData[field]);
  for (const { at, entry } of entriesOf(userData['address'])) {
    const address = fieldsOf(entry);
    if (!address) continue;
    for (const [field, type] of ADDRESS_FIELDS) {
      add(type, `address${at}.${field}`, address[field]);
      add(type, `address${at}.sha256_${field}`, address[`sha256_${field}`]);
    }
  }
  return matchKeys.slice(0, MAX_MATCH_KEYS);
}

/** One value, or a list of them with their places. */
function entriesOf(value: unknown): { at: string; entry: unknown }[] {
  if (!Array.isArray(value)) return [{ at: '', entry: value }];
  return value.map((entry: unknown, index) => ({ at: `[${index}]`, entry }));
}

function isHashedField(path: string): boolean {
  return /(^|\.)sha256_|_hash$/.test(path);
}
