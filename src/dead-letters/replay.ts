/**
 * Replay: dead letters go back to the queue, corrected or as they are, oldest first.
 *
 * Promise: the job is added and the letters are taken out in one transaction, in that order: a letter is never in neither
 * place. The window answers for the rest: what was delivered already counts as `duplicate`.
 */
import type { Queue } from 'bullmq';
import type { MappingContext } from '../mapping/context.js';
import { addJobs, CONVERSIONS_QUEUE, type ConversionJob, JOB_VERSION, openQueue, type QueuedEvent } from '../queue.js';
import { type Correction, editEvent } from './edit.js';
import type { DeadLetter } from './letter.js';
import type { OperationOrder } from './operation.js';
import type { OperationParts, Ready, TakeStep, Work } from './operation-pass.js';
import { takeLetters } from './shelf-scripts.js';

const HISTORY_KEPT = 10;

export function openReplay(
  { store, connection }: OperationParts,
  { corrections }: Pick<OperationOrder, 'corrections'>,
  context: MappingContext,
): Work {
  const queue = openQueue(store.account, CONVERSIONS_QUEUE, connection);
  return {
    kind: 'replay',
    prepare: (letter) => prepareReplay(letter, corrections, context),
    take: moveTo(queue, store.keys),
    close: () => queue.close(),
  };
}

/** What a replay of a letter would put on the queue, or why it stays. */
export function prepareReplay(
  letter: DeadLetter,
  corrections: readonly Correction[],
  context: MappingContext,
): (Ready & { readonly entry: QueuedEvent }) | { readonly why: string } {
  if (!letter.event) return { why: 'it could not be read: there is no event to send' };
  const edited = editEvent(letter.event, corrections, context);
  if (!edited.ok) return { why: edited.issues.map(({ path, message }) => `${path} ${message}`).join('; ') };
  const { reason, diedAt, attempts, answer } = letter;
  const original = letter.original ?? (corrections.length > 0 ? letter.event : undefined);
  const history = [...(letter.history ?? []), { reason, diedAt, attempts, answer }].slice(-HISTORY_KEPT);
  const entry: QueuedEvent = {
    event: edited.event,
    source: letter.source,
    enqueuedAt: Date.now(),
    replays: letter.replays + 1,
    ...(letter.isMaybeDelivered && { isMaybeDelivered: true }),
    past: { ...(original && { original }), history },
  };
  return { letter, entry };
}

/** The job is added empty; the script that takes the letters writes those that were still there into it. */
function moveTo(queue: Queue, keys: OperationParts['store']['keys']): TakeStep {
  const data: ConversionJob = { v: JOB_VERSION, isCounted: true, events: [] };
  return async (step, { run, ...at }) => {
    const [last] = step.slice(-1);
    const jobId = `replay-${run.id}-${run.runner}-${last?.letter.id ?? ''}`;
    const call = takeLetters(keys, {
      ...at,
      runner: run.runner,
      field: 'replayed',
      jobKey: keys.job + jobId,
      letters: step,
    });
    return readTaken(await addJobs(queue, [{ data, jobId }], [call]));
  };
}

export function readTaken(reply: unknown): { taken: number; isCancelled: boolean } {
  const [taken, isCancelled] = Array.isArray(reply) ? reply : [];
  return { taken: Number(taken), isCancelled: Number(isCancelled) === 1 };
}
