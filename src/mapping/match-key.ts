/**
 * Match keys: a customer's identifiers, normalised and hashed the way Amazon compares them.
 *
 * This is the only place that decides what is hashed and how. Plaintext sent by mistake is accepted in silence by
 * Amazon and never matches, so every rule is pinned to the byte by test/vectors/match-keys.json.
 * Never: keeps, logs or returns a raw value of a hashed type.
 */
import { hash } from 'node:crypto';
import { emailsOf } from './emails.js';
import { isPlaceholderPhone, normalisePhone, readPhone } from './phone.js';
import { repairPostalCode } from './postal.js';
import { cleanText, isDigestOfNothing, isNothing, isWronglyDecoded } from './text.js';

/** Types that leave as SHA-256 of the normalised value. */
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
/** Types that are pseudonymous already and leave as they are. */
const PLAIN_MATCH_KEYS = ['MAID', 'RAMP_ID', 'MATCH_ID', 'REAL_ID', 'MERKLE_ID', 'KANTAR_ID', 'FIP'] as const;
export const MATCH_KEY_TYPES = [...HASHED_MATCH_KEYS, ...PLAIN_MATCH_KEYS] as const;

/** Types that are personal data: only their digest may leave. */
export type HashedMatchKeyType = (typeof HASHED_MATCH_KEYS)[number];
const HASHED_TYPES: ReadonlySet<string> = new Set(HASHED_MATCH_KEYS);
export type MatchKeyType = (typeof MATCH_KEY_TYPES)[number];

/** One identifier of the customer. Amazon takes exactly one value each: two e-mails are two match keys. */
export interface MatchKey {
  readonly type: MatchKeyType;
  readonly values: readonly [string];
}

/** `standard` is the tagging guide's; `amazon-ads` is that of Amazon's own connectors. */
export const MATCH_KEY_RULES = ['standard', 'amazon-ads'] as const;
export type MatchKeyRules = (typeof MATCH_KEY_RULES)[number];

/** Amazon takes 1 to 15 match keys an event. */
export const MAX_MATCH_KEYS = 15;

const HEX = /^[0-9a-f]*$/i;

/** A digest of another kind: MD5, SHA-1, SHA-224, SHA-384, SHA-512. Hashed once more it would match nobody. */
const OTHER_DIGEST = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{96}|[0-9a-f]{128})$/i;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const ZEROS = /^[0-]*$/;

interface Normaliser {
  /** @param text as `readable` gives it */
  readonly apply: (text: string) => string;
  /** What `apply` does, for people (explain.ts). */
  readonly steps: string;
}

const lowered: Normaliser = { apply: (text) => text.trim().toLowerCase(), steps: 'trim, lower-case' };
const spaced: Normaliser = {
  apply: (text) => text.trim().toLowerCase().replace(/\s+/g, ' '),
  steps: 'trim, lower-case, single spaces',
};
const alphanumeric: Normaliser = {
  apply: (text) => text.toLowerCase().replace(/[^a-z0-9]/g, ''),
  steps: 'lower-case, a-z and 0-9 only',
};

const NORMALISE: Record<MatchKeyRules, Record<HashedMatchKeyType, Normaliser>> = {
  standard: {
    EMAIL: lowered,
    PHONE: { apply: (e164) => e164, steps: '' },
    FIRST_NAME: spaced,
    LAST_NAME: spaced,
    ADDRESS: spaced,
    CITY: spaced,
    STATE: spaced,
    POSTAL: spaced,
  },
  'amazon-ads': {
    EMAIL: {
      apply: (text) => text.toLowerCase().replace(/[^a-z0-9.@+-]/g, ''),
      steps: 'lower-case, a-z, 0-9, point, @, + and - only',
    },
    PHONE: { apply: (e164) => e164.replace('+', ''), steps: ', digits only' },
    FIRST_NAME: alphanumeric,
    LAST_NAME: alphanumeric,
    ADDRESS: alphanumeric,
    CITY: alphanumeric,
    STATE: alphanumeric,
    POSTAL: { apply: (text) => text.toLowerCase().replace(/\s+/g, ''), steps: 'lower-case, no spaces' },
  },
};

