/**
 * Replay: sends dead letters back to the queue, corrected or unchanged, oldest first.
 *
 * Promise: one script adds the job and removes the letters, so a letter is always in one place. The letter is taken as it is
 * stored at that moment, with its last edits. The window does the rest: what was already delivered counts as `duplicate`.
 */
import type { MappingContext } from '../../mapping/context.js';
import { luaOf } from '../../queue/bullmq-commands.js';
import type { QueuedEvent } from '../../queue/job.js';
import { JobRecorder } from '../../queue/job-recorder.js';
import { CONVERSIONS_QUEUE } from '../../queue/queue.js';
import { runScript } from '../../redis/script.js';
import type { DeadLetter } from '../letter.js';
import { readTaken, takeLetters } from '../take-script.js';
import { type Correction, correctionText, editEvent } from './edit.js';
import type { LetterAccess, OperationAction, TakeStep } from './execute-operation.js';
import { type OperationOrder, withoutPersonalData } from './operation.js';
import { replayJobId } from './replay-job.js';

const HISTORY_KEPT = 10;

/** Who replays letters, and with which corrections, for the letters' own history. */
interface Sender {
  readonly by: string;
  readonly corrections?: readonly string[];
}

export function openReplay(
  { store, connection }: LetterAccess,
  order: OperationOrder,
  { context, by }: { readonly context: MappingContext; readonly by: string },
): OperationAction {
  const recorder = new JobRecorder(store.account, CONVERSIONS_QUEUE, connection);
  const told = withoutPersonalData(order).order.corrections.map(correctionText);
  const sender = { by, ...(told.length > 0 && { corrections: told }) };
  return {
    kind: 'replay',
    prepare: (letter) => prepareReplay(letter, order.corrections, context, sender),
    take: moveTo(recorder, { store, connection }),
    close: () => recorder.close(),
  };
}

/** The entry that a replay of a letter would put on the queue, or why the letter stays. */
export function prepareReplay(
  letter: DeadLetter,
  corrections: readonly Correction[],
  context: MappingContext,
  sender?: Sender,
): { readonly entry: QueuedEvent } | { readonly why: string } {
  if (!letter.event) return { why: 'it could not be read: there is no event to send' };
  const edited = editEvent(letter.event, corrections, context);
  if (!edited.ok) return { why: edited.issues.map(({ path, message }) => `${path} ${message}`).join('; ') };
  const { reason, diedAt, attempts, answer, enqueuedAt, firstAttemptAt, edits } = letter;
  const original = letter.original ?? (corrections.length > 0 ? letter.event : undefined);
  const at = Date.now();
  const replay = sender && { at, ...sender };
  const failure = { reason, diedAt, attempts, answer, enqueuedAt, firstAttemptAt, edits, replay };
  const history = [...(letter.history ?? []), failure].slice(-HISTORY_KEPT);
  const entry: QueuedEvent = {
    event: edited.event,
    source: letter.source,
    enqueuedAt: at,
    replays: letter.replays + 1,
    ...(letter.isMaybeDelivered && { isMaybeDelivered: true }),
    past: { ...(original && { original }), history },
  };
  return { entry };
}

function moveTo(recorder: JobRecorder, { store, connection }: LetterAccess): TakeStep {
  return async (letters, { run, ...at }) => {
    const record = await recorder.open();
    const add = record({ text: '{}', jobId: replayJobId(run, at.step) });
    const job = { add, lua: luaOf(add.name, connection) };
    const call = takeLetters(store.keys, { ...at, runner: run.runner, field: 'replayed', job, letters });
    return readTaken(await runScript(connection, call), letters);
  };
}
