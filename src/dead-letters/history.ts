/** The history: who did what to dead letters, when, and how many letters were done. A stream in Redis of limited length. */
import { z } from 'zod';
import { keysOf } from '../queue/queue.js';
import type { RedisConnection } from '../redis/connect.js';
import { type RedisScript, runScript } from '../redis/script.js';
import { jsonOf } from './json-text.js';
import { type Actor, OPERATION_KINDS, type OperationKind, orderSchema } from './operations/operation.js';
import { HISTORY_LENGTH } from './operations/operation-store.js';

const entrySchema = z
  .object({
    /** `started`, `resumed`, or how it ended; an action of one step has only `done`. */
    phase: z.enum(['started', 'resumed', 'done', 'cancelled', 'failed']),
    operation: z.string().optional(),
    kind: z.enum(OPERATION_KINDS).optional(),
    by: z.string(),
    via: z.string(),
    total: z.number().optional(),
    done: z.number().optional(),
    skipped: z.number().optional(),
    /** The letter that was edited. */
    letter: z.string().optional(),
  })
  .extend(orderSchema.partial().shape);

export type HistoryEntry = Readonly<z.output<typeof entrySchema>> & {
  /** Its place in the stream; used to ask for older entries. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
};

/** The newest first. @param before the id of an entry: only entries older than it */
export async function readHistory(
  connection: RedisConnection,
  account: string,
  { limit, before }: { limit: number; before?: string | undefined },
): Promise<HistoryEntry[]> {
  const end = before === undefined ? '+' : `(${before}`;
  const entries = await connection.xrevrange(keysOf(account).history, end, '-', 'COUNT', limit);
  return entries.flatMap(([id, [, text = '']]) => {
    const parsed = entrySchema.safeParse(jsonOf(text));
    return parsed.success ? [{ ...parsed.data, id, at: Number(id.split('-')[0]) }] : [];
  });
}

/**
 * A script, because a full Redis refuses the plain command, but what was done must still be recorded.
 *
 * KEYS[1] history   ARGV[1] entry
 * Returns 1.
 */
const TELL: RedisScript = {
  name: 'capiTellHistory',
  lua: `
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ${HISTORY_LENGTH}, '*', 'entry', ARGV[1])
return 1`,
};

/** Adds an entry for something that was done in one step. */
export async function tellHistory(
  connection: RedisConnection,
  account: string,
  { by, via, ...what }: Actor & { readonly kind: OperationKind; readonly done: number; readonly letter?: string },
): Promise<void> {
  const entry = JSON.stringify({ phase: 'done', ...what, by, via });
  await runScript(connection, { script: TELL, keys: [keysOf(account).history], args: [entry] });
}
