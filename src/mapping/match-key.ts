/**
 * Match keys: a customer's identifiers, normalised and hashed the way Amazon compares them.
 *
 * This is the only place that decides what is hashed and how. Amazon accepts plaintext sent by mistake without an error and never
 * matches it, so test/vectors/match-keys.json fixes every rule to the byte. Never: keeps, logs or returns a raw value of a hashed
 * type.
 */
import { hash } from 'node:crypto';
import { damageOf, isUnfilled } from './damaged-id.js';
import { emailsOf, isAddressAlone } from './emails.js';
import { isPlaceholderPhone, normalisePhone, readPhone, separatePhones } from './phone.js';
import { repairPostalCode } from './postal.js';
import { amazonAds } from './rules/amazon-ads.js';
import { amazonEvents } from './rules/amazon-events.js';
import type { RuleSet } from './rules/rule-set.js';
import { standard } from './rules/standard.js';
import { cleanCode, cleanText, isDigestOfNothing, isWronglyDecoded, saysNothing } from './text.js';

/** Types that are sent as SHA-256 of the normalised value. */
export const HASHED_MATCH_KEYS = [
  'EMAIL',
  'PHONE',
  'FIRST_NAME',
  'LAST_NAME',
  'ADDRESS',
  'CITY',
  'STATE',
  'POSTAL',
] as const;
/** Types that are already pseudonymous and are sent as they are. */
const PLAIN_MATCH_KEYS = ['MAID', 'RAMP_ID', 'MATCH_ID', 'REAL_ID', 'MERKLE_ID', 'KANTAR_ID', 'FIP'] as const;
export const MATCH_KEY_TYPES = [...HASHED_MATCH_KEYS, ...PLAIN_MATCH_KEYS] as const;

/** Types that are personal data: only their digest may be sent. */
export type HashedMatchKeyType = (typeof HASHED_MATCH_KEYS)[number];
const HASHED_TYPES: ReadonlySet<string> = new Set(HASHED_MATCH_KEYS);
export type MatchKeyType = (typeof MATCH_KEY_TYPES)[number];
const TYPES: ReadonlySet<unknown> = new Set(MATCH_KEY_TYPES);

/** One identifier of the customer. Amazon takes exactly one value each: two e-mails are two match keys. */
export interface MatchKey {
  readonly type: MatchKeyType;
  readonly values: readonly [string];
}

/**
 * `standard` is the tagging guide's; `amazon-ads` that of Amazon's connectors; `amazon-events` the intention of Amazon's own
 * server tag. Nobody outside Amazon knows which one matches best.
 */
export const MATCH_KEY_RULES = ['standard', 'amazon-ads', 'amazon-events'] as const;
export type MatchKeyRules = (typeof MATCH_KEY_RULES)[number];

/** Under several rule sets each different digest is a separate match key. */
export type MatchKeyRulesChoice = MatchKeyRules | readonly [MatchKeyRules, ...MatchKeyRules[]];

export function rulesIn(choice: MatchKeyRulesChoice): readonly [MatchKeyRules, ...MatchKeyRules[]] {
  return typeof choice === 'string' ? [choice] : choice;
}

/** Amazon takes 1 to 15 match keys an event. */
export const MAX_MATCH_KEYS = 15;

const HEX = /^[0-9a-f]*$/i;

/** Another kind of digest: MD5, SHA-1, SHA-224, SHA-384, SHA-512. Hashed again it would match nobody. */
const OTHER_DIGEST = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{96}|[0-9a-f]{128})$/i;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const ZEROS = /^[0-]*$/;
const WHOLE_ADDRESS = /[^@]@[^@]/;

const RULE_SETS: Record<MatchKeyRules, RuleSet> = {
  standard,
  'amazon-ads': amazonAds,
  'amazon-events': amazonEvents,
};

/**
 * The form that is hashed; empty if nothing is left of the value. It is plaintext: for tests and comparisons only.
 *
 * @param country ISO alpha-2, used for national phone numbers, postal codes, states and addresses
 * @example
 * normaliseMatchKey('PHONE', '(415) 555-2671', 'US', 'standard'); // '+14155552671'
 */
export function normaliseMatchKey(
  type: HashedMatchKeyType,
  raw: string,
  country: string,
  rules: MatchKeyRules,
): string {
  const text = type === 'EMAIL' ? addressesIn(raw, rules)[0] : readable(type, raw, country);
  return text === undefined ? '' : normalise(type, text, country, rules);
}

/**
 * Makes the value that Amazon gets: SHA-256 in lower-case hex over UTF-8 for personal data, the trimmed value for the others. A
 * value of exactly 64 hex digits counts as already hashed and is only lower-cased.
 *
 * @param country ISO alpha-2, used for national phone numbers, postal codes, states and addresses
 * @returns undefined if the value normalises to nothing: such a match key is left out
 * @example
 * hashMatchKey('EMAIL', ' Jane@Example.com', 'US', 'standard'); // SHA-256 of 'jane@example.com'
 */
