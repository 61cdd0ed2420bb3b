/**
 * Replay: dead letters go back to the queue, corrected or as they are, oldest first.
 *
 * Promise: the job is added and the letters are taken out in one transaction, in that order: a letter is never in neither
 * place. The window answers for the rest: what was delivered already counts as `duplicate`.
 */
import type { Queue } from 'bullmq';
import type { MappingContext } from '../mapping/context.js';
import { addJobs, CONVERSIONS_QUEUE, type ConversionJob, JOB_VERSION, openQueue, type QueuedEvent } from '../queue.js';
import { type Correction, correctionText, editEvent } from './edit.js';
import type { DeadLetter } from './letter.js';
import { type OperationOrder, withoutPersonalData } from './operation.js';
import type { OperationParts, Ready, TakeStep, Work } from './operation-pass.js';
import { replayJobId } from './replay-job.js';
import { takeLetters } from './shelf-scripts.js';

const HISTORY_KEPT = 10;

/** Who sends letters back, and with which corrections, for the letters' own history. */
interface Sender {
  readonly by: string;
  readonly corrections?: readonly string[];
}

export function openReplay(
  { store, connection }: OperationParts,
  order: OperationOrder,
  { context, by }: { readonly context: MappingContext; readonly by: string },
): Work {
  const queue = openQueue(store.account, CONVERSIONS_QUEUE, connection);
  const told = withoutPersonalData(order).order.corrections.map(correctionText);
  const sender = { by, ...(told.length > 0 && { corrections: told }) };
  return {
    kind: 'replay',
    prepare: (letter) => prepareReplay(letter, order.corrections, context, sender),
    take: moveTo(queue, store.keys),
    close: () => queue.close(),
  };
}

/** What a replay of a letter would put on the queue, or why it stays. */
export function prepareReplay(
  letter: DeadLetter,
  corrections: readonly Correction[],
  context: MappingContext,
  sender?: Sender,
): (Ready & { readonly entry: QueuedEvent }) | { readonly why: string } {
  if (!letter.event) return { why: 'it could not be read: there is no event to send' };
  const edited = editEvent(letter.event, corrections, context);
  if (!edited.ok) return { why: edited.issues.map(({ path, message }) => `${path} ${message}`).join('; ') };
  const { reason, diedAt, attempts, answer, enqueuedAt, firstAttemptAt, edits } = letter;
  const original = letter.original ?? (corrections.length > 0 ? letter.event : undefined);
  const at = Date.now();
  const replay = sender && { at, ...sender };
  const death = { reason, diedAt, attempts, answer, enqueuedAt, firstAttemptAt, edits, replay };
  const history = [...(letter.history ?? []), death].slice(-HISTORY_KEPT);
  const entry: QueuedEvent = {
    event: edited.event,
    source: letter.source,
    enqueuedAt: at,
    replays: letter.replays + 1,
    ...(letter.isMaybeDelivered && { isMaybeDelivered: true }),
    past: { ...(original && { original }), history },
  };
  return { letter, entry };
}

/** The job is added empty; the script that takes the letters writes those that were still there into it. */
function moveTo(queue: Queue, keys: OperationParts['store']['keys']): TakeStep {
  const data: ConversionJob = { v: JOB_VERSION, isCounted: true, events: [] };
  let steps = 0;
  return async (step, { run, ...at }) => {
    steps += 1;
    const jobId = replayJobId(run, steps);
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
