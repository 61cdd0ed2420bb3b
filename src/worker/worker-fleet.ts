/**
 * The account workers of this process: one for each served account, together with the retention of its dead letters.
 *
 * The list of accounts may change. A new account is served, a removed one finishes the work in progress, a changed one is
 * restarted. Every few seconds Redis is told which accounts are served (worker-presence.ts).
 * While the process's clock is far off no account is served: jobs in progress are finished or given back. The workers start again
 * by themselves when the clock is right.
 * Lifecycle: `start` resolves when jobs are taken (or the clock forbids it), `stop` when none is held any more.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Retention } from '../dead-letters/operations/retention.js';
import { LetterStore } from '../dead-letters/store.js';
import { BEAT_EVERY_MS, sayServed } from '../queue/worker-presence.js';
import type { Account } from '../settings/accounts.js';
import { AccountWorker, type AccountWorkerOptions } from './account-worker.js';
import { isDoneWithin } from './done-within.js';

const LOOK_EVERY_MS = 500;
const CUT_OFF_MS = 1_000;

interface Served {
  /** The entry it was started with, to detect a change. */
  readonly entry: string;
  readonly worker: AccountWorker;
  readonly retention: Retention;
}

/** The current accounts. */
export interface AccountsNow {
  readonly value: readonly Account[];
}

export class WorkerFleet {
  readonly #options: Omit<AccountWorkerOptions, 'account'>;
  readonly #accounts: AccountsNow;
  readonly #served = new Map<string, Served>();
  readonly #stopping = new AbortController();
  #isGraceful = true;
  #tending: Promise<void> | undefined;
  #beatAtMs = Number.NEGATIVE_INFINITY;
  #isBeating = false;

  constructor(options: Omit<AccountWorkerOptions, 'account'>, accounts: AccountsNow) {
    this.#options = options;
    this.#accounts = accounts;
  }

  async start(): Promise<void> {
    if (this.#tending) return;
    await this.#options.clock.untilMeasured();
    await this.#bringIntoLine();
    this.#beat();
    this.#tending = this.#tend();
  }

  /** @returns false if something in flight could not be settled in time */
  async stop(): Promise<boolean> {
    this.#stopping.abort();
    await Promise.all([...this.#served.keys()].map((name) => this.#stopOne(name)));
    // A worker that is still starting may wait for an unavailable Redis.
    if (this.#tending) await isDoneWithin(CUT_OFF_MS, this.#tending);
    return this.#isGraceful;
  }

  async #tend(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      await this.#bringIntoLine().catch((err: unknown) => this.#options.log.error('worker.not_in_line', { err }));
      this.#beat();
    }
  }

  /** Starts what should run and does not, stops what should not. */
  async #bringIntoLine(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const { clock } = this.#options;
    // A suspended host looks like one whose clock was changed, until Redis is asked again.
    if (clock.isFarOff) await clock.measure().catch(() => undefined);
    const wanted = clock.isFarOff ? [] : this.#accounts.value;
    const entries = new Map(wanted.map((account) => [account.name, entryOf(account)]));
    const surplus = [...this.#served].flatMap(([name, { entry }]) => (entries.get(name) === entry ? [] : [name]));
    const missing = wanted.filter(({ name }) => !this.#served.has(name));
    await Promise.all([
      ...surplus.map((name) => this.#stopOne(name)),
      ...missing.map((account) => this.#startOne(account)),
    ]);
  }

  /** Does not ask an unavailable Redis again and again: the connection would queue each question. */
  #beat(): void {
    if (this.#isBeating || performance.now() - this.#beatAtMs < BEAT_EVERY_MS) return;
    this.#isBeating = true;
    this.#beatAtMs = performance.now();
    void Promise.all([...this.#served.keys()].map((name) => sayServed(name, this.#options.connection)))
      .catch(() => undefined)
      .then(() => {
        this.#isBeating = false;
      });
  }

  async #startOne(account: Account): Promise<void> {
    const { connection, log } = this.#options;
    const worker = new AccountWorker({ ...this.#options, account });
    const store = new LetterStore(account.name, connection);
    const retention = new Retention({ store, connection, log }, this.#options.settings.DEAD_LETTER_RETENTION_DAYS);
    this.#served.set(account.name, { entry: entryOf(account), worker, retention });
    await worker.start();
    if (this.#stopping.signal.aborted) return;
    retention.start();
    this.#beatAtMs = Number.NEGATIVE_INFINITY;
    log.info('account.served', { account: account.name });
  }

  async #stopOne(name: string): Promise<void> {
    const served = this.#served.get(name);
    if (!served) return;
    await served.retention.stop();
    this.#isGraceful = (await served.worker.stop()) && this.#isGraceful;
    this.#served.delete(name);
    this.#options.log.info('account.released', { account: name });
  }
}

/** Secrets in files are read at every use; a changed secret in the entry itself makes it another entry. */
function entryOf(account: Account): string {
  return JSON.stringify(account);
}