/**
 * The form that is hashed; empty where nothing is left of the value. It is plaintext: for tests and comparisons only.
 *
 * @param country ISO alpha-2, used for national phone numbers and postal codes
 * @example
 * normaliseMatchKey('PHONE', '(415) 555-2671', 'US', 'standard'); // '+14155552671'
 */
export function normaliseMatchKey(
  type: HashedMatchKeyType,
  raw: string,
  country: string,
  rules: MatchKeyRules,
): string {
  return NORMALISE[rules][type].apply(readable(type, raw, country));
}

/**
 * Makes the value that Amazon gets: SHA-256 in lower-case hex over UTF-8 for personal data, the trimmed value for the
 * others. A value that is exactly 64 hex digits counts as hashed already and is only lower-cased.
 *
 * @param country ISO alpha-2, used for national phone numbers and postal codes
 * @returns undefined where the value normalises to nothing: such a match key is left out
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
  return normalised === '' ? undefined : hash('sha256', normalised, 'hex');
}

/**
 * What Amazon gets for a customer's field: like `hashMatchKey`, but two e-mail addresses in one field are two values, and
 * phone numbers that nobody has give none.
 */
export function matchValuesOf(
  type: MatchKeyType,
  raw: string,
  country: string,
  rules: MatchKeyRules,
): readonly string[] {
  if (type === 'EMAIL' && !isDigest(raw.trim())) return emailValues(raw, rules);
  if (type === 'PHONE' && !isDigest(raw.trim())) {
    const phone = readPhone(raw, country);
    if (phone === undefined || isPlaceholderPhone(phone)) return NONE;
    return [hash('sha256', NORMALISE[rules].PHONE.apply(phone.e164), 'hex')];
  }
  const value = hashMatchKey(type, raw, country, rules);
  return value === undefined ? NONE : [value];
}

const NONE: readonly string[] = [];

function emailValues(raw: string, rules: MatchKeyRules): string[] {
  return emailsOf(raw).map((address) => hash('sha256', NORMALISE[rules].EMAIL.apply(address), 'hex'));
}

/** What `matchValuesOf` does with the value, in words; it takes the same turns. */
export function describeMatchKey(type: MatchKeyType, raw: string, country: string, rules: MatchKeyRules): string {
  if (!isHashedType(type)) return 'pseudonymous already: trimmed, not hashed';
  if (isDigest(raw.trim())) return 'already hashed: lower-cased';
  const { steps } = NORMALISE[rules][type];
  return `${type === 'PHONE' ? `E.164 by country ${country}` : ''}${steps}, SHA-256 (rules ${rules})`;
}

/** What a person meant, before any rule set; empty where there is nothing. Of several e-mail addresses the first. */
function readable(type: HashedMatchKeyType, raw: string, country: string): string {
  if (type === 'EMAIL') return emailsOf(raw)[0] ?? '';
  if (type === 'PHONE') return normalisePhone(raw, country);
  const text = type === 'POSTAL' ? repairPostalCode(raw, country) : cleanText(raw);
  return isNothing(text) || isOtherDigest(text) || isWronglyDecoded(text) ? '' : text;
}

function isOtherDigest(text: string): boolean {
  return text.length >= 32 && OTHER_DIGEST.test(text);
}

/** A MAID is a UUID; zeros are what a device gives whose owner does not want to be followed. */
function plainValue(type: MatchKeyType, raw: string): string | undefined {
  const value = cleanText(raw);
  if (type === 'MAID' && (!UUID.test(value) || ZEROS.test(value))) return undefined;
  return isNothing(value) || isWronglyDecoded(value) ? undefined : value;
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