export function hashMatchKey(
  type: MatchKeyType,
  raw: string,
  country: string,
  rules: MatchKeyRules,
): string | undefined {
  if (!isHashedType(type)) return plainValue(type, raw);
  const value = raw.trim();
  if (isDigest(value)) return presentDigest(value);
  const normalised = normaliseMatchKey(type, raw, country, rules);
  return normalised === '' ? undefined : digestOf(normalised);
}

/**
 * What Amazon gets for a customer's field: like `hashMatchKey`, but two e-mail addresses or phone numbers in one field are two
 * values, and placeholder phone numbers give none.
 */
export function matchValuesOf(
  type: MatchKeyType,
  raw: string,
  country: string,
  rules: MatchKeyRules,
): readonly string[] {
  if (!isHashedType(type)) return listOf(plainValue(type, raw));
  const text = raw.trim();
  if (isDigest(text)) return listOf(presentDigest(text));
  if (type === 'EMAIL') return emailValues(text, country, rules);
  if (type === 'PHONE') {
    const phone = readPhone(text, country);
    if (phone === undefined) return separatePhones(text).flatMap((each) => matchValuesOf(type, each, country, rules));
    return isPlaceholderPhone(phone) ? NONE : valuesOf(type, phone.e164, country, rules);
  }
  return valuesOf(type, isWord(text) ? text : readable(type, text, country), country, rules);
}

const NONE: readonly string[] = [];

/** Nearly every name: there is nothing to clean or repair. */
const WORD = /^[a-z][a-z0-9]{0,30}$/i;

function isWord(text: string): boolean {
  return WORD.test(text) && !saysNothing(text);
}

function emailValues(text: string, country: string, rules: MatchKeyRules): readonly string[] {
  if (isAddressAlone(text)) return valuesOf('EMAIL', text, country, rules);
  return addressesIn(text, rules).flatMap((address) => valuesOf('EMAIL', address, country, rules));
}

function valuesOf(type: HashedMatchKeyType, text: string, country: string, rules: MatchKeyRules): readonly string[] {
  const normalised = normalise(type, text, country, rules);
  return normalised === '' ? NONE : [digestOf(normalised)];
}

function listOf(value: string | undefined): readonly string[] {
  return value === undefined ? NONE : [value];
}

function addressesIn(raw: string, rules: MatchKeyRules): readonly string[] {
  const found = emailsOf(raw);
  if (found.length > 0) return found;
  return listOf(RULE_SETS[rules].EMAIL.readLoosely?.(cleanCode(raw)));
}

function normalise(type: HashedMatchKeyType, text: string, country: string, rules: MatchKeyRules): string {
  const normalised = RULE_SETS[rules][type].apply(text, country);
  // A set may reduce `李@example.com` to `@example.com`, which thousands share.
  return type !== 'EMAIL' || WHOLE_ADDRESS.test(normalised) ? normalised : '';
}

function digestOf(normalised: string): string {
  return hash('sha256', normalised, 'hex');
}

/**
 * What `matchValuesOf` does with the value, in words; its branches are the same.
 *
 * @param rules sets that give the same value
 */
export function describeMatchKey(
  type: MatchKeyType,
  raw: string,
  country: string,
  rules: readonly MatchKeyRules[],
): string {
  if (!isHashedType(type)) return 'pseudonymous already: trimmed, not hashed';
  if (isDigest(raw.trim())) return 'already hashed: lower-cased';
  const [first = 'standard'] = rules;
  const { steps } = RULE_SETS[first][type];
  return `${type === 'PHONE' ? `E.164 by country ${country}` : ''}${steps}, SHA-256 (rules ${rules.join(', ')})`;
}

/** The value that a person meant, before any rule set; empty if there is none. */
function readable(type: Exclude<HashedMatchKeyType, 'EMAIL'>, raw: string, country: string): string {
  if (type === 'PHONE') return normalisePhone(raw, country);
  const text = type === 'POSTAL' ? repairPostalCode(raw, country) : cleanText(raw);
  return saysNothing(text) || isUnfilled(text) || isOtherDigest(text) || isWronglyDecoded(text) ? '' : text;
}

function isOtherDigest(text: string): boolean {
  return text.length >= 32 && OTHER_DIGEST.test(text);
}

/** A MAID is a UUID; a device whose owner refuses tracking gives zeros. */
function plainValue(type: MatchKeyType, raw: string): string | undefined {
  const value = cleanText(raw);
  if (type === 'MAID' && (!UUID.test(value) || ZEROS.test(value))) return undefined;
  return damageOf(value) === undefined ? value : undefined;
}

function presentDigest(value: string): string | undefined {
  const digest = value.toLowerCase();
  return isDigestOfNothing(digest) ? undefined : digest;
}

function isDigest(value: string): boolean {
  return value.length === 64 && HEX.test(value);
}

export function isHashedType(type: MatchKeyType): type is HashedMatchKeyType {
  return HASHED_TYPES.has(type);
}

export function isMatchKeyType(value: unknown): value is MatchKeyType {
  return TYPES.has(value);
}
