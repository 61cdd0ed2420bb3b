/** Waits until the program has settled all its events, by its own ledger. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { keysOf } from '../../src/queue/queue.js';

export const ACCOUNT = 'default';
const LOOK_EVERY_MS = 20;

/** @throws Error if events were not delivered: the run would be invalid */
export async function untilSettled(connection: Redis): Promise<void> {
  for (;;) {
    const ledger = await connection.hgetall(keysOf(ACCOUNT).ledger);
    const count = (field: string) => Number(ledger[field] ?? 0);
    if (count('duplicate') + count('dead_lettered') > 0)
      throw new Error(`not all delivered: ${JSON.stringify(ledger)}`);
    if (count('delivered') === count('enqueued')) return;
    await sleep(LOOK_EVERY_MS);
  }
}
