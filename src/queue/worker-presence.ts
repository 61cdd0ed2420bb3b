/**
 * Which accounts are served. Each worker writes to Redis for which accounts it takes jobs, and those who accept events ask.
 * Events of an account that nobody serves wait on the queue until a worker serves it, or until they are too old to be sent.
 */

import type { RedisConnection } from '../redis/connect.js';
import type { Metrics } from '../telemetry/metrics.js';
import { keysOf } from './queue.js';

export const BEAT_EVERY_MS = 5_000;
/** A worker that has not written for this long serves nothing. */
const PRESENT_FOR_MS = 15_000;
const ASK_EVERY_MS = 1_000;

export async function sayServed(account: string, connection: RedisConnection): Promise<void> {
  await connection.set(keysOf(account).worker, '1', 'PX', PRESENT_FOR_MS);
}

export async function isServed(account: string, connection: RedisConnection): Promise<boolean> {
  return (await connection.exists(keysOf(account).worker)) === 1;
}

/** For callers that ask with each request: Redis is asked once a second and account. */
export class WorkerPresence {
  readonly #connection: RedisConnection;
  readonly #answers = new Map<string, { readonly isServed: Promise<boolean>; readonly atMs: number }>();

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  /** Also true if Redis cannot be asked: the write that follows reports the problem. */
  isServed(account: string): Promise<boolean> {
    const known = this.#answers.get(account);
    if (known && performance.now() - known.atMs < ASK_EVERY_MS) return known.isServed;
    const answer = isServed(account, this.#connection).catch(() => true);
    this.#answers.set(account, { isServed: answer, atMs: performance.now() });
    return answer;
  }
}

interface CollectOptions {
  readonly accounts: readonly string[];
  readonly connection: RedisConnection;
  readonly metrics: Metrics;
}

/** Sets the gauge of each account. */
export async function collectPresence({ accounts, connection, metrics }: CollectOptions): Promise<void> {
  const answers = await Promise.all(accounts.map((account) => isServed(account, connection)));
  accounts.forEach((account, place) => metrics.accountWithoutWorker.set({ account }, answers[place] ? 0 : 1));
}
