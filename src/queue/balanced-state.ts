/**
 * States and balances of accounts, for `status` and for the console.
 */

import type { RedisConnection } from '../redis/connect.js';
import { type AccountState, readAccountState, readAccountStates } from './account-state.js';
import { type Balance, balanceOf, countQueuedEvents, type QueueCount } from './balance.js';

const LOOKS = 5;

export type BalancedState = AccountState & { readonly balance: Balance };

/**
 * States and balances. While events move, the count of a queue and the ledger are read at different times. So a difference is
 * reported only if the ledger did not change during the count, or after several readings. An empty queue needs no count.
 */
export async function readBalanced(accounts: readonly string[], connection: RedisConnection): Promise<BalancedState[]> {
  const states = await readAccountStates(accounts, connection);
  const balanced: BalancedState[] = [];
  for (const state of states) {
    const isEmpty = Object.values(state.jobs).every((count) => count === 0);
    balanced.push(isEmpty ? withBalance(state, { events: 0, uncountedEvents: 0 }) : await readOne(state, connection));
  }
  return balanced;
}

async function readOne(first: AccountState, connection: RedisConnection): Promise<BalancedState> {
  let before = first;
  for (let look = 1; ; look += 1) {
    const queued = await countQueuedEvents(before.account, connection);
    const state = await readAccountState(before.account, connection);
    const balanced = withBalance(state, queued);
    const stoodStill = JSON.stringify(before.ledger) === JSON.stringify(state.ledger);
    if (balanced.balance.difference === 0 || stoodStill || look === LOOKS) return balanced;
    before = state;
  }
}

function withBalance(state: AccountState, queued: QueueCount): BalancedState {
  return { ...state, balance: balanceOf(state.ledger, queued) };
}
