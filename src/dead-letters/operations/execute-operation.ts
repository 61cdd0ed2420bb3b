/**
 * One run of an operation: takes letters in order of failure, step by step, at its rate, until it ends.
 *
 * Promise: a step is one script, so a letter is always in exactly one place. The letter is taken as it is stored at that moment.
 * After each step the record knows how far the operation is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueuedEvent } from '../../queue/job.js';
import type { RedisConnection } from '../../redis/connect.js';
import type { Logger } from '../../telemetry/log.js';
import { filterText } from '../filter.js';
import type { DeadLetter, FoundLetter } from '../letter.js';
import { cursorOf, type LetterStore, readCursor } from '../store.js';
import type { Taken } from '../take-script.js';
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

const LETTERS_PER_STEP = 100;
export const BEAT_MS = 1_000;

/** Another process already runs this operation. */
export class OperationRunningError extends Error {
  readonly code = 'OPERATION_RUNNING';
}

export interface LetterAccess {
  readonly store: LetterStore;
  readonly connection: RedisConnection;
  /** Also logs the phases that go to the history. */
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
  /** Set if it continues what an earlier run began. */
  readonly isResumed: boolean;
}

/** A letter to take, with its new entry on the queue. */
export interface LeavingLetter extends FoundLetter {
  readonly entry?: QueuedEvent | undefined;
}

interface StepPlace {
  readonly run: Run;
  readonly operationKey: string;
  readonly step: number;
  readonly cursor: string;
  readonly skipped: number;
}

/** Takes the letters in one script. */
export type TakeStep = (letters: readonly LeavingLetter[], at: StepPlace) => Promise<Taken>;

export interface OperationAction {
  readonly kind: OperationKind;
  /** Decides about a letter: its entry, or why it stays; undefined if it is not meant at all. */
  readonly prepare: (letter: DeadLetter) => { readonly entry?: QueuedEvent } | { readonly why: string } | undefined;
  readonly take: TakeStep;
  /** Called when the run has ended in any way. */
  readonly close?: () => Promise<void>;
}

export interface PlannedOperation {
  readonly access: LetterAccess;
  readonly action: OperationAction;
  readonly operations: OperationStore;
  readonly order: OperationOrder;
  readonly options: OperationOptions;
}

