/**
 * One run of an operation: letters in order of death, taken away step by step, at its rate, until it ends.
 *
 * Promise: a step is one transaction, so a letter is never in neither place and never in both. The record knows after each
 * step how far it came.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.js';
import type { QueuedEvent } from '../queue.js';
import type { RedisConnection } from '../redis.js';
import { filterText } from './filter.js';
import { type DeadLetter, restsSince } from './letter.js';
import {
  type Actor,
  type OperationKind,
  type OperationOrder,
  type OperationRecord,
  SKIPS_KEPT,
  type Skip,
  withoutPersonalData,
} from './operation.js';
import type { OperationStore, Run } from './operation-store.js';
import { cursorOf, type LetterStore, readCursor } from './store.js';

const LETTERS_PER_STEP = 100;
export const BEAT_MS = 1_000;

/** Somebody else runs this very operation now. */
export class OperationRunningError extends Error {
  readonly code = 'OPERATION_RUNNING';
}

export interface OperationParts {
  readonly store: LetterStore;
  readonly connection: RedisConnection;
  /** Tells there too what the history tells. */
  readonly log?: Logger | undefined;
}

export interface OperationOptions extends Actor {
  readonly signal?: AbortSignal | undefined;
  /** Called after every step. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface Progress {
  readonly id: string;
  readonly total: number;
  readonly done: number;
  readonly skipped: number;
  /** Set where it goes on with what an earlier run had begun. */
  readonly isResumed: boolean;
}

/** A letter that is to go, with what goes onto the queue in its place. */
export interface Ready {
  readonly letter: DeadLetter;
  readonly entry?: QueuedEvent | undefined;
}

/** One transaction. @returns how many of the letters were still there, and whether somebody asked to cancel */
export type TakeStep = (
  step: readonly Ready[],
  at: { readonly run: Run; readonly operationKey: string; readonly cursor: string; readonly skipped: number },
) => Promise<{ taken: number; isCancelled: boolean }>;

export interface Work {
  readonly kind: OperationKind;
  /** What becomes of a letter, or why it stays; undefined where it is not meant at all. */
  readonly prepare: (letter: DeadLetter) => Ready | { readonly why: string } | undefined;
  readonly take: TakeStep;
  /** Called when the run has ended, however it did. */
  readonly close?: () => Promise<void>;
}

export interface Task {
  readonly parts: OperationParts;
  readonly work: Work;
  readonly operations: OperationStore;
  readonly order: OperationOrder;
  readonly options: OperationOptions;
}

/** The log hears what the history hears. */
export function tellLog(
  { store, log }: OperationParts,
  phase: string,
  told: { run: Run; work: Work; order: OperationOrder; by: string; count: number; skipped?: number },
): void {
  const { order } = withoutPersonalData(told.order);
  log?.info(`letters.${told.work.kind}`, {
    account: store.account,
    operation: told.run.id,
    status: phase,
    by: told.by,
    count: told.count,
    ...(told.skipped !== undefined && { skipped: told.skipped }),
    filter: filterText(order.filter),
    ...(order.because !== undefined && { reason: order.because }),
  });
}

/** One run of an operation, from where it starts to its end. */
export class Pass {
  readonly #task: Task & { readonly run: Run };
  readonly #total: number;
  readonly #isResumed: boolean;
  readonly #startedAt = performance.now();
  readonly #stepSize: number;
  #cursor: string | undefined;
  /** Over all runs. */
  #done: number;
  #doneHere = 0;
  #skipped: number;
  readonly #skips: Skip[];
  #step: Ready[] = [];
  #isCancelled = false;
  #lastBeat = performance.now();

  constructor(
    task: Task & { readonly run: Run },
    from: Pick<OperationRecord, 'total' | 'done'> & Partial<Pick<OperationRecord, 'cursor' | 'skipped' | 'skips'>>,
  ) {
    this.#task = task;
    this.#total = from.total;
    this.#done = from.done;
    this.#cursor = from.cursor;
    this.#isResumed = from.skips !== undefined;
    this.#skipped = from.skipped ?? 0;
    this.#skips = [...(from.skips ?? [])];
    const { ratePerSecond = Number.POSITIVE_INFINITY } = task.order;
    // Four steps a second at least: a slow rate should look like one.
    this.#stepSize = Math.max(1, Math.min(LETTERS_PER_STEP, Math.ceil(ratePerSecond / 4)));
  }

