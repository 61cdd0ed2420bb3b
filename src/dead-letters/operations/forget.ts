/**
 * Forgets ids in the data of operations: the lists of a replay's events, and filters or corrections in which a person wrote such
 * an id.
 *
 * A record stays, without that text. An entry of the history cannot be changed, so it is deleted.
 */
import { type AccountKeys, keysOf } from '../../queue/queue.js';
import type { RedisConnection } from '../../redis/connect.js';
import { jsonOf } from '../json-text.js';
import { HISTORY_LENGTH } from './operation-store.js';

const NOT_KEPT = '(not kept)';
const ENTRIES_A_READ = 1_000;
const FIELDS_A_CALL = 1_000;

export interface ForgottenIds {
  readonly dedupeIds: readonly string[];
  /** Whether a word that a person wrote is one of them, or another name of such an order. */
  readonly isMeant: (word: string) => boolean;
}

type IsMeant = ForgottenIds['isMeant'];
type Fields = Readonly<Record<string, unknown>>;

export async function forgetInOperations(
  connection: RedisConnection,
  account: string,
  { dedupeIds, isMeant }: ForgottenIds,
): Promise<void> {
  const keys = keysOf(account);
  for (const id of await connection.zrange(keys.operations, '0', '-1')) {
    const record = keys.operation + id;
    for (let start = 0; start < dedupeIds.length; start += FIELDS_A_CALL) {
      await connection.hdel(`${record}:events`, ...dedupeIds.slice(start, start + FIELDS_A_CALL));
    }
    await forgetInRecord(connection, record, isMeant);
  }
  await forgetInHistory(connection, keys, isMeant);
}

async function forgetInRecord(connection: RedisConnection, record: string, isMeant: IsMeant): Promise<void> {
  const fixed = fieldsOf(jsonOf((await connection.hget(record, 'fixed')) ?? ''));
  const order = fieldsOf(fixed['order']);
  const kept = without(order, isMeant);
  if (isSame(kept, order)) return;
  // Without this text the operation cannot be resumed.
  await connection.hset(record, 'fixed', JSON.stringify({ ...fixed, order: kept, isResumable: false }));
}

async function forgetInHistory(connection: RedisConnection, { history }: AccountKeys, isMeant: IsMeant): Promise<void> {
  let start = '-';
  for (let read = 0; read < 2 * HISTORY_LENGTH; read += ENTRIES_A_READ) {
    const entries = await connection.xrange(history, start, '+', 'COUNT', ENTRIES_A_READ);
    const isGone = (entry: Fields) => !isSame(without(entry, isMeant), entry);
    const gone = entries.filter(([, [, text = '']]) => isGone(fieldsOf(jsonOf(text)))).map(([id]) => id);
    if (gone.length > 0) await connection.xdel(history, ...gone);
    const last = entries.at(-1)?.[0];
    if (last === undefined || entries.length < ENTRIES_A_READ) return;
    start = `(${last}`;
  }
}

/**
 * Returns an order (operation.ts), or an entry of the history, without the meant words in texts of a person or of Amazon. Other
 * texts are ours: a phase, a reason, a field's path. One of them may be spelt like an id, but is not one.
 */
function without(order: Fields, isMeant: IsMeant): Fields {
  const { filter, corrections } = order;
  return {
    ...cleaned(order, ['because', 'causeWords'], isMeant),
    ...(filter !== undefined && { filter: cleaned(fieldsOf(filter), ['text', 'ids', 'causes'], isMeant) }),
    ...(Array.isArray(corrections) && {
      corrections: corrections.map((one: unknown) => cleaned(fieldsOf(one), ['value', 'patch'], isMeant)),
    }),
  };
}

function cleaned(fields: Fields, names: readonly string[], isMeant: IsMeant): Fields {
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string' || typeof value === 'number') {
      return String(value)
        .split(/\s+/)
        .some((word) => isMeant(wordOf(word)))
        ? NOT_KEPT
        : value;
    }
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, clean(one)]));
  };
  const found = names.filter((name) => fields[name] !== undefined).map((name) => [name, clean(fields[name])]);
  return { ...fields, ...Object.fromEntries(found) };
}

function isSame(left: Fields, right: Fields): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function fieldsOf(value: unknown): Fields {
  return Object(value);
}

/** Without the `#` before a number and the punctuation around it. */
function wordOf(text: string): string {
  return text.replace(/^["'“(#]+/, '').replace(/["'”).,;:]+$/, '');
}
