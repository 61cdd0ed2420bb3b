/**
 * Enqueueing: our library against BullMQ's own calls, each in its own process and with its own Redis, in turn.
 */
import { Redis } from 'ioredis';
import type { Filled, Timed } from '../callers/timing.js';
import { type Helper, onStage, type Stage } from '../processes.js';
import { redisUsage } from '../redis-usage.js';
import type { Bench } from './section.js';

const WARM_UP_CALLS = 2_000;

interface Side {
  readonly fill: Filled;
  readonly redisMicros: number;
  readonly residentBytes: number;
  readonly lone: Timed;
  /** Calls per second by the number of callers. */
  readonly ten: number;
  readonly thousand: number;
}

export async function measureEnqueueing({ sizes, ledger, say }: Bench): Promise<void> {
  for (let round = 1; round <= sizes.rounds; round += 1) {
    say(`enqueueing, round ${round} of ${sizes.rounds}`);
    const measure = (caller: 'ours' | 'stock') =>
      onStage(undefined, (stage) => measureSide(stage, caller, { ...sizes, count: sizes.filled[caller] }));
    const ours = await measure('ours');
    const stock = await measure('stock');
    ledger.note('manyOverBulk', ours.fill.rate / stock.fill.rate);
    ledger.note('together1000', ours.thousand / stock.thousand);
    ledger.note('loneRatio', ours.lone.p50Micros / stock.lone.p50Micros);
    ledger.note('rateMany', ours.fill.rate);
    ledger.note('rateBulk', stock.fill.rate);
    ledger.note('producerCpu', ours.fill.cpuMicrosPerEvent);
    ledger.note('producerResident', ours.residentBytes / 1e6);
    ledger.note('bulkCpu', stock.fill.cpuMicrosPerEvent);
    ledger.note('redisEnqueue', ours.redisMicros);
    ledger.note('enqueue1', 1e6 / ours.lone.p50Micros);
    ledger.note('enqueue10', ours.ten);
    ledger.note('enqueue1000', ours.thousand);
    ledger.note('add1', 1e6 / stock.lone.p50Micros);
    ledger.note('add10', stock.ten);
    ledger.note('add1000', stock.thousand);
    ledger.note('loneEnqueue', ours.lone.p50Micros);
    ledger.note('loneAdd', stock.lone.p50Micros);
  }
}

interface SideSizes {
  readonly count: number;
  readonly loneCalls: number;
  readonly togetherCalls: number;
}

async function measureSide(stage: Stage, file: string, sizes: SideSizes): Promise<Side> {
  const connection = new Redis(stage.redis.url);
  try {
    const caller = await stage.start(`callers/${file}`, { redisUrl: stage.redis.url });
    await caller.ask('together', { run: 'w', callers: 100, times: Math.min(WARM_UP_CALLS, sizes.togetherCalls) / 100 });
    const lone = await caller.ask<Timed>('lone', { run: 'l', calls: sizes.loneCalls });
    const ten = await together(caller, 10, sizes.togetherCalls);
    const thousand = await together(caller, 1000, sizes.togetherCalls);
    const before = await redisUsage(connection);
    const fill = await caller.ask<Filled>('fill', { run: 'm', count: sizes.count });
    const after = await redisUsage(connection);
    const { residentBytes } = await caller.usage();
    const redisMicros = (after.cpuMicros - before.cpuMicros) / sizes.count;
    return { fill, redisMicros, residentBytes, lone, ten, thousand };
  } finally {
    connection.disconnect();
  }
}

function together(caller: Helper, callers: number, calls: number): Promise<number> {
  return caller.ask<number>('together', { run: `t${callers}`, callers, times: calls / callers });
}
