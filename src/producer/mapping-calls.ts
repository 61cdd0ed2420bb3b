/**
 * The library's calls without a producer, with their arguments checked: a wrong one would give a digest without a match,
 * or let plaintext personal data through.
 */
import type { MappingContext } from '../mapping/context.js';
import * as keys from '../mapping/match-key.js';
import type { Mapped } from '../mapping/refusal.js';
import * as sources from '../mapping/source.js';
import { kindOf } from './call-arguments.js';

/**
 * Maps one payload to events, each ready to queue or refused with every fault. Nothing is sent or written.
 *
 * @returns one result an event of the payload (more than one for a GA4 Measurement Protocol body), never an empty list
 * @throws TypeError if `source` is not one of SOURCES, or the context lacks something
 * @example
 * const context = { nowMs: Date.now(), matchKeyRules: 'standard', maxEventAgeHours: 168 } as const;
 * for (const mapped of mapPayload('shopify', order, context)) {
 *   if (mapped.ok) console.log(mapped.event.clientDedupeId);
 *   else console.warn(mapped.reason, mapped.issues);
 * }
 */
export function mapPayload(source: sources.Source, payload: unknown, context: MappingContext): Mapped[] {
  const given: Partial<MappingContext> = typeof context === 'object' && context !== null ? context : {};
  for (const name of ['nowMs', 'maxEventAgeHours'] as const) {
    if (!Number.isFinite(given[name])) throw new TypeError(`${name} of the third argument must be a number`);
  }
  const rules: unknown[] = [given.matchKeyRules].flat();
  if (rules.length === 0 || !rules.every(isRules)) {
    throw new TypeError(`matchKeyRules of the third argument takes ${keys.MATCH_KEY_RULES.join(', ')}`);
  }
  return sources.mapPayload(source, payload, context);
}

/**
 * Makes the value that Amazon gets: SHA-256 in lower-case hex over UTF-8 for personal data, the trimmed value for the
 * others. A value that is exactly 64 hex digits counts as hashed already and is only lower-cased.
 *
 * @param country ISO alpha-2, used for national phone numbers, postal codes, states and addresses
 * @returns undefined if the value normalises to nothing: such a match key is left out
 * @throws TypeError if an argument is not a known one
 * @example
 * hashMatchKey('EMAIL', ' Jane@Example.com', 'US', 'standard'); // SHA-256 of 'jane@example.com'
 */
export function hashMatchKey(
  type: keys.MatchKeyType,
  raw: string,
  country: string,
  rules: keys.MatchKeyRules,
): string | undefined {
  demandArguments(keys.MATCH_KEY_TYPES, [type, raw, country, rules]);
  return keys.hashMatchKey(type, raw, country, rules);
}

/**
 * The form that is hashed. Empty if nothing is left of the value. It is plaintext: for tests and comparisons only.
 *
 * @param country ISO alpha-2, used for national phone numbers, postal codes, states and addresses
 * @throws TypeError if an argument is not a known one
 * @example
 * normaliseMatchKey('PHONE', '(415) 555-2671', 'US', 'standard'); // '+14155552671'
 */
export function normaliseMatchKey(
  type: keys.HashedMatchKeyType,
  raw: string,
  country: string,
  rules: keys.MatchKeyRules,
): string {
  demandArguments(HASHED_TYPES, [type, raw, country, rules]);
  return keys.normaliseMatchKey(type, raw, country, rules);
}

const HASHED_TYPES = keys.MATCH_KEY_TYPES.filter(keys.isHashedType);

function demandArguments(types: readonly string[], [type, raw, country, rules]: readonly unknown[]): void {
  if (!types.some((one) => one === type))
    throw new TypeError(`the first argument, type, is one of ${types.join(', ')}`);
  if (typeof raw !== 'string') throw new TypeError(`the second argument, raw, must be a string, not ${kindOf(raw)}`);
  if (typeof country !== 'string') {
    throw new TypeError(`the third argument, country, must be a string such as US, not ${kindOf(country)}`);
  }
  if (!isRules(rules)) throw new TypeError(`the fourth argument, rules, is one of ${keys.MATCH_KEY_RULES.join(', ')}`);
}

function isRules(value: unknown): boolean {
  return keys.MATCH_KEY_RULES.some((name) => name === value);
}