/** Logs a phase, with the same facts as in the history. */
export function tellLog(
  { store, log }: LetterAccess,
  phase: string,
  told: { run: Run; action: OperationAction; order: OperationOrder; by: string; count: number; skipped?: number },
): void {
  const { order } = withoutPersonalData(told.order);
  log?.info(`letters.${told.action.kind}`, {
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
export class OperationExecution {
  readonly #planned: PlannedOperation & { readonly run: Run };
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
  #leaving: LeavingLetter[] = [];
  #steps = 0;
  #isCancelled = false;
  #lastBeat = performance.now();

  constructor(
    planned: PlannedOperation & { readonly run: Run },
    from: Pick<OperationRecord, 'total' | 'done'> & Partial<Pick<OperationRecord, 'cursor' | 'skipped' | 'skips'>>,
  ) {
    this.#planned = planned;
    this.#total = from.total;
    this.#done = from.done;
    this.#cursor = from.cursor;
    this.#isResumed = from.skips !== undefined;
    this.#skipped = from.skipped ?? 0;
    this.#skips = [...(from.skips ?? [])];
    const { ratePerSecond = Number.POSITIVE_INFINITY } = planned.order;
    // At least four steps a second, so that a slow rate is even.
    this.#stepSize = Math.max(1, Math.min(LETTERS_PER_STEP, Math.ceil(ratePerSecond / 4)));
  }

  async finish(): Promise<OperationRecord> {
    const { operations, run } = this.#planned;
    try {
      await this.#walk();
      await this.#end(this.#isCancelled ? 'cancelled' : 'done');
    } catch (error) {
      // If Redis is the reason, this fails too. The stale record is then reported as interrupted.
      await this.#end('failed').catch(() => undefined);
      throw error;
    } finally {
      await this.#planned.action.close?.();
    }
    const record = await operations.read(run.id);
    if (!record) throw new Error(`the record of operation ${run.id} is gone`);
    return record;
  }

  async #walk(): Promise<void> {
    const { access, order } = this.#planned;
    const most = order.max ?? Number.POSITIVE_INFINITY;
    for await (const found of access.store.look(order.filter, readCursor(this.#cursor))) {
      if (this.#done + this.#leaving.length >= most) break;
      this.#prepare(found);
      this.#cursor = cursorOf({ since: found.since, id: found.letter.id });
      if (this.#leaving.length >= this.#stepSize) await this.#flush();
      else if (performance.now() - this.#lastBeat > BEAT_MS) await this.#beat();
      if (this.#isStopped()) return;
    }
    await this.#flush();
  }

  #prepare(found: FoundLetter): void {
    const prepared = this.#planned.action.prepare(found.letter);
    if (prepared && 'why' in prepared) this.#skip(found.letter, prepared.why);
    else if (prepared) this.#leaving.push({ ...found, ...prepared });
  }

  #skip({ id }: DeadLetter, why: string): void {
    this.#skipped += 1;
    if (this.#skips.length < SKIPS_KEPT) this.#skips.push({ id, why });
  }

  async #flush(): Promise<void> {
    if (this.#leaving.length === 0) return;
    const { run, options } = this.#planned;
    while (this.#leaving.length > 0) await this.#take();
    this.#lastBeat = performance.now();
    const progress = { id: run.id, total: this.#total, done: this.#done, skipped: this.#skipped };
    options.onProgress?.({ ...progress, isResumed: this.#isResumed });
    await this.#keepRate();
  }

  /** One step. Letters that somebody has changed since they were read are read again, and wait for the next step. */
  async #take(): Promise<void> {
    const { action, run, operations, access, order } = this.#planned;
    this.#steps += 1;
    const { taken, isCancelled, changed } = await action.take(this.#leaving, {
      run,
      operationKey: operations.keyOf(run.id),
      step: this.#steps,
      cursor: this.#cursor ?? '',
      skipped: this.#skipped,
    });
    this.#done += taken;
    this.#doneHere += taken;
    this.#isCancelled ||= isCancelled;
    this.#leaving = [];
    for (const found of await access.store.lookAgain(changed, order.filter)) this.#prepare(found);
  }

  /** Waits until the next step is due; a pause longer than a beat is split into beats. */
  async #keepRate(): Promise<void> {
    const { ratePerSecond } = this.#planned.order;
    if (ratePerSecond === undefined) return;
    const dueAt = this.#startedAt + (this.#doneHere / ratePerSecond) * 1000;
    for (;;) {
      const leftMs = dueAt - performance.now();
      if (leftMs <= 0 || this.#isStopped()) return;
      const { signal } = this.#planned.options;
      await sleep(Math.min(leftMs, BEAT_MS), undefined, signal && { signal }).catch(() => undefined);
      if (leftMs > BEAT_MS) await this.#beat();
    }
  }

  async #beat(): Promise<void> {
    const { operations, run } = this.#planned;
    const reply = await operations.beat(run);
    this.#lastBeat = performance.now();
    if (reply === 'lost') throw new OperationRunningError(`another process runs operation ${run.id} now`);
    this.#isCancelled ||= reply === 'cancelled';
  }

  /** Letters of a step that is not written yet stay where they are. */
  #isStopped(): boolean {
    this.#isCancelled ||= this.#planned.options.signal?.aborted ?? false;
    return this.#isCancelled;
  }

  async #end(state: 'done' | 'cancelled' | 'failed'): Promise<void> {
    const { operations, run, action, options, access, order } = this.#planned;
    const { by, via } = options;
    const skipped = this.#skipped;
    tellLog(access, state, { run, action, order, by, count: this.#done, skipped });
    await operations.end(run, state, { kind: action.kind, by, via, skipped, skips: this.#skips });
  }
}
