/**
 * The dead letters of an account, and the operations that this console runs on them.
 *
 * An operation runs here until it ends, somebody cancels it, or the console stops. Its record is in Redis, so every
 * console and every command shows the same. Several may run at once: a letter that two operations select moves once.
 */

import type { StartedOperation } from '../dead-letters/operations/begin-operation.js';
import { type LetterAccess, OperationRunningError } from '../dead-letters/operations/execute-operation.js';
import type { OperationOrder, OperationRecord } from '../dead-letters/operations/operation.js';
import { type ListedOutcome, OperationStore } from '../dead-letters/operations/operation-store.js';
import { beginDiscard, beginReplay, resume } from '../dead-letters/operations/operations.js';
import { LetterStore } from '../dead-letters/store.js';
import type { MappingContext } from '../mapping/context.js';
import type { RedisConnection } from '../redis/connect.js';
import type { Logger } from '../telemetry/log.js';
import { RateMeter } from './rates.js';

const OPERATIONS_SHOWN = 30;

/** An operation as a page shows it. */
export interface ShownOperation {
  readonly record: OperationRecord;
  /** The recent pace. Undefined after a single look. */
  readonly pace: { readonly donePerSecond: number; readonly lookedAtPerSecond: number } | undefined;
}

export interface AccountConsoleOptions {
  readonly account: string;
  /** A `prompt` connection: a page must not wait for Redis during an outage. */
  readonly connection: RedisConnection;
  /** A `patient` connection: an operation waits through an outage. */
  readonly patient: RedisConnection;
  readonly contextOf: (account: string, nowMs: number) => MappingContext;
  readonly log: Logger;
}

export class AccountConsole {
  readonly account: string;
  readonly letters: LetterStore;
  readonly #options: AccountConsoleOptions;
  readonly #operations: OperationStore;
  /** The operations that this console runs, by id. */
  readonly #underway = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #paces = new Map<string, RateMeter>();
  #isBeginning = false;

  constructor(options: AccountConsoleOptions) {
    this.account = options.account;
    this.#options = options;
    this.letters = new LetterStore(options.account, options.connection);
    this.#operations = new OperationStore(options.account, options.connection);
  }

  /** For reads and single-step changes. */
  get access(): LetterAccess {
    return { store: this.letters, connection: this.#options.connection, log: this.#options.log };
  }

  context(): MappingContext {
    return this.#options.contextOf(this.account, Date.now());
  }

  /** Newest first. */
  async operations(): Promise<ShownOperation[]> {
    const records = await this.#operations.list(OPERATIONS_SHOWN);
    const running = new Set(records.filter(({ state }) => state === 'running').map(({ id }) => id));
    for (const id of this.#paces.keys()) if (!running.has(id)) this.#paces.delete(id);
    return records.map((record) => ({ record, pace: running.has(record.id) ? this.#paceOf(record) : undefined }));
  }

  /** One operation, and its events that ended in this way. */
  async operation(
    id: string,
    outcome: ListedOutcome,
  ): Promise<{ operation: OperationRecord; events: readonly string[] } | undefined> {
    const [operation, events] = await Promise.all([this.#operations.read(id), this.#operations.events(id, outcome)]);
    return operation && { operation, events };
  }

  async running(): Promise<OperationRecord | undefined> {
    return (await this.#operations.list(OPERATIONS_SHOWN)).find(({ state }) => state === 'running');
  }

  /** @throws OperationRunningError if an identical one is running */
  async replay(order: OperationOrder, by: string): Promise<void> {
    await this.#begin((access, actor) => beginReplay(access, order, { ...actor, context: this.context() }), by);
  }

  /** @throws OperationRunningError */
  async discard(order: OperationOrder, by: string): Promise<void> {
    await this.#begin((access, actor) => beginDiscard(access, order, actor), by);
  }

  /** @throws NotResumableError, OperationRunningError */
  async resume(id: string, by: string): Promise<void> {
    await this.#begin((access, actor) => resume(access, id, { ...actor, context: this.context() }), by);
  }

  /** @returns false if it was no longer running */
  cancel(id: string, by: string): Promise<boolean> {
    return this.#operations.cancel(id, by);
  }

  /** Operations stop after their current step. The rest can be resumed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#underway.values());
  }

  async #begin(
    begin: (
      access: LetterAccess,
      actor: { by: string; via: 'console'; signal: AbortSignal },
    ) => Promise<StartedOperation>,
    by: string,
  ): Promise<void> {
    const { account, patient, connection, log } = this.#options;
    // A form that is submitted twice at once counts once.
    if (this.#isBeginning) throw new OperationRunningError('another operation of this account begins right now');
    this.#isBeginning = true;
    try {
      // Fails if Redis is down: the patient connection would make the page wait.
      await connection.ping();
      const access = { store: new LetterStore(account, patient), connection: patient, log };
      const { id, ended } = await begin(access, { by, via: 'console', signal: this.#stopping.signal });
      const followed = ended
        .catch((err: unknown) => log.error('console.operation_failed', { account, reason: id, err }))
        .then(() => {
          this.#underway.delete(id);
        });
      this.#underway.set(id, followed);
    } finally {
      this.#isBeginning = false;
    }
  }

  #paceOf({ id, done, skipped }: OperationRecord): ShownOperation['pace'] {
    const meter = this.#paces.get(id) ?? new RateMeter();
    this.#paces.set(id, meter);
    meter.add({ atMs: Date.now(), taken: done + skipped, delivered: done });
    const { takenPerSecond, deliveredPerSecond, overMs } = meter.read();
    return overMs > 0 ? { donePerSecond: deliveredPerSecond, lookedAtPerSecond: takenPerSecond } : undefined;
  }
}
