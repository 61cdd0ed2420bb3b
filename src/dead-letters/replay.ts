/**
 * Replay: dead letters go back to the queue, oldest first within a reason.
 *
 * Promise: a letter is added to the queue first and taken out after, so it is never in neither place. Stopped between
 * the two it is in both, and the window answers for it: what was delivered already counts as `duplicate`.
 * The set is frozen at the start: letters that arrive meanwhile are not touched. Started again after an interruption
 * it goes on with what is still there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { MappingContext } from '../mapping/context.js';
import {
  addJobs,
  CONVERSIONS_QUEUE,
  type ConversionJob,
  countInLedger,
  JOB_VERSION,
  openQueue,
  type QueuedEvent,
} from '../queue.js';
import type { RedisConnection } from '../redis.js';
import { type Edit, editEvent } from './edit.js';
import type { LetterFilter } from './filter.js';
import type { DeadLetter } from './letter.js';
import type { LetterStore } from './store.js';

const LETTERS_PER_STEP = 100;

export interface ReplayOptions {
  readonly edits: readonly Edit[];
  readonly context: MappingContext;
  /** Letters a second; undefined for as fast as it goes. */
  readonly ratePerSecond?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((report: ReplayReport) => void) | undefined;
}

export interface ReplayReport {
  replayed: number;
  /** Letters that stay: their edit is refused, or they hold nothing that could be sent. */
  skipped: { readonly id: string; readonly why: string }[];
}

export async function replayLetters(
  store: LetterStore,
  connection: RedisConnection,
  filter: LetterFilter,
  options: ReplayOptions,
): Promise<ReplayReport> {
  const frozen: LetterFilter = { ...filter, untilMs: Math.min(filter.untilMs ?? Number.POSITIVE_INFINITY, Date.now()) };
  const queue = openQueue(store.account, CONVERSIONS_QUEUE, connection);
  const report: ReplayReport = { replayed: 0, skipped: [] };
  const stepSize = Math.max(
    1,
    Math.min(LETTERS_PER_STEP, Math.ceil((options.ratePerSecond ?? Number.POSITIVE_INFINITY) / 4)),
  );
  const startedAt = performance.now();
  let step: Ready[] = [];
  const flush = async () => {
    if (step.length === 0) return;
    await moveBack(store, queue, step);
    report.replayed += step.length;
    step = [];
    options.onProgress?.(report);
    await keepRate(report.replayed, startedAt, options);
  };
  try {
    for await (const letter of store.find(frozen)) {
      if (options.signal?.aborted) break;
      const ready = readyToGo(letter, options);
      if ('why' in ready) report.skipped.push({ id: letter.id, why: ready.why });
      else step.push(ready);
      if (step.length >= stepSize) await flush();
    }
    if (!options.signal?.aborted) await flush();
  } finally {
    await queue.close();
  }
  return report;
}

interface Ready {
  readonly letter: DeadLetter;
  readonly entry: QueuedEvent;
}

function readyToGo(letter: DeadLetter, { edits, context }: ReplayOptions): Ready | { readonly why: string } {
  if (!letter.event) return { why: 'it could not be read: there is no event to send' };
  const edited = editEvent(letter.event, edits, context);
  if (!edited.ok) return { why: edited.issues.map(({ path, message }) => `${path} ${message}`).join('; ') };
  const entry: QueuedEvent = {
    event: edited.event,
    source: letter.source,
    enqueuedAt: Date.now(),
    replays: letter.replays + 1,
    ...(letter.isMaybeDelivered && { isMaybeDelivered: true }),
  };
  return { letter, entry };
}

async function moveBack(store: LetterStore, queue: Queue, step: readonly Ready[]): Promise<void> {
  const data: ConversionJob = { v: JOB_VERSION, isCounted: true, events: step.map(({ entry }) => entry) };
  await addJobs(queue, [{ data }], [countInLedger(store.account, { replayed: step.length })]);
  await store.remove(step.map(({ letter }) => letter));
}

async function keepRate(done: number, startedAt: number, { ratePerSecond, signal }: ReplayOptions): Promise<void> {
  if (ratePerSecond === undefined) return;
  const dueMs = startedAt + (done / ratePerSecond) * 1000 - performance.now();
  if (dueMs > 0) await sleep(dueMs, undefined, signal ? { signal } : {}).catch(() => undefined);
}
