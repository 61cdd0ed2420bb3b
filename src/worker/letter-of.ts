/**
 * From an event that is given up to its dead letter.
 */
import { type DeadLetter, LETTER_VERSION, letterIdOf } from '../dead-letters/letter.js';
import type { Outcome } from '../mapping/outcome.js';
import type { BatchEvent } from './batcher.js';
import type { JobRun } from './job-run.js';

/** What lay at a place of a job and could not be read. */
export interface Unreadable {
  readonly place: number;
  readonly raw: string;
}

/** The dead letter of an event that was read and given up. */
export function letterOf(
  { entry, place, run }: BatchEvent,
  outcome: Extract<Outcome, { kind: 'dead' }>,
  account: string,
  nowMs: number,
): DeadLetter {
  const wasSent = outcome.reason !== 'expired';
  const firstAttemptAt = entry.firstAttemptAt ?? (wasSent ? nowMs : undefined);
  return {
    v: LETTER_VERSION,
    id: letterIdOf(run.jobId, entry.ordinal ?? place, entry.enqueuedAt),
    account,
    reason: outcome.reason,
    event: entry.event,
    source: entry.source,
    enqueuedAt: entry.enqueuedAt,
    ...(firstAttemptAt !== undefined && { firstAttemptAt }),
    diedAt: nowMs,
    attempts: (entry.attempts ?? 0) + (wasSent ? 1 : 0),
    replays: entry.replays ?? 0,
    isMaybeDelivered: (entry.isMaybeDelivered ?? false) || (outcome.isMaybeDelivered ?? false),
    answer: outcome.detail,
    ...entry.past,
  };
}

/** The dead letter of something in a job that could not be read: it is kept as it lay there. */
export function unreadableLetter(run: JobRun, { place, raw }: Unreadable, account: string, nowMs: number): DeadLetter {
  return {
    v: LETTER_VERSION,
    id: letterIdOf(run.jobId, place, run.addedAtMs),
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
