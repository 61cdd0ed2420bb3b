// Real: Redis, BullMQ's worker with its guards.
import type { Job } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SETTLING_FIELD } from '../../src/queue/bullmq-commands.js';
import { keysOf } from '../../src/queue/queue.js';
import { RedisTrouble } from '../../src/redis/trouble.js';
import { ConversionWorker, settlingOf } from '../../src/worker/conversion-worker.js';
import { eventOf } from '../support/events.js';
import { until, World } from '../support/world.js';

let world: World;
beforeEach(async () => {
  world = await World.open();
  await world.enqueue([eventOf('x')]);
});
afterEach(() => world.close());

/** What a settling stores in the job. */
async function nameSettling(jobId: string | undefined, name: string): Promise<void> {
  await world.connection.hset(keysOf(world.account).job + jobId, SETTLING_FIELD, name);
}

/** Runs a worker with a short lock until nothing is queued. */
async function runUntilEmpty(processor: (job: Job) => Promise<string>): Promise<void> {
  const connection = world.connect('capi-worker');
  const worker = new ConversionWorker(world.account, processor, {
    connection,
    concurrency: 1,
    lockMs: 200,
    stalledCheckMs: 100,
    trouble: new RedisTrouble({ log: world.log, connection }),
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
      // Only the old master knows the first.
      if (settled.length > 1) await nameSettling(job.id, 'run#1');
      return settled.at(-1) ?? '';
    });
    expect(settled).toEqual(['run#0', 'run#1']);
  });

  it('does not end one that Redis has since known with events: it comes back with them', async () => {
    const taken: string[] = [];
    await runUntilEmpty(async (job) => {
      taken.push(settlingOf(job));
      if (taken.length === 1) await nameSettling(job.id, 'an earlier "one"');
      return settlingOf(job);
    });
    expect(taken).toEqual(['', 'an earlier "one"']);
  });

  it('knows of each job its last settling, however it is taken, and nothing of what others note in a job', async () => {
    await world.enqueue([eventOf('y')]);
    await nameSettling('1', 'first');
    await nameSettling('2', 'second');
    await world.connection.hset(keysOf(world.account).job + 2, 'returnvalue', '"another"');
    const taken: string[] = [];
    await runUntilEmpty(async (job) => {
      taken.push(settlingOf(job));
      return settlingOf(job);
    });
    // The step that ends the first takes the second.
    expect(taken).toEqual(['first', 'second']);
  });

  it('puts none into the failed set, whatever its processor throws: it comes back', async () => {
    let runs = 0;
    await runUntilEmpty(async (job) => {
      runs += 1;
      if (runs === 1) throw new Error('a fault');
      return settlingOf(job);
    });
    expect(runs).toBe(2);
  });
});
