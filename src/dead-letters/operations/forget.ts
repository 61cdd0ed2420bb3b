/**
 * Forgetting ids in what is kept of operations: the lists of a replay's events, and filters or corrections in which a person
 * wrote such an id.
 *
 * A record stays, without that text. An entry of the history cannot be changed: it goes.
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
  const fixed = jsonOf((await connection.hget(record, 'fixed')) ?? '');
  if (!names(fixed, isMeant)) return;
  // Without what it was about nobody can go on with it.
  await connection.hset(record, 'fixed', JSON.stringify({ ...without(fixed, isMeant), isResumable: false }));
}

async function forgetInHistory(connection: RedisConnection, { history }: AccountKeys, isMeant: IsMeant): Promise<void> {
  let start = '-';
  for (let read = 0; read < 2 * HISTORY_LENGTH; read += ENTRIES_A_READ) {
    const entries = await connection.xrange(history, start, '+', 'COUNT', ENTRIES_A_READ);
    const gone = entries.filter(([, [, text = '']]) => names(jsonOf(text), isMeant)).map(([id]) => id);
    if (gone.length > 0) await connection.xdel(history, ...gone);
    const last = entries.at(-1)?.[0];
    if (last === undefined || entries.length < ENTRIES_A_READ) return;
    start = `(${last}`;
  }
}

/** Whether a text anywhere in it holds a word that is meant. */
function names(value: unknown, isMeant: IsMeant): boolean {
  if (typeof value === 'string') return value.split(/\s+/).some((part) => isMeant(wordOf(part)));
  return typeof value === 'object' && value !== null && Object.values(value).some((part) => names(part, isMeant));
}

function without(value: unknown, isMeant: IsMeant): object {
  const replaced = (part: unknown): unknown => {
    if (typeof part === 'string') return names(part, isMeant) ? NOT_KEPT : part;
    if (Array.isArray(part)) return part.map(replaced);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, one]) => [name, replaced(one)]));
  };
  return Object(replaced(value));
}

/** Without the `#` before a number and the marks of a sentence around it. */
function wordOf(text: string): string {
  return text.replace(/^["'“(#]+/, '').replace(/["'”).,;:]+$/, '');
}
