/**
 * Sorts accounts by how much they need a person: lists begin with the worst.
 *
 * PURE.
 */
import type { AccountState } from './account-state.js';

const LATE_MS = 3_600_000;

const TROUBLES = ['none', 'throttled', 'dead letters', 'late', 'held', 'unbalanced'] as const;
export type Trouble = (typeof TROUBLES)[number];

interface Looked {
  readonly state: AccountState;
  /** Events that are missing or counted too often by the balance; undefined if nobody counted. */
  readonly difference: number | undefined;
}

/** The worst problem of the account. */
export function troubleOf({ state, difference = 0 }: Looked, nowMs: number): Trouble {
  const { gate, oldestMs } = state;
  if (difference !== 0) return 'unbalanced';
  if (gate && gate.reason !== 'throttled') return 'held';
  if (oldestMs !== undefined && nowMs - oldestMs > LATE_MS) return 'late';
  if (letterCount(state) > 0) return 'dead letters';
  return gate ? 'throttled' : 'none';
}

export function letterCount({ deadLetters }: Pick<AccountState, 'deadLetters'>): number {
  return Object.values(deadLetters).reduce((sum, count) => sum + count, 0);
}

/** The worst first, then by dead letters, then by name. */
export function byTrouble<T>(accounts: readonly T[], lookedAt: (account: T) => Looked, nowMs: number): T[] {
  const ranked = accounts.map((account) => {
    const looked = lookedAt(account);
    const rank = TROUBLES.indexOf(troubleOf(looked, nowMs));
    return { account, rank, letters: letterCount(looked.state), name: looked.state.account };
  });
  ranked.sort(
    (left, right) => right.rank - left.rank || right.letters - left.letters || (left.name < right.name ? -1 : 1),
  );
  return ranked.map(({ account }) => account);
}
