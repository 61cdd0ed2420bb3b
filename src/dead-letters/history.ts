/**
 * The history: who did what to dead letters, when and how far it came. A stream in Redis of bounded length.
 */
import { z } from 'zod';
import { keysOf } from '../queue/queue.js';
import type { RedisConnection } from '../redis/connect.js';
import { type RedisScript, runScript } from '../redis/script.js';
import { jsonOf } from './json-text.js';
import { type Actor, OPERATION_KINDS, type OperationKind, orderSchema } from './operations/operation.js';
import { HISTORY_LENGTH } from './operations/operation-store.js';

const entrySchema = z
  .object({
    /** `started`, `resumed`, or how it ended; an action of one step says `done` alone. */
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
  /** Its place in the stream; entries before it are asked for with it. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
};

/** The newest first. @param before the id of an entry: those older than it */
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
 * A script, for a full Redis takes the command alone no more: what was done must be told all the same.
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

/** Tells of something that was done in one step. */
export async function tellHistory(
  connection: RedisConnection,
  account: string,
  { by, via, ...what }: Actor & { readonly kind: OperationKind; readonly done: number; readonly letter?: string },
): Promise<void> {
  const entry = JSON.stringify({ phase: 'done', ...what, by, via });
  await runScript(connection, { script: TELL, keys: [keysOf(account).history], args: [entry] });
}
