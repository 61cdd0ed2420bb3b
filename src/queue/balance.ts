/**
 * The conservation balance: what was accepted against what became of it.
 *
 * The ledger is written in the same transactions that move events, so counted against itself it always agrees. The
 * proof is an independent count: the events that really lie in the queue's jobs.
 */

import type { RedisConnection } from '../redis/connect.js';
import type { LedgerField } from './queue.js';
import { readQueuedJobs } from './queued-jobs.js';

export interface Balance {
  /** Replays among them: a replayed event ends once more. */
  readonly accepted: number;
  readonly replayed: number;
  readonly delivered: number;
  readonly duplicate: number;
  readonly deadLettered: number;
  /** Taken off the queue at a person's word. */
  readonly erased: number;
  readonly queued: number;
  /** 0 where nothing was lost and nothing came from nowhere. */
  readonly difference: number;
}

/**
 * `accepted into the queue = delivered + duplicate + dead letters + still queued`, and what a person had erased; a replay
 * is accepted anew. Events of jobs that no producer of ours wrote are accepted by lying there.
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
  /** Of those, events that the ledger has not seen yet. */
  readonly uncountedEvents: number;
}

/** Counts events job by job, in chunks. With work going on the count is of no single moment. */
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

/** A job that cannot be read counts as one: it will be one dead letter. */
function countOf(data: string): { count: number; isCounted: boolean } {
  try {
    const job: unknown = JSON.parse(data);
    if (typeof job === 'object' && job !== null && 'events' in job && Array.isArray(job.events)) {
      return { count: job.events.length, isCounted: 'isCounted' in job };
    }
  } catch {
    // Falls through to the count of an unreadable job.
  }
  return { count: 1, isCounted: false };
}
