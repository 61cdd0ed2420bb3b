/**
 * Latency: from the call of `enqueue` to the sink's answer, while a producer calls at a steady rate beside the worker.
 *
 * The load is a share of the throughput of producer, Redis and worker together on this machine, which is measured
 * first. The linger is 100 ms instead of the default second: at 1 % load it must close batches, not their count. The
 * reported latency excludes the linger. The sink answers within a millisecond, which is included.
 */
import { Redis } from 'ioredis';
import type { Pace } from '../callers/ours.js';
import type { Filled } from '../callers/timing.js';
import { type Helper, onStage, type Stage } from '../processes.js';
import { Sink } from '../sink-client.js';
import type { Bench } from './section.js';
import { untilSettled } from './settled.js';

const LINGER_MS = 100;
const WARM_UP_SECONDS = 2;

export async function measureLatency({ sizes, ledger, profiles, say }: Bench): Promise<void> {
  const rounds = Math.ceil(sizes.rounds / 2);
  for (let round = 1; round <= rounds; round += 1) {
    say(`latency, round ${round} of ${rounds}`);
    await onStage(profiles, async (stage) => {
      const { sink, caller, connection } = await openParts(stage);
      try {
        const whole = await throughRate({ sink, caller, connection }, sizes.filled.ours);
        ledger.note('throughRate', whole);
        const atShare = async (share: number) => {
          const warmUp = Math.min(WARM_UP_SECONDS, sizes.latencySeconds);
          await paced({ sink, caller, connection }, { run: `w${share}`, rate: whole * share, seconds: warmUp });
          await paced(
            { sink, caller, connection },
            { run: `p${share}`, rate: whole * share, seconds: sizes.latencySeconds },
          );
          const { p50Ms, p99Ms, p999Ms } = await sink.latencies();
          return { p50: p50Ms - LINGER_MS, p99: p99Ms - LINGER_MS, p999: p999Ms - LINGER_MS };
        };
        const low = await atShare(0.01);
        ledger.note('latency1', low.p99);
        ledger.note('latency1_p50', low.p50);
        ledger.note('latency1_p999', low.p999);
        const half = await atShare(0.5);
        ledger.note('latency50_p50', half.p50);
        ledger.note('latency50_p99', half.p99);
        ledger.note('latency50_p999', half.p999);
        const high = await atShare(0.9);
        ledger.note('latency90_p50', high.p50);
        ledger.note('latency90_p99', high.p99);
        ledger.note('latency90_p999', high.p999);
      } finally {
        connection.disconnect();
      }
    });
  }
}

interface Parts {
  readonly sink: Sink;
  readonly caller: Helper;
  readonly connection: Redis;
}

async function openParts(stage: Stage): Promise<Parts> {
  const sink = await Sink.start(stage);
  const caller = await stage.start('callers/ours', { redisUrl: stage.redis.url });
  await stage.startProgram('worker', { ...sink.environment, BATCH_LINGER_MS: String(LINGER_MS) });
  return { sink, caller, connection: new Redis(stage.redis.url) };
}

/** @returns events per second that are enqueued, forwarded and settled at the same time */
async function throughRate({ sink, caller, connection }: Parts, count: number): Promise<number> {
  await caller.ask<Filled>('fill', { run: 'warm', count: Math.ceil(count / 10) });
  await untilSettled(connection);
  await sink.reset();
  const startedAt = performance.now();
  await caller.ask<Filled>('fill', { run: 'through', count });
  await sink.untilArrived(count);
  await untilSettled(connection);
  return (count / (performance.now() - startedAt)) * 1000;
}

async function paced({ sink, caller, connection }: Parts, pace: Pace): Promise<void> {
  await sink.reset();
  const count = await caller.ask<number>('pace', pace);
  await sink.untilArrived(count);
  await untilSettled(connection);
}
