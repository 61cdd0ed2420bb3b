/**
 * Match keys: a customer's identifiers, normalised and hashed the way Amazon compares them.
 *
 * This is the only place that decides what is hashed and how. Plaintext sent by mistake is accepted in silence by
 * Amazon and never matches, so every rule is pinned to the byte by test/vectors/match-keys.json.
 * Never: keeps, logs or returns a raw value of a hashed type.
 */
import { hash } from 'node:crypto';
import { normalisePhone } from './phone.js';

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

interface Normaliser {
  readonly apply: (raw: string, country: string) => string;
  /** What `apply` does, for people (explain.ts). */
  readonly steps: (country: string) => string;
}

const trimmed: Normaliser = { apply: (raw) => raw.trim().toLowerCase(), steps: () => 'trim, lower-case' };
const spaced: Normaliser = {
  apply: (raw) => raw.trim().toLowerCase().replace(/\s+/g, ' '),
  steps: () => 'trim, lower-case, single spaces',
};
const alphanumeric: Normaliser = {
  apply: (raw) => raw.toLowerCase().replace(/[^a-z0-9]/g, ''),
  steps: () => 'lower-case, a-z and 0-9 only',
};
const e164: Normaliser = { apply: normalisePhone, steps: (country) => `E.164 by country ${country}` };

const NORMALISE: Record<MatchKeyRules, Record<HashedMatchKeyType, Normaliser>> = {
  standard: {
    EMAIL: trimmed,
    PHONE: e164,
    FIRST_NAME: spaced,
    LAST_NAME: spaced,
    ADDRESS: spaced,
    CITY: spaced,
    STATE: spaced,
    POSTAL: spaced,
  },
  'amazon-ads': {
    EMAIL: {
      apply: (raw) => raw.toLowerCase().replace(/[^a-z0-9.@+-]/g, ''),
      steps: () => 'lower-case, a-z, 0-9, point, @, + and - only',
    },
    PHONE: {
      apply: (raw, country) => normalisePhone(raw, country).replace('+', ''),
      steps: (country) => `E.164 by country ${country}, digits only`,
    },
    FIRST_NAME: alphanumeric,
    LAST_NAME: alphanumeric,
    ADDRESS: alphanumeric,
    CITY: alphanumeric,
    STATE: alphanumeric,
    POSTAL: { apply: (raw) => raw.toLowerCase().replace(/\s+/g, ''), steps: () => 'lower-case, no spaces' },
  },
};

/**
 * The form that is hashed; empty where nothing is left of the value. It is plaintext: for tests and comparisons only.
 *
 * @param country ISO alpha-2, used for national phone numbers
 * @example
 * normaliseMatchKey('PHONE', '(415) 555-2671', 'US', 'standard'); // '+14155552671'
 */
export function normaliseMatchKey(
  type: HashedMatchKeyType,
  raw: string,
  country: string,
  rules: MatchKeyRules,
): string {
  return NORMALISE[rules][type].apply(raw, country);
}

/**
 * Makes the value that Amazon gets: SHA-256 in lower-case hex over UTF-8 for personal data, the trimmed value for the
 * others. A value that is exactly 64 hex digits counts as hashed already and is only lower-cased.
 *
 * @param country ISO alpha-2, used for national phone numbers
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
  const value = raw.trim();
  if (!isHashedType(type)) return value === '' ? undefined : value;
  if (isDigest(value)) return value.toLowerCase();
  const normalised = normaliseMatchKey(type, raw, country, rules);
  return normalised === '' ? undefined : hash('sha256', normalised, 'hex');
}

/** What `hashMatchKey` does with the value, in words; it takes the same turns. */
export function describeMatchKey(type: MatchKeyType, raw: string, country: string, rules: MatchKeyRules): string {
  if (!isHashedType(type)) return 'pseudonymous already: trimmed, not hashed';
  if (isDigest(raw.trim())) return 'already hashed: lower-cased';
  return `${NORMALISE[rules][type].steps(country)}, SHA-256 (rules ${rules})`;
}

function isDigest(value: string): boolean {
  return value.length === 64 && HEX.test(value);
}

export function isHashedType(type: MatchKeyType): type is HashedMatchKeyType {
  return HASHED_TYPES.has(type);
}
