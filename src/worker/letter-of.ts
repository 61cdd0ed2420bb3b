/** Makes the dead letter of an event that is given up. */
import { type DeadLetter, LETTER_VERSION, letterIdOf } from '../dead-letters/letter.js';
import type { ConversionEvent } from '../mapping/event.js';
import type { Outcome } from '../mapping/outcome.js';
import { eventText, type HeldEvent, wholeEvent } from '../queue/held-event.js';
import type { Unreadable } from '../queue/read-job.js';
import type { BatchEvent } from './batcher.js';

import type { JobRun } from './job-run.js';

export function letterOf(
  { held, place, run }: BatchEvent,
  outcome: Extract<Outcome, { kind: 'dead' }>,
  account: string,
  nowMs: number,
): DeadLetter {
  const event = readWhole(held);
  if (!event) return unreadableLetter(run, { place, raw: eventText(held) }, account, nowMs);
  const { facts } = held;
  const wasSent = outcome.reason !== 'expired';
  const firstAttemptAt = facts.firstAttemptAt ?? (wasSent ? nowMs : undefined);
  return {
    v: LETTER_VERSION,
    id: letterIdOf(run.jobId, place, run.name),
    account,
    reason: outcome.reason,
    event,
    source: facts.source,
    enqueuedAt: facts.enqueuedAt,
    ...(firstAttemptAt !== undefined && { firstAttemptAt }),
    diedAt: nowMs,
    attempts: (facts.attempts ?? 0) + (wasSent ? (outcome.attempts ?? 1) : 0),
    replays: facts.replays ?? 0,
    isMaybeDelivered: (facts.isMaybeDelivered ?? false) || (outcome.isMaybeDelivered ?? false),
    answer: outcome.detail,
    ...facts.past,
  };
}

/** Undefined if only the head of an event can be read. */
function readWhole(held: HeldEvent): ConversionEvent | undefined {
  try {
    return wholeEvent(held);
  } catch {
    return undefined;
  }
}

/** The dead letter of something in a job that could not be read. It is kept as it was in the job. */
export function unreadableLetter(run: JobRun, { place, raw }: Unreadable, account: string, nowMs: number): DeadLetter {
  return {
    v: LETTER_VERSION,
    id: letterIdOf(run.jobId, place, run.name),
    account,
    reason: 'unreadable',
    event: null,
    raw,
    source: 'unknown',
    enqueuedAt: run.addedAtMs,
    diedAt: nowMs,
    attempts: 0,
    replays: 0,
    isMaybeDelivered: false,
    answer: {},
  };
}
