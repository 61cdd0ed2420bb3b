/**
 * The conservation balance: what was accepted against what became of it.
 *
 * The ledger is written in the same transactions that move events, so counted against itself it always agrees. The
 * proof is an independent count: the events that really lie in the queue's jobs.
 */
import { CONVERSIONS_QUEUE, type LedgerField, prefixOf } from './queue.js';
import type { RedisConnection } from './redis.js';

const JOBS_PER_READ = 100;

export interface Balance {
  readonly accepted: number;
  readonly delivered: number;
  readonly duplicate: number;
  readonly deadLettered: number;
  readonly queued: number;
  /** 0 where nothing was lost and nothing came from nowhere. */
  readonly difference: number;
}

/**
 * `accepted into the queue = delivered + duplicate + dead letters + still queued`; a replay is accepted anew. Events of
 * jobs that no producer of ours wrote are accepted by lying there.
 */
export function balanceOf(ledger: Readonly<Record<LedgerField, number>>, queue: QueueCount): Balance {
  const accepted = ledger.enqueued + ledger.replayed + queue.uncountedEvents;
  const { delivered, duplicate, dead_lettered: deadLettered } = ledger;
  const queued = queue.events;
  const difference = accepted - delivered - duplicate - deadLettered - queued;
  return { accepted, delivered, duplicate, deadLettered, queued, difference };
}

export interface QueueCount {
  readonly events: number;
  /** Of those, events that the ledger has not seen yet. */
  readonly uncountedEvents: number;
}

/** Counts events job by job, in chunks. With work going on the count is of no single moment. */
export async function countQueuedEvents(account: string, connection: RedisConnection): Promise<QueueCount> {
  const queue = `${prefixOf(account)}:${CONVERSIONS_QUEUE}`;
  const [waiting, active, ...sorted] = await Promise.all([
    connection.lrange(`${queue}:wait`, 0, -1),
    connection.lrange(`${queue}:active`, 0, -1),
    ...['delayed', 'prioritized', 'failed'].map((state) => connection.zrange(`${queue}:${state}`, '0', '-1')),
  ]);
  const ids = [...new Set([...waiting, ...active, ...sorted.flat()])].filter((id) => !id.startsWith('0:'));
  let events = 0;
  let uncountedEvents = 0;
  for (let start = 0; start < ids.length; start += JOBS_PER_READ) {
    const pipeline = connection.pipeline();
    for (const id of ids.slice(start, start + JOBS_PER_READ)) pipeline.hget(`${queue}:${id}`, 'data');
    for (const [, data] of (await pipeline.exec()) ?? []) {
      const { count, isCounted } = countOf(data);
      events += count;
      if (!isCounted) uncountedEvents += count;
    }
  }
  return { events, uncountedEvents };
}

/** A job that cannot be read counts as one: it will be one dead letter. */
function countOf(data: unknown): { count: number; isCounted: boolean } {
  if (typeof data !== 'string') return { count: 0, isCounted: true };
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
