/**
 * Memory in Redis: of an event on the queue and of an id in the window, measured as growth of `used_memory`, so
 * including the allocator's rounding. The result has no noise: one round.
 */
import { Redis } from 'ioredis';
import { keysOf } from '../../src/queue/queue.js';
import { connectRedis } from '../../src/redis/connect.js';
import { runScript } from '../../src/redis/script.js';
import { digestOf, joinDigests } from '../../src/window/layout.js';
import { claimIds } from '../../src/worker/claim.js';
import { IDS_WORTH_A_RECORD, SETTLE } from '../../src/worker/settle-script.js';
import type { Filled } from '../callers/timing.js';
import { EVENT_BYTES } from '../payloads.js';
import { onStage, type Stage } from '../processes.js';
import { redisUsage } from '../redis-usage.js';
import type { Bench } from './section.js';
import { ACCOUNT } from './settled.js';

export async function measureMemory({ sizes, ledger, say }: Bench): Promise<void> {
  say('memory in Redis');
  const queued = await onStage(undefined, (stage) => queuedBytes(stage, 'ours', sizes.queuedEvents));
  ledger.note('queuedBytes', queued);
  ledger.note('queuedRatio', queued / EVENT_BYTES);
  ledger.note('queuedStockBytes', await onStage(undefined, (stage) => queuedBytes(stage, 'stock', sizes.queuedEvents)));
  ledger.note('windowBytes', await onStage(undefined, (stage) => windowBytes(stage, sizes.windowIds)));
  ledger.note('plainKeyBytes', await onStage(undefined, (stage) => plainKeyBytes(stage, sizes.windowIds)));
}

async function queuedBytes(stage: Stage, caller: 'ours' | 'stock', count: number): Promise<number> {
  const connection = new Redis(stage.redis.url);
  try {
    const helper = await stage.start(`callers/${caller}`, { redisUrl: stage.redis.url });
    await helper.ask<Filled>('fill', { run: 'w', count: 1 });
    const before = await redisUsage(connection);
    await helper.ask<Filled>('fill', { run: 'q', count });
    const after = await redisUsage(connection);
    return (after.usedBytes - before.usedBytes) / count;
  } finally {
    connection.disconnect();
  }
}

const IDS_PER_CALL = 500;
const WINDOW_MS = 48 * 3_600_000;
const TIMES = { leaseMs: 60_000, windowMs: WINDOW_MS };
/** As long as Amazon's. */
const REQUEST_ID = '5c1e7a30-0f0e-4d0f-9a52-7d8c2f0b9a11';
const RUN = { jobId: 'job', owner: 'job/run', token: 'token' };

/** By the scripts that the worker runs, without its other work. */
async function windowBytes(stage: Stage, count: number): Promise<number> {
  const connection = connectRedis(stage.redis.url, 'patient', 'bench');
  const redis = new Redis(stage.redis.url);
  try {
    const keys = keysOf(ACCOUNT);
    await connection.set(`${keys.job}${RUN.jobId}:lock`, RUN.token);
    const before = await redisUsage(redis);
    for (let first = 0; first < count; first += IDS_PER_CALL) {
      const digests = Array.from({ length: IDS_PER_CALL }, (_, index) => digestOf(`order-${first + index}`));
      const claimants = digests.map((digest) => ({ digest, run: RUN }));
      const result = await claimIds(connection, keys, claimants, { ...TIMES, requestIntervalMs: 0 });
      if (result.kind === 'closed') throw new Error('the gate of a fresh Redis is closed');
      await runScript(connection, {
        script: SETTLE,
        keys: [keys.ledger, keys.window],
        args: [
          TIMES.windowMs,
          TIMES.leaseMs,
          joinDigests(digests),
          'd'.repeat(IDS_PER_CALL),
          IDS_WORTH_A_RECORD,
          1,
          0,
          TIMES.windowMs,
          REQUEST_ID,
          result.numbers[0] ?? '',
          IDS_PER_CALL,
          0,
        ],
      });
    }
    const after = await redisUsage(redis);
    return (after.usedBytes - before.usedBytes) / count;
  } finally {
    connection.disconnect();
    redis.disconnect();
  }
}

async function plainKeyBytes(stage: Stage, count: number): Promise<number> {
  const redis = new Redis(stage.redis.url);
  try {
    const before = await redisUsage(redis);
    for (let first = 0; first < count; first += IDS_PER_CALL) {
      const pipeline = redis.pipeline();
      for (let number = first; number < first + IDS_PER_CALL; number += 1) {
        pipeline.set(`sent:order-${number}`, '', 'PX', WINDOW_MS);
      }
      await pipeline.exec();
    }
    const after = await redisUsage(redis);
    return (after.usedBytes - before.usedBytes) / count;
  } finally {
    redis.disconnect();
  }
}
