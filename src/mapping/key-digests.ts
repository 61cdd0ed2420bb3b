/**
 * A customer's fields as the match keys that Amazon gets: each digest once, under one rule set or several.
 *
 * Under several sets a field gives a digest for each form of it. Amazon takes 15 match keys, so the order decides what is cut:
 * e-mail and phone under every set, the other fields under the first set, then these under the others.
 */
import {
  MAX_MATCH_KEYS,
  type MatchKeyRules,
  type MatchKeyRulesChoice,
  type MatchKeyType,
  matchValuesOf,
  rulesIn,
} from './match-key.js';

/** Longer values are rejected without being read. */
export const MATCH_KEY_LENGTH = 1000;

export interface KeyField {
  readonly type: MatchKeyType;
  readonly value: string;
  /** The country of the address that it belongs to, which may differ from the event's. */
  readonly country?: string | undefined;
}

export type Key = { type: MatchKeyType; values: [string] };

/**
 * @param country the event's, for fields that belong to no address
 * @returns one more than Amazon takes if the first set alone gives more than that; else at most what Amazon takes
 */
export function keysOf(fields: readonly KeyField[], country: string, choice: MatchKeyRulesChoice): Key[] {
  const sets = rulesIn(choice);
  const keys = hashFields(fields, country, sets[0], []);
  if (sets.length === 1) return keys;
  const ordered: Key[] = [];
  const contacts = fields.filter(isContact);
  for (const rules of sets) hashFields(contacts, country, rules, ordered);
  for (const rules of sets) hashFields(fields, country, rules, ordered);
  return ordered.slice(0, Math.max(MAX_MATCH_KEYS, keys.length));
}

/** Adds new keys to the list, until there is one more than Amazon takes. */
function hashFields(fields: readonly KeyField[], country: string, rules: MatchKeyRules, keys: Key[]): Key[] {
  for (const { type, value: raw, country: own } of fields) {
    if (raw.length > MATCH_KEY_LENGTH) continue;
    for (const value of matchValuesOf(type, raw, own ?? country, rules)) {
      if (!isAmong(keys, type, value)) keys.push({ type, values: [value] });
    }
    if (keys.length > MAX_MATCH_KEYS) break;
  }
  return keys;
}

function isContact({ type }: KeyField): boolean {
  return type === 'EMAIL' || type === 'PHONE';
}

function isAmong(keys: readonly Key[], type: MatchKeyType, value: string): boolean {
  for (const key of keys) if (key.type === type && key.values[0] === value) return true;
  return false;
}
