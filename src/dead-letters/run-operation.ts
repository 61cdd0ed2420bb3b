/**
 * Running an operation: letters that a filter means, oldest first, taken away step by step.
 *
 * Promise: the set is frozen when it begins; a step is one transaction, so a letter is never in neither place and never in
 * both; an operation that ends early, by a person or a crash, goes on behind the last letter it had looked at.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisConnection } from '../redis.js';
import { frozenAt } from './filter.js';
import type { DeadLetter } from './letter.js';
import {
  type Actor,
  digestOfOrder,
  type OperationKind,
  type OperationOrder,
  type OperationRecord,
  SKIPS_KEPT,
  type Skip,
  STALE_MS,
} from './operation.js';
import { OperationStore, type Run } from './operation-store.js';
import { cursorOf, type LetterStore, readCursor } from './store.js';

const LETTERS_PER_STEP = 100;
const BEAT_MS = 1_000;
const RESUME_WITHIN_MS = 24 * 3_600_000;
/** How far back an interrupted operation of the same order is looked for. */
const SEARCHED_RECORDS = 50;

/** Somebody else runs this very operation now. */
export class OperationRunningError extends Error {
  readonly code = 'OPERATION_RUNNING';
}

export interface OperationParts {
  readonly store: LetterStore;
  readonly connection: RedisConnection;
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
  readonly entry?: unknown;
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

/** An operation under way. */
export interface Underway {
  readonly id: string;
  /** Resolves with the record when it has ended, however it did; rejects where Redis or the program failed. */
  readonly ended: Promise<OperationRecord>;
}

/**
 * Begins an operation, or goes on with the latest one of the same filter and corrections that ended early within a day.
 *
 * @throws OperationRunningError where that one still runs somewhere
 */
export async function beginOperation(
  parts: OperationParts,
  work: Work,
  order: OperationOrder,
  options: OperationOptions,
): Promise<Underway> {
  const operations = new OperationStore(parts.store.account, parts.connection);
  const isRepeated = work.kind === 'replay' || work.kind === 'discard';
  const unfinished = isRepeated && (await findUnfinished(operations, digestOfOrder(work.kind, order)));
  if (unfinished) return goOn({ parts, work, operations, order, options }, unfinished);
  const untilMs = Date.now();
  const filter = frozenAt(order.filter, untilMs);
  const total = await parts.store.count(filter);
  const run = await operations.begin(work.kind, order, options, { total, untilMs });
  const pass = new Pass({ parts, work, operations, order: { ...order, filter }, options, run }, { total, done: 0 });
  return { id: run.id, ended: pass.toItsEnd() };
}

/** Goes on with an operation that ended early, as its record says. */
export async function resumeOperation(
  parts: OperationParts,
  work: Work,
  record: OperationRecord,
  options: OperationOptions,
): Promise<Underway> {
  const operations = new OperationStore(parts.store.account, parts.connection);
  return goOn({ parts, work, operations, order: record.order, options }, record);
}

type Task = {
  readonly parts: OperationParts;
  readonly work: Work;
  readonly operations: OperationStore;
  readonly order: OperationOrder;
  readonly options: OperationOptions;
};

async function goOn(task: Task, record: OperationRecord): Promise<Underway> {
  const run = await takeOver(task.operations, record.id, task.options);
  const filter = frozenAt(task.order.filter, record.order.filter.untilMs ?? record.startedAt);
  const pass = new Pass({ ...task, order: { ...task.order, filter }, run }, record);
  return { id: run.id, ended: pass.toItsEnd() };
}

async function findUnfinished(operations: OperationStore, digest: string): Promise<OperationRecord | undefined> {
  const records = await operations.list(SEARCHED_RECORDS);
  const latest = records.find((record) => record.digest === digest);
  if (!latest || latest.state === 'done' || Date.now() - latest.startedAt > RESUME_WITHIN_MS) return undefined;
  return latest;
}

/** A runner that was killed a moment ago still looks alive: its record tells after a few seconds. */
async function takeOver(operations: OperationStore, id: string, actor: Actor): Promise<Run> {
  for (let waitedMs = 0; ; waitedMs += BEAT_MS) {
    const run = await operations.takeOver(id, { by: actor.by, via: actor.via });
    if (typeof run !== 'string') return run;
    if (run === 'ended' || waitedMs > STALE_MS) {
      throw new OperationRunningError(
        run === 'ended'
          ? `operation ${id} is done: there is nothing to go on with`
          : `operation ${id} of the same filter runs right now: wait for it, or cancel it`,
      );
    }
    await sleep(BEAT_MS);
  }
}

/** One run of an operation, from where it starts to its end. */
class Pass {
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
      this.#cursor = cursorOf(letter);
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

  #end(state: 'done' | 'cancelled' | 'failed'): Promise<void> {
    const { operations, run, work, options } = this.#task;
    const { by, via } = options;
    return operations.end(run, state, { kind: work.kind, by, via, skipped: this.#skipped, skips: this.#skips });
  }
}
