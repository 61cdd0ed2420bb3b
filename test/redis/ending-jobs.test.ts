// Real: Redis, BullMQ's worker with its guards.
import type { Job } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keysOf } from '../../src/queue/queue.js';
import { RedisTrouble } from '../../src/redis/trouble.js';
import { ConversionWorker } from '../../src/worker/conversion-worker.js';
import { eventOf } from '../support/events.js';
import { until, World } from '../support/world.js';

let world: World;
beforeEach(async () => {
  world = await World.open();
  await world.enqueue([eventOf('x')]);
});
afterEach(() => world.close());

/** Runs a worker with a short lock until nothing is queued. */
async function runUntilEmpty(processor: (job: Job) => Promise<string | undefined>): Promise<void> {
  const worker = new ConversionWorker(world.account, processor, {
    connection: world.connect('capi-worker'),
    concurrency: 1,
    lockMs: 200,
    stalledCheckMs: 100,
    trouble: new RedisTrouble(world.log),
  });
  worker.on('error', () => undefined);
  await worker.waitUntilReady();
  const running = worker.run();
  await until(async () =>
    expect((await world.state()).jobs).toMatchObject({ waiting: 0, active: 0, delayed: 0, failed: 0 }),
  );
  await worker.close();
  await running;
}

describe('ending a job', () => {
  it('does not end one whose settling Redis lost in a failover: it comes back', async () => {
    const settled: string[] = [];
    await runUntilEmpty(async (job) => {
      settled.push(`run#${settled.length}`);
      // The first is known to the old master alone.
      if (settled.length > 1) await world.connection.hset(keysOf(world.account).job + job.id, 'capiSettled', 'run#1');
      return settled.at(-1);
    });
    expect(settled).toEqual(['run#0', 'run#1']);
  });

  it('puts none into the failed set, whatever its processor throws: it comes back', async () => {
    let runs = 0;
    await runUntilEmpty(async () => {
      runs += 1;
      if (runs === 1) throw new Error('a fault');
      return undefined;
    });
    expect(runs).toBe(2);
  });
});
