/**
 * Backlog: whether a long queue makes the worker slower or larger. The same worker empties bursts of 10,000 events,
 * then a queue of 1,000,000.
 *
 * A burst is queued while the queue is paused, so that all of it is there when the worker starts. Its rate is measured
 * from its first arrivals to its last. The bursts warm up the worker, so warm-up does not affect the long queue.
 */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { CONVERSIONS_QUEUE, prefixOf } from '../../src/queue/queue.js';
import type { Filled } from '../callers/timing.js';
import { type Helper, onStage, type Program, type Stage } from '../processes.js';
import { Sink } from '../sink-client.js';
import { summarise } from '../statistics.js';
import type { Bench } from './section.js';
import { ACCOUNT, untilSettled } from './settled.js';

const FIRST_SHARE = 0.1;

interface Parts {
  readonly queue: Queue;
  readonly connection: Redis;
  readonly caller: Helper;
  readonly worker: Program;
  readonly sink: Sink;
}

export async function measureBacklog(bench: Bench): Promise<void> {
  const { sizes, ledger, profiles, say } = bench;
  const { small, bursts, large, timed } = sizes.backlog;
  // One round takes a minute, and each has many bursts.
  for (let round = 1; round <= Math.ceil(sizes.rounds / 2); round += 1) {
    say(`backlog, round ${round} of ${Math.ceil(sizes.rounds / 2)}`);
    await onStage(profiles, async (stage) => {
      const parts = await openParts(stage);
      try {
        const rates: number[] = [];
        for (let burst = 0; burst <= bursts; burst += 1) {
          const rate = await emptyQueue(parts, `b${burst}`, small);
          // The first one is the warm-up.
          if (burst > 0) rates.push(rate);
        }
        const smallRate = summarise(rates).median;
        const largeRate = await emptyLongQueue(parts, large, timed, (bytes) =>
          ledger.note('backlogResident', bytes / 1e6),
        );
        ledger.note('rateSmallBacklog', smallRate);
        ledger.note('rateLargeBacklog', largeRate);
        ledger.note('backlogRatio', largeRate / smallRate);
      } finally {
        await parts.queue.close();
        parts.connection.disconnect();
      }
    });
  }
}

async function openParts(stage: Stage): Promise<Parts> {
  const connection = new Redis(stage.redis.url, { maxRetriesPerRequest: null });
  const queue = new Queue(CONVERSIONS_QUEUE, { connection, prefix: prefixOf(ACCOUNT) });
  const sink = await Sink.start(stage);
  const caller = await stage.start('callers/ours', { redisUrl: stage.redis.url });
  const worker = await stage.startProgram('worker', sink.environment);
  return { queue, connection, caller, worker, sink };
}

/** @returns events per second */
async function emptyQueue({ queue, connection, caller, sink }: Parts, run: string, count: number): Promise<number> {
  await queue.pause();
  await caller.ask<Filled>('fill', { run, count });
  await sink.reset();
  await queue.resume();
  await sink.untilArrived(count);
  await untilSettled(connection);
  return sink.rate(count * FIRST_SHARE, count);
}

/** @returns events per second over the first of them, while nearly all are still queued */
async function emptyLongQueue(
  { queue, caller, worker, sink }: Parts,
  count: number,
  timed: number,
  onResident: (bytes: number) => void,
): Promise<number> {
  await queue.pause();
  await caller.ask<Filled>('fill', { run: 'long', count });
  await sink.reset();
  await queue.resume();
  await sink.untilArrived(timed);
  onResident((await worker.usage()).residentBytes);
  return sink.rate(timed * FIRST_SHARE, timed);
}
