/**
 * The conservation balance: accepted events against their outcomes.
 *
 * The ledger is written in the same transactions that move events, so it always agrees with itself. The proof is an independent
 * count of the events that are really in the queue's jobs.
 */

import type { RedisConnection } from '../redis/connect.js';
import type { LedgerField } from './queue.js';
import { readQueuedJobs } from './queued-jobs.js';

export interface Balance {
  /** Includes replays: a replayed event ends once more. */
  readonly accepted: number;
  readonly replayed: number;
  readonly delivered: number;
  readonly duplicate: number;
  readonly deadLettered: number;
  /** Removed from the queue by a person. */
  readonly erased: number;
  readonly queued: number;
  /** 0 if no event was lost or double-counted. */
  readonly difference: number;
}

/**
 * `accepted into the queue = delivered + duplicate + dead letters + still queued`, plus what a person erased. A replay is
 * accepted again. Events in jobs of other producers count as accepted when they are in the queue.
 */
export function balanceOf(ledger: Readonly<Record<LedgerField, number>>, queue: QueueCount): Balance {
  const { replayed } = ledger;
  const accepted = ledger.enqueued + replayed + queue.uncountedEvents;
  const { delivered, duplicate, dead_lettered: deadLettered, erased } = ledger;
  const queued = queue.events;
  const difference = accepted - delivered - duplicate - deadLettered - erased - queued;
  return { accepted, replayed, delivered, duplicate, deadLettered, erased, queued, difference };
}

export interface QueueCount {
  readonly events: number;
  /** Those of them that the ledger has not counted yet. */
  readonly uncountedEvents: number;
}

/** Counts events job by job, in chunks. While events move, the count is not of a single moment. */
export async function countQueuedEvents(account: string, connection: RedisConnection): Promise<QueueCount> {
  let events = 0;
  let uncountedEvents = 0;
  for await (const jobs of readQueuedJobs(account, connection)) {
    for (const { data } of jobs) {
      const { count, isCounted } = countOf(data);
      events += count;
      if (!isCounted) uncountedEvents += count;
    }
  }
  return { events, uncountedEvents };
}

/** A job that cannot be read counts as one event: it will become one dead letter. */
function countOf(data: string): { count: number; isCounted: boolean } {
  try {
    const job: unknown = JSON.parse(data);
    if (typeof job === 'object' && job !== null && 'events' in job && Array.isArray(job.events)) {
      return { count: job.events.length, isCounted: 'isCounted' in job };
    }
  } catch {
    // Continues to the count of an unreadable job.
  }
  return { count: 1, isCounted: false };
}
