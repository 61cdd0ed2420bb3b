/**
 * A customer's match keys as a payload has them, and as Amazon gets them: hashed, each once, without empty ones.
 *
 * They are hashed when first needed and kept: the events of one body often share their customer.
 */
import type { MappingContext } from './context.js';
import { type Key, type KeyField, keysOf, MATCH_KEY_LENGTH } from './key-digests.js';
import { isHashedType, type MatchKeyRulesChoice } from './match-key.js';
import { looksPersonal } from './personal-data.js';

export interface MatchKeyField extends KeyField {
  readonly path: string;
  /** What was done to the value, for people (origin.ts). */
  readonly rule?: string | undefined;
}

const FAULTS_NAMED = 10;
/** The addresses with which Amazon hides its customers from sellers. */
const MARKETPLACE_ADDRESS = /@(?:[\w-]+\.)*marketplace\.amazon\.[a-z.]+/i;

export interface KeyFault {
  readonly kind: 'too_long' | 'of_amazon' | 'personal';
  readonly path: string;
}

export class KeyList {
  readonly fields: readonly MatchKeyField[];
  /** True: the payload's match keys could not be read, so it is unknown whether there are any. */
  readonly isUnread: boolean;
  #hasPhone: boolean | undefined;
  #faults: readonly KeyFault[] | undefined;
  #hashed: { readonly country: string; readonly rules: MatchKeyRulesChoice; readonly keys: Key[] } | undefined;

  constructor(fields: readonly MatchKeyField[], isUnread = false) {
    this.fields = fields;
    this.isUnread = isUnread;
  }

  /** Faults of the fields themselves, at most as many as a person can read. */
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
   * @returns one more than Amazon takes if there are too many
   */
  hashed(country: string, { matchKeyRules: rules }: MappingContext): Key[] {
    if (this.#hashed?.country !== country || this.#hashed.rules !== rules) {
      this.#hashed = { country, rules, keys: keysOf(this.fields, country, rules) };
    }
    return this.#hashed.keys;
  }
}

function faultsIn(fields: readonly MatchKeyField[]): KeyFault[] {
  const faults: KeyFault[] = [];
  for (const { type, value, path } of fields) {
    if (value.length > MATCH_KEY_LENGTH) faults.push({ kind: 'too_long', path });
    else if (type === 'EMAIL' && MARKETPLACE_ADDRESS.test(value)) faults.push({ kind: 'of_amazon', path });
    else if (!isHashedType(type) && looksPersonal(value)) faults.push({ kind: 'personal', path });
    if (faults.length >= FAULTS_NAMED) break;
  }
  return faults;
}
