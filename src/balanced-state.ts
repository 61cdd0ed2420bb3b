/**
 * State and balance of an account at one moment, for `status` and for the console.
 */
import { type Balance, balanceOf, countQueuedEvents } from './balance.js';
import { type AccountState, readAccountState } from './queue-state.js';
import type { RedisConnection } from './redis.js';

const LOOKS = 5;

/**
 * State and balance of one moment. While events move, the count of the queue and the ledger are read at different
 * times: a difference is believed only if the ledger stood still meanwhile, or after several looks.
 */
export async function readBalanced(
  account: string,
  connection: RedisConnection,
): Promise<AccountState & { balance: Balance }> {
  for (let look = 1; ; look += 1) {
    const before = await readAccountState(account, connection);
    const queued = await countQueuedEvents(account, connection);
    const state = await readAccountState(account, connection, 1);
    const balance = balanceOf(state.ledger, queued);
    const stoodStill = JSON.stringify(before.ledger) === JSON.stringify(state.ledger);
    if (balance.difference === 0 || stoodStill || look === LOOKS) return { ...state, balance };
  }
}
