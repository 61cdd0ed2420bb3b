/**
 * Forwarding: how fast the program and each rival empty a full queue, and what an event costs.
 *
 * A run: a new Redis is filled, then the worker starts. The first quarter of the events is the warm-up of connections,
 * token and compiler, and is not counted. After it, the rate is taken from arrivals at the sink, and the processor time
 * from the worker's and Redis's own counters.
 */
import { Redis } from 'ioredis';
import type { Filled } from '../callers/timing.js';
import type { Usage } from '../child.js';
import type { FigureName } from '../figures.js';
import { eventsOf } from '../payloads.js';
import { type Measured, onStage, type Stage } from '../processes.js';
import { redisUsage } from '../redis-usage.js';
import { FLOOR_LIST } from '../rivals/floor-list.js';
import { Sink } from '../sink-client.js';
import type { Bench } from './section.js';
import { untilSettled } from './settled.js';

const WARM_UP_SHARE = 0.25;
const EVENTS_PER_PUSH = 1_000;

interface Run {
  readonly rate: number;
  readonly workerMicros: number;
  readonly redisMicros: number;
  readonly residentBytes: number;
  /** Redis's processor time to enqueue an event. */
  readonly enqueueMicros: number;
}

export async function measureForwarding({ sizes, ledger, profiles, say }: Bench): Promise<void> {
  const { program, batched, naive } = sizes.forwarded;
  for (let round = 1; round <= sizes.rounds; round += 1) {
    say(`forwarding, round ${round} of ${sizes.rounds}`);
    const ours = await onStage(profiles, (stage) => runProgram(stage, program));
    const floor = await onStage(undefined, (stage) => runRival(stage, 'floor', program));
    const stockBatched = await onStage(undefined, (stage) => runRival(stage, 'batched', batched));
    const stockNaive = await onStage(undefined, (stage) => runRival(stage, 'naive', naive));

    ledger.note('overBatched', ours.rate / stockBatched.rate);
    ledger.note('overNaive', ours.rate / stockNaive.rate);
    ledger.note('overFloor', ours.rate / floor.rate);
    ledger.note('workerCpu', ours.workerMicros);
    ledger.note('redisCpu', ours.enqueueMicros + ours.redisMicros);
    ledger.note('redisForward', ours.redisMicros);
    ledger.note('workerResident', ours.residentBytes / 1e6);
    const runs: [Run, FigureName, FigureName?, FigureName?][] = [
      [ours, 'rateProgram'],
      [floor, 'rateFloor', 'cpuFloor', 'redisFloor'],
      [stockBatched, 'rateBatched', 'cpuBatched', 'redisBatched'],
      [stockNaive, 'rateNaive', 'cpuNaive', 'redisNaive'],
    ];
    for (const [run, rate, cpu, redis] of runs) {
      ledger.note(rate, run.rate);
      if (cpu) ledger.note(cpu, run.workerMicros);
      if (redis) ledger.note(redis, run.redisMicros);
    }
  }
}

async function runProgram(stage: Stage, count: number): Promise<Run> {
  const sink = await Sink.start(stage);
  const connection = new Redis(stage.redis.url);
  try {
    const caller = await stage.start('callers/ours', { redisUrl: stage.redis.url });
    const before = await redisUsage(connection);
    await caller.ask<Filled>('fill', { run: 'f', count });
    const after = await redisUsage(connection);
    await caller.end();
    const worker = await stage.startProgram('worker', sink.environment);
    const run = await timeForwarding({ sink, connection, worker, count, done: () => untilSettled(connection) });
    return { ...run, enqueueMicros: (after.cpuMicros - before.cpuMicros) / count };
  } finally {
    connection.disconnect();
  }
}

async function runRival(stage: Stage, name: 'naive' | 'batched' | 'floor', count: number): Promise<Run> {
  const sink = await Sink.start(stage);
  const connection = new Redis(stage.redis.url);
  try {
    if (name === 'floor') {
      for (let first = 0; first < count; first += EVENTS_PER_PUSH) {
        const events = eventsOf('f', Math.min(EVENTS_PER_PUSH, count - first), first);
        await connection.rpush(FLOOR_LIST, ...events.map((event) => JSON.stringify(event)));
      }
    } else {
      const caller = await stage.start('callers/stock', { redisUrl: stage.redis.url });
      await caller.ask<Filled>('fill', { run: 'f', count });
      await caller.end();
    }
    const config = { redisUrl: stage.redis.url, sinkUrl: sink.url };
    const worker = await stage.start(`rivals/${name}`, config);
    return {
      ...(await timeForwarding({ sink, connection, worker, count, done: async () => undefined })),
      enqueueMicros: 0,
    };
  } finally {
    connection.disconnect();
  }
}

interface Forwarding {
  readonly sink: Sink;
  readonly connection: Redis;
  readonly worker: Measured;
  readonly count: number;
  /** Resolves when the worker has no work left for the arrived events. */
  readonly done: () => Promise<void>;
}

async function timeForwarding({
  sink,
  connection,
  worker,
  count,
  done,
}: Forwarding): Promise<Omit<Run, 'enqueueMicros'>> {
  const warm = await sink.untilArrived(count * WARM_UP_SHARE);
  const [usage, redis] = await Promise.all([worker.usage(), redisUsage(connection)]);
  await sink.untilArrived(count);
  await done();
  const [usageAfter, redisAfter] = await Promise.all([worker.usage(), redisUsage(connection)]);
  // A run so short that everything had arrived at the first look has no rate, but must not fail a smoke test.
  const events = Math.max(1, count - warm);
  return {
    rate: await sink.rate(count * WARM_UP_SHARE, count),
    workerMicros: perEvent(usage, usageAfter, events),
    redisMicros: (redisAfter.cpuMicros - redis.cpuMicros) / events,
    residentBytes: usageAfter.residentBytes,
  };
}

function perEvent(before: Usage, after: Usage, events: number): number {
  return (after.cpuMicros - before.cpuMicros) / events;
}