  async toItsEnd(): Promise<OperationRecord> {
    const { operations, run } = this.#task;
    try {
      await this.#walk();
      await this.#end(this.#isCancelled ? 'cancelled' : 'done');
    } catch (error) {
      // Where Redis is the reason this fails too; the record then tells by its age.
      await this.#end('failed').catch(() => undefined);
      throw error;
    } finally {
      await this.#task.work.close?.();
    }
    const record = await operations.read(run.id);
    if (!record) throw new Error(`the record of operation ${run.id} is gone`);
    return record;
  }

  async #walk(): Promise<void> {
    const { parts, work, order } = this.#task;
    const most = order.max ?? Number.POSITIVE_INFINITY;
    for await (const letter of parts.store.find(order.filter, readCursor(this.#cursor))) {
      if (this.#done + this.#step.length >= most) break;
      const ready = work.prepare(letter);
      if (ready && 'why' in ready) this.#skip(letter, ready.why);
      else if (ready) this.#step.push(ready);
      this.#cursor = cursorOf({ since: restsSince(letter), id: letter.id });
      if (this.#step.length >= this.#stepSize) await this.#flush();
      else if (performance.now() - this.#lastBeat > BEAT_MS) await this.#beat();
      if (this.#isStopped()) return;
    }
    await this.#flush();
  }

  #skip({ id }: DeadLetter, why: string): void {
    this.#skipped += 1;
    if (this.#skips.length < SKIPS_KEPT) this.#skips.push({ id, why });
  }

  async #flush(): Promise<void> {
    if (this.#step.length === 0) return;
    const { work, run, operations, options } = this.#task;
    const at = { run, operationKey: operations.keyOf(run.id), cursor: this.#cursor ?? '', skipped: this.#skipped };
    const { taken, isCancelled } = await work.take(this.#step, at);
    this.#step = [];
    this.#done += taken;
    this.#doneHere += taken;
    this.#isCancelled ||= isCancelled;
    this.#lastBeat = performance.now();
    const progress = { id: run.id, total: this.#total, done: this.#done, skipped: this.#skipped };
    options.onProgress?.({ ...progress, isResumed: this.#isResumed });
    await this.#keepRate();
  }

  /** Waits until the next step is due; a pause longer than a beat is waited out in beats. */
  async #keepRate(): Promise<void> {
    const { ratePerSecond } = this.#task.order;
    if (ratePerSecond === undefined) return;
    const dueAt = this.#startedAt + (this.#doneHere / ratePerSecond) * 1000;
    for (;;) {
      const leftMs = dueAt - performance.now();
      if (leftMs <= 0 || this.#isStopped()) return;
      const { signal } = this.#task.options;
      await sleep(Math.min(leftMs, BEAT_MS), undefined, signal && { signal }).catch(() => undefined);
      if (leftMs > BEAT_MS) await this.#beat();
    }
  }

  async #beat(): Promise<void> {
    const { operations, run } = this.#task;
    const reply = await operations.beat(run);
    this.#lastBeat = performance.now();
    if (reply === 'lost') throw new OperationRunningError(`another process runs operation ${run.id} now`);
    this.#isCancelled ||= reply === 'cancelled';
  }

  /** Letters of a step that is not yet written stay where they are. */
  #isStopped(): boolean {
    this.#isCancelled ||= this.#task.options.signal?.aborted ?? false;
    return this.#isCancelled;
  }

  async #end(state: 'done' | 'cancelled' | 'failed'): Promise<void> {
    const { operations, run, work, options, parts, order } = this.#task;
    const { by, via } = options;
    const skipped = this.#skipped;
    tellLog(parts, state, { run, work, order, by, count: this.#done, skipped });
    await operations.end(run, state, { kind: work.kind, by, via, skipped, skips: this.#skips });
  }
}
