/**
 * Applies outcomes to the runs of their events: which events end, which go back and after how long, and the counts for the
 * ledger.
 *
 * Promise: every event of the list is ended, kept or dropped in its run. A lost or abandoned run counts nothing.
 */
import type { Outcome } from '../mapping/outcome.js';
import type { EventFacts, HeldEvent } from '../queue/held-event.js';
import { backOffMs } from './back-off.js';
import type { BackOff } from './gate.js';
import type { JobRun } from './job-run.js';
import type { SettledEvent } from './settled-event.js';

/** What one settling adds to the ledger for one job. */
export interface JobCounts {
  enqueued: number;
  delivered: number;
  duplicate: number;
  dead_lettered: number;
}

/** Marks places of the runs as ended or kept, and counts for the ledger. */
export function applyToRuns(all: readonly SettledEvent[], nowMs: number, backOff: BackOff): Map<JobRun, JobCounts> {
  const counts = new Map<JobRun, JobCounts>();
  for (const { event, outcome } of all) {
    const { run, place, held } = event;
    let count = counts.get(run);
    if (!count) {
      count = countsFor(run);
      counts.set(run, count);
    }
    if (!run.isOurs) {
      run.drop(place);
      continue;
    }
    switch (outcome.kind) {
      case 'delivered':
      case 'duplicate':
        count[outcome.kind] += 1;
        run.end(place);
        break;
      case 'dead':
        count.dead_lettered += 1;
        run.end(place);
        break;
      case 'wait':
        run.keep(place, outcome.isMaybeDelivered ? asMaybeDelivered(held, nowMs) : held, outcome.afterMs);
        break;
      case 'retry': {
        const facts = afterAttempt(held.facts, outcome, nowMs);
        run.keep(place, { ...held, facts }, backOffMs(facts.attempts, backOff));
        break;
      }
      default:
        outcome satisfies never;
    }
  }
  return counts;
}

/** If the ledger has not counted a job's events yet, the job's first settling counts them. */
export function countsFor(run: JobRun): JobCounts {
  const enqueued = run.isCounted ? 0 : run.eventCount;
  run.isCounted = true;
  return { enqueued, delivered: 0, duplicate: 0, dead_lettered: 0 };
}

function afterAttempt(
  facts: EventFacts,
  retry: Extract<Outcome, { kind: 'retry' }>,
  nowMs: number,
): EventFacts & { attempts: number } {
  return {
    ...facts,
    attempts: (facts.attempts ?? 0) + (retry.attempts ?? 1),
    firstAttemptAt: facts.firstAttemptAt ?? nowMs,
    ...(retry.isMaybeDelivered && { isMaybeDelivered: true }),
    ...(retry.isSuspect && { isSuspect: true }),
  };
}

/** The event was sent without an answer. This spends no attempt. */
function asMaybeDelivered(held: HeldEvent, nowMs: number): HeldEvent {
  const firstAttemptAt = held.facts.firstAttemptAt ?? nowMs;
  return { ...held, facts: { ...held.facts, firstAttemptAt, isMaybeDelivered: true } };
}
