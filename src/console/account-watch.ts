/**
 * What the overview shows of an account: its state, its rates, and whether its books balance.
 *
 * However many pages look, Redis is asked for the state once in STATE_FOR_MS and for a count of the queue once in
 * BALANCE_FOR_MS; a queue too long to be counted beside its work is not counted, and the page says so.
 */
import type { Balance } from '../balance.js';
import { readBalanced } from '../balanced-state.js';
import { type AccountState, readAccountState } from '../queue-state.js';
import type { RedisConnection } from '../redis.js';
import { RateMeter, type Rates } from './rates.js';

const STATE_FOR_MS = 1_000;
const BALANCE_FOR_MS = 15_000;
/** Counting reads every job: 2,000 full ones took 2 to 5 s beside other work on two cores. */
const COUNTED_JOBS_MAX = 500;

export interface AccountView {
  readonly state: AccountState;
  readonly rates: Rates;
  /** Undefined where the queue is too long to be counted. */
  readonly balance: (Balance & { readonly atMs: number }) | undefined;
}

export class AccountWatch {
  readonly account: string;
  readonly #connection: RedisConnection;
  readonly #meter = new RateMeter();
  #state: { readonly value: Promise<AccountState>; readonly atMs: number } | undefined;
  #balance: { readonly value: Promise<AccountView['balance']>; readonly atMs: number } | undefined;

  constructor(account: string, connection: RedisConnection) {
    this.account = account;
    this.#connection = connection;
  }

  /** Takes a sample for the rates. */
  async sample(): Promise<void> {
    const { ledger } = await this.#readState();
    this.#meter.add({ atMs: Date.now(), taken: ledger.enqueued + ledger.replayed, delivered: ledger.delivered });
  }

  async read(): Promise<AccountView> {
    const state = await this.#readState();
    return { state, rates: this.#meter.read(), balance: await this.#readBalance(state) };
  }

  #readState(): Promise<AccountState> {
    if (!this.#state || Date.now() - this.#state.atMs > STATE_FOR_MS) {
      const value = readAccountState(this.account, this.#connection);
      value.catch(() => {
        this.#state = undefined;
      });
      this.#state = { value, atMs: Date.now() };
    }
    return this.#state.value;
  }

  #readBalance({ jobs }: AccountState): Promise<AccountView['balance']> {
    const jobCount = Object.values(jobs).reduce((sum, count) => sum + count, 0);
    if (jobCount > COUNTED_JOBS_MAX) return Promise.resolve(undefined);
    if (!this.#balance || Date.now() - this.#balance.atMs > BALANCE_FOR_MS) {
      const value = readBalanced(this.account, this.#connection).then(({ balance }) => ({
        ...balance,
        atMs: Date.now(),
      }));
      value.catch(() => {
        this.#balance = undefined;
      });
      this.#balance = { value, atMs: Date.now() };
    }
    return this.#balance.value;
  }
}
