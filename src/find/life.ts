/**
 * The life of one event, from what Redis has under its id: its job, its dead letters, its mark in the window.
 *
 * PURE. Each source adds what it knows: a dead letter its earlier failures and who corrected and replayed it, the job of a
 * replayed event the same, a receipt only the delivery. None of it is personal data.
 */
import { type DeadLetter, readLetter } from '../dead-letters/letter.js';
import type { EventFacts } from '../queue/held-event.js';
import { readJob } from '../queue/read-job.js';
import { type FoundEvent, isoOf, momentAt, type TimelineEntry } from './found-event.js';
import type { Known, KnownId, Mark } from './known-script.js';
import { stateOf } from './state.js';

/** A letter's failure, or an earlier one of the same event. */
type Failure = NonNullable<DeadLetter['history']>[number];

/** When a person replayed it, from the record of a replay. */
export interface ToldReplay {
  readonly atMs: number;
  readonly detail: string;
}

/** Who asks, where, and for what. */
export interface Question {
  readonly id: string;
  readonly account: string;
}

/** @param replays of an event whose job and letters are gone */
export function lifeOf(
  known: KnownId,
  { nowMs, gate }: Pick<Known, 'nowMs' | 'gate'>,
  { id, account }: Question,
  replays: readonly ToldReplay[] = [],
): FoundEvent {
  const { mark } = known;
  const letters = known.letters.map((letter) => readLetter(letter.id, account, letter.data));
  const jobs = known.jobs.flatMap(({ data }) => factsIn(data, known.id));
  const { state, wait } = stateOf(known, { nowMs, gate });
  const letter = letters.toSorted((left, right) => right.diedAt - left.diedAt)[0];
  const enqueuedMs = Math.max(
    0,
    ...jobs.map(({ enqueuedAt }) => enqueuedAt),
    state === 'dead_letter' ? (letter?.enqueuedAt ?? 0) : 0,
  );
  const source = jobs[0]?.source ?? letter?.source;
  const timeline = [
    ...letters.flatMap((one) => [...(one.history ?? []), one].flatMap(failureMoments)),
    ...jobs.flatMap(jobMoments),
    ...replays.map(({ atMs, detail }) => momentAt(atMs, 'replayed', detail)),
    ...deliveryMoments(mark),
    ...(wait ? [momentAt(wait.untilMs, 'due', wait.reason)] : []),
  ];
  return {
    id,
    dedupeId: known.id,
    account,
    ...(source !== undefined && { source }),
    state,
    ...(enqueuedMs > 0 && { enqueuedAt: isoOf(enqueuedMs) }),
    ...deliveryOf(mark),
    ...(state === 'dead_letter' && letter && { deadLetterId: letter.id, reason: letter.reason }),
    ...(wait && { reason: wait.reason }),
    timeline: sorted(timeline),
  };
}

/** What a job says of its events with this id. */
function factsIn(data: string, id: string): EventFacts[] {
  const job = readJob(data, 0, 'standard', true);
  if (job.kind !== 'events') return [];
  return job.entries.flatMap((entry) => (entry?.clientDedupeId === id ? [entry.facts] : []));
}

function jobMoments({ source, enqueuedAt, attempts = 0, firstAttemptAt, past }: EventFacts): TimelineEntry[] {
  return [
    ...(past?.history ?? []).flatMap(failureMoments),
    momentAt(enqueuedAt, 'enqueued', source),
    ...attemptMoments(firstAttemptAt, attempts),
  ];
}

function failureMoments({
  enqueuedAt,
  firstAttemptAt,
  attempts,
  diedAt,
  reason,
  answer,
  edits,
  replay,
}: Failure): TimelineEntry[] {
  const why = [reason, answer.code, answer.message].filter((part) => part !== undefined && part !== '').join(': ');
  return [
    ...(enqueuedAt === undefined || enqueuedAt === 0 ? [] : [momentAt(enqueuedAt, 'enqueued')]),
    ...attemptMoments(firstAttemptAt, attempts),
    momentAt(diedAt, 'dead_letter', why),
    ...(edits ?? []).map(({ at, by }) => momentAt(at, 'corrected', `by ${by}`)),
    ...(replay ? [momentAt(replay.at, 'replayed', replayText(replay.by, replay.corrections))] : []),
  ];
}

export function replayText(by: string, corrections: readonly string[] = []): string {
  return corrections.length === 0 ? `by ${by}` : `by ${by}, with ${corrections.join(', ')}`;
}

function attemptMoments(firstAttemptAt: number | undefined, attempts: number): TimelineEntry[] {
  if (firstAttemptAt === undefined) return [];
  return [momentAt(firstAttemptAt, 'attempted', attempts > 0 ? `${attempts} failed` : undefined)];
}

function deliveryMoments(mark: Mark | undefined): TimelineEntry[] {
  if (mark?.kind !== 'delivered' || !mark.receipt) return [];
  const { deliveredAtMs, requestId } = mark.receipt;
  return [momentAt(deliveredAtMs, 'delivered', requestId && `request ${requestId}`)];
}

function deliveryOf(mark: Mark | undefined): Pick<FoundEvent, 'deliveredAt' | 'requestId' | 'knownUntil'> {
  if (mark?.kind !== 'delivered') return {};
  const { deliveredAtMs, requestId } = mark.receipt ?? {};
  return {
    ...(deliveredAtMs !== undefined && { deliveredAt: isoOf(deliveredAtMs) }),
    ...(requestId !== undefined && { requestId }),
    knownUntil: isoOf(mark.untilMs),
  };
}

/** Sorts by time. Entries of the same millisecond keep their order, and an entry from two sources appears once. */
function sorted(timeline: readonly TimelineEntry[]): TimelineEntry[] {
  const once = new Map(timeline.map((entry) => [JSON.stringify(entry), entry]));
  return [...once.values()].toSorted((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0));
}
