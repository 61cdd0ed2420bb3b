/**
 * The match keys of a conversion: a list of `{type, values: [one]}`.
 *
 * Nearly all lists are well formed, which a check by hand finds in a quarter of the schema's time. Faults are the schema's; a
 * property test checks that nothing is accepted here that the schema rejects.
 */

import { MATCH_KEYS_MAX } from '../bounds.js';
import { matchKeysSchema } from '../event.js';
import { WORDED } from '../fault-words.js';
import { MATCH_KEY_LENGTH } from '../key-digests.js';
import { KeyList, type MatchKeyField } from '../key-list.js';
import { isMatchKeyType, type MatchKey } from '../match-key.js';
import { fieldsOf } from '../payload.js';
import { type Fault, faultsOf } from '../refusal.js';

/** Made once, because every event needs them. */
const PATHS = Array.from({ length: MATCH_KEYS_MAX }, (_, index) => `matchKeys[${index}].values[0]`);

/** Adds the list's faults. */
export function keysOf(written: unknown, faults: Fault[]): KeyList {
  if (areWellFormed(written)) return new KeyList(written.map(keyOf));
  const checked = matchKeysSchema.safeParse(written, WORDED);
  if (checked.success) return new KeyList(checked.data.map(keyOf));
  faults.push(...faultsOf(checked.error, 'matchKeys'));
  return new KeyList([], true);
}

function keyOf({ type, values }: MatchKey, index: number): MatchKeyField {
  return { type, path: PATHS[index] ?? '', value: values[0] };
}

export function areWellFormed(written: unknown): written is MatchKey[] {
  if (!Array.isArray(written)) return false;
  // Not `every`, which skips the holes of a list.
  for (const entry of written) if (!isWellFormed(entry)) return false;
  return true;
}

function isWellFormed(entry: unknown): entry is MatchKey {
  const key = fieldsOf(entry);
  if (!key || !isMatchKeyType(key['type'])) return false;
  const { values } = key;
  if (!Array.isArray(values) || values.length !== 1) return false;
  const [value]: unknown[] = values;
  if (typeof value !== 'string' || value.length > MATCH_KEY_LENGTH) return false;
  for (const field in key) if (field !== 'type' && field !== 'values') return false;
  return true;
}
