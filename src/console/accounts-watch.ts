/**
 * What the overview shows of the accounts: their states, their rates, and whether their ledgers balance.
 *
 * Only current accounts are shown. However many pages are open, Redis is asked for all states once in STATES_FOR_MS, in
 * a few round trips, and for a count of a queue once in BALANCE_FOR_MS. A queue that is too long to count is not
 * counted, and the page says so.
 */

import { type AccountState, readAccountStates } from '../queue/account-state.js';
import { byTrouble } from '../queue/account-trouble.js';
import { type Balance, balanceOf } from '../queue/balance.js';
import { readBalanced } from '../queue/balanced-state.js';
import { readReconciled } from '../reconcile/read-reconciles.js';
import type { RedisConnection } from '../redis/connect.js';
import { onceIn } from '../telemetry/once-in.js';
import { RateMeter, type Rates } from './rates.js';

/** With few accounts, more frequent reads cost little. */
const FEW_ACCOUNTS = 25;
const STATES_FOR_MS = { few: 1_000, many: 5_000 };
const BALANCE_FOR_MS = 15_000;
/** Counting reads every job: 2,000 full jobs took 2 to 5 s under load on two cores. */
const COUNTED_JOBS_MAX = 500;

export interface AccountView {
  readonly state: AccountState;
  readonly rates: Rates;
  /** Undefined if the queue is too long to count. */
  readonly balance: (Balance & { readonly atMs: number }) | undefined;
}

export class AccountsWatch {
  readonly #accounts: () => readonly string[];
  readonly #connection: RedisConnection;
  readonly #readStates: () => Promise<AccountState[]>;
  #reconciled: ReadonlySet<string> = new Set();
  readonly #meters = new Map<string, RateMeter>();
  readonly #balances = new Map<string, () => Promise<Balance & { readonly atMs: number }>>();

  constructor(accounts: () => readonly string[], connection: RedisConnection) {
    this.#accounts = accounts;
    this.#connection = connection;
    const forMs = accounts().length > FEW_ACCOUNTS ? STATES_FOR_MS.many : STATES_FOR_MS.few;
    this.#readStates = onceIn(forMs, () => readAccountStates(accounts(), connection));
  }

  /** The accounts with a shop that was ever reconciled, as of the last sample. */
  get reconciled(): ReadonlySet<string> {
    return this.#reconciled;
  }

  /** Takes a sample for the rates, and finds the accounts that have something to show. */
  async sample(): Promise<void> {
    const atMs = Date.now();
    this.#reconciled = await readReconciled(this.#accounts(), this.#connection);
    for (const { account, ledger } of await this.#readStates()) {
      const sample = { atMs, taken: ledger.enqueued + ledger.replayed, delivered: ledger.delivered };
      const meter = this.#meters.get(account) ?? new RateMeter();
      this.#meters.set(account, meter);
      meter.add(sample);
    }
  }

  /** All accounts, those with problems first. */
  async states(nowMs: number): Promise<AccountState[]> {
    const read = await this.#readStates();
    // An account that was removed since then is not shown.
    const served = new Set(this.#accounts());
    const states = read.filter(({ account }) => served.has(account));
    // A single account needs no order.
    if (states.length === 1) return states;
    const lookedAt = (state: AccountState) => ({ state, difference: isEmpty(state) ? state.queuedEvents : undefined });
    return byTrouble(states, lookedAt, nowMs);
  }

  /** What is shown of an account besides its state. */
  async view(state: AccountState): Promise<AccountView> {
    const rates = this.#meters.get(state.account)?.read() ?? new RateMeter().read();
    return { state, rates, balance: await this.#readBalance(state) };
  }

  async #readBalance(state: AccountState): Promise<AccountView['balance']> {
    if (isEmpty(state)) {
      return { ...balanceOf(state.ledger, { events: 0, uncountedEvents: 0 }), atMs: Date.now() };
    }
    const jobCount = Object.values(state.jobs).reduce((sum, count) => sum + count, 0);
    if (jobCount > COUNTED_JOBS_MAX) return undefined;
    const { account } = state;
    let read = this.#balances.get(account);
    if (!read) {
      read = onceIn(BALANCE_FOR_MS, () => this.#count(account));
      this.#balances.set(account, read);
    }
    return read();
  }

  async #count(account: string): Promise<Balance & { readonly atMs: number }> {
    const [counted] = await readBalanced([account], this.#connection);
    if (!counted) throw new Error(`no state of account ${account}`);
    return { ...counted.balance, atMs: Date.now() };
  }
}

function isEmpty({ jobs }: AccountState): boolean {
  return Object.values(jobs).every((count) => count === 0);
}
