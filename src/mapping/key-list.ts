/**
 * A customer's match keys as a payload holds them, and as Amazon gets them: hashed, each once, without those of which
 * nothing is left.
 *
 * Hashed when they are first asked for and kept: the events of one body often share their customer.
 */
import type { MappingContext } from './context.js';
import { MAX_MATCH_KEYS, type MatchKey, type MatchKeyRules, type MatchKeyType, matchValuesOf } from './match-key.js';

/** Longer values are refused, and not looked at. */
export const MATCH_KEY_LENGTH = 1000;

export interface MatchKeyField {
  readonly type: MatchKeyType;
  readonly path: string;
  readonly value: string;
  /** The country of the address that it belongs to, which need not be the event's. */
  readonly country?: string | undefined;
  /** What was done to the value, for people (origin.ts). */
  readonly rule?: string | undefined;
}

const FAULTS_NAMED = 10;
/** The addresses by which Amazon hides its customers from sellers. */
const MARKETPLACE_ADDRESS = /@(?:[\w-]+\.)*marketplace\.amazon\.[a-z.]+/i;

export interface KeyFault {
  readonly kind: 'too_long' | 'of_amazon';
  readonly path: string;
}

type Key = { type: MatchKeyType; values: [string] };

export class KeyList {
  readonly fields: readonly MatchKeyField[];
  /** True: the payload's match keys could not be read, so it cannot be said that there are none. */
  readonly isUnread: boolean;
  #hasPhone: boolean | undefined;
  #faults: readonly KeyFault[] | undefined;
  #hashed: { readonly country: string; readonly rules: string; readonly keys: Key[] } | undefined;

  constructor(fields: readonly MatchKeyField[], isUnread = false) {
    this.fields = fields;
    this.isUnread = isUnread;
  }

  /** What is wrong with the fields themselves; so many that a person can look at them. */
  get faults(): readonly KeyFault[] {
    this.#faults ??= faultsIn(this.fields);
    return this.#faults;
  }

  get hasPhone(): boolean {
    this.#hasPhone ??= this.fields.some(({ type }) => type === 'PHONE');
    return this.#hasPhone;
  }

  /**
   * @param country the event's, for fields that belong to no address
   * @returns at most one more than Amazon takes
   */
  hashed(country: string, { matchKeyRules: rules }: MappingContext): Key[] {
    if (this.#hashed?.country !== country || this.#hashed.rules !== rules) {
      this.#hashed = { country, rules, keys: hashAll(this.fields, country, rules) };
    }
    return this.#hashed.keys;
  }
}

function hashAll(fields: readonly MatchKeyField[], country: string, rules: MatchKeyRules): Key[] {
  const keys: Key[] = [];
  for (const { type, value: raw, country: own } of fields) {
    if (raw.length > MATCH_KEY_LENGTH) continue;
    for (const value of matchValuesOf(type, raw, own ?? country, rules)) {
      if (!isAmong(keys, type, value)) keys.push({ type, values: [value] });
    }
    if (keys.length > MAX_MATCH_KEYS) break;
  }
  return keys;
}

function isAmong(keys: readonly MatchKey[], type: MatchKeyType, value: string): boolean {
  for (const key of keys) if (key.type === type && key.values[0] === value) return true;
  return false;
}

function faultsIn(fields: readonly MatchKeyField[]): KeyFault[] {
  const faults: KeyFault[] = [];
  for (const { type, value, path } of fields) {
    if (value.length > MATCH_KEY_LENGTH) faults.push({ kind: 'too_long', path });
    else if (type === 'EMAIL' && MARKETPLACE_ADDRESS.test(value)) faults.push({ kind: 'of_amazon', path });
    if (faults.length >= FAULTS_NAMED) break;
  }
  return faults;
}
