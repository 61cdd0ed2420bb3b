// Real: Redis, BullMQ, undici, the sandbox over HTTP. A lock is lost as in a freeze: its key is deleted, and BullMQ's
// check for stalled jobs gives the job to a worker again, here to the same one.
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { startServer } from '../../scripts/redis.mjs';
import { CONVERSIONS_QUEUE, prefixOf } from '../../src/queue/queue.js';
import { eventOf, idsFrom } from '../support/events.js';
import { metricOf, until, World } from '../support/world.js';

const LOCK_MS = 800;

let world: World;

const eventsOf = (ids: readonly string[]) => ids.map((id) => eventOf(id));

/** Every active job loses its lock. */
async function loseLocks(): Promise<number> {
  const queue = `${prefixOf(world.account)}:${CONVERSIONS_QUEUE}`;
  const ids = await world.connection.lrange(`${queue}:active`, 0, -1);
  const gone = await Promise.all(ids.map((id) => world.connection.del(`${queue}:${id}:lock`)));
  return gone.reduce((sum, count) => sum + count, 0);
}

const untilRequested = (requests: number) =>
  until(() => expect(world.sandbox.stats.requests).toBeGreaterThanOrEqual(requests));

async function open(environment: Record<string, string>): Promise<void> {
  world = await World.open({ BATCHES_IN_FLIGHT: '1', ...environment });
}

describe('ending runs that lost their job', () => {
  afterEach(() => world.close());

  it('a run with events in later batches ends, and the same worker delivers all of them', async () => {
    await open({ BATCH_MAX_EVENTS: '20' });
    world.sandbox.faults.add({ kind: 'latency', ms: 300, times: 2 });
    const ids = idsFrom('id', 200);
    await world.enqueue(eventsOf(ids));
    const { worker, metrics } = await world.startWorker();
    await untilRequested(1);
    expect(await loseLocks()).toBeGreaterThan(0);
    await world.untilSettled({ enqueued: 200, dead_lettered: 0 });
    expect(world.countedIds().toSorted()).toEqual(ids.toSorted());
    expect(await metricOf(metrics, 'capi_oldest_run_seconds', { account: world.account })).toBe(0);
    expect(await worker.stop()).toBe(true);
  });

  it('a run with events in a later half of a split batch ends, and the same worker delivers all of them', async () => {
    await open({ BATCH_MAX_EVENTS: '100' });
    world.sandbox.faults.add({ kind: 'poison', idHolds: 'poison' });
    const ids = idsFrom('id', 100).map((id, place) => (place === 3 ? 'poison' : id));
    await world.enqueue(eventsOf(ids));
    world.sandbox.faults.add({ kind: 'latency', ms: 100 });
    const { worker } = await world.startWorker();
    await untilRequested(2);
    expect(await loseLocks()).toBe(1);
    await world.untilSettled({ enqueued: 100, dead_lettered: 1 });
    expect(world.countedIds()).toHaveLength(99);
    expect(await worker.stop()).toBe(true);
  });

  it('an event of a good job that follows one of a lost run goes again and is delivered', async () => {
    await open({ BATCH_MAX_EVENTS: '10' });
    world.sandbox.faults.add({ kind: 'latency', ms: 400, times: 1 });
    // The second job repeats ids of the first. Its events follow those in the waiting batches.
    const ids = idsFrom('id', 20);
    await world.enqueue(eventsOf([...ids, ...idsFrom('first', 2)]));
    await world.enqueue(eventsOf([...ids.slice(12), 'second']));
    const { worker } = await world.startWorker();
    await untilRequested(1);
    const queue = `${prefixOf(world.account)}:${CONVERSIONS_QUEUE}`;
    const [first] = (await world.connection.lrange(`${queue}:active`, 0, -1)).toReversed();
    await world.connection.del(`${queue}:${first}:lock`);
    await world.untilSettled({ enqueued: 31, dead_lettered: 0 });
    expect(world.countedIds().toSorted()).toEqual([...ids, 'first-0', 'first-1', 'second'].toSorted());
    expect(await worker.stop()).toBe(true);
  });

  it('a job that comes back while its lost run waits for an answer is sent once', async () => {
    await open({ BATCH_MAX_EVENTS: '100' });
    world.sandbox.faults.add({ kind: 'latency', ms: 1_500, times: 1 });
    const ids = idsFrom('id', 60);
    await world.enqueue(eventsOf(ids));
    const { worker } = await world.startWorker();
    await untilRequested(1);
    expect(await loseLocks()).toBe(1);
    await world.untilSettled({ enqueued: 60, delivered: 60, duplicate: 0 });
    expect(world.sandbox.stats.requests).toBe(1);
    expect(await worker.stop()).toBe(true);
  });

  it('a job keeps its lock although an earlier run of it ends in the same worker', async () => {
    await open({ BATCH_MAX_EVENTS: '100' });
    world.sandbox.faults.add({ kind: 'latency', ms: 1_000, times: 1 });
    world.sandbox.faults.add({ kind: 'status', status: 503, times: 1 });
    await world.enqueue(eventsOf(idsFrom('id', 60)));
    const { metrics } = await world.startWorker({}, LOCK_MS);
    await untilRequested(1);
    expect(await loseLocks()).toBe(1);
    // The job's new run waits for Amazon longer than a lock lasts.
    world.sandbox.faults.add({ kind: 'latency', ms: 2_500, times: 1 });
    await world.untilSettled({ delivered: 60 });
    expect(await metricOf(metrics, 'capi_jobs_stalled_total', { account: world.account })).toBe(1);
  });
});

describe('stopping while a batch is being halved', () => {
  afterEach(() => world.close());

  it('sends no further half, and gives back what waits', async () => {
    await open({ BATCH_MAX_EVENTS: '200' });
    // Halves and halves of halves: some twenty requests of half a second.
    world.sandbox.faults.add({ kind: 'poison', idHolds: 'poison' });
    world.sandbox.faults.add({ kind: 'latency', ms: 500 });
    await world.enqueue(eventsOf(idsFrom('id', 98).concat('poison-1', 'poison-2')));
    const { worker } = await world.startWorker();
    await untilRequested(2);
    const stopped = worker.stop();
    const sent = world.sandbox.stats.requests;
    expect(await stopped).toBe(true);
    expect(world.sandbox.stats.requests).toBe(sent);
    const { queuedEvents, jobs } = await world.state();
    expect(queuedEvents).toBeGreaterThan(0);
    expect(jobs).toMatchObject({ active: 0, failed: 0 });
    world.sandbox.faults.clear();
    await world.startWorker();
    await world.untilSettled({ enqueued: 100, dead_lettered: 0 });
    expect(world.countedIds()).toHaveLength(100);
  });
});

describe('surviving freezes of Redis', () => {
  it('five of them longer than a lock, under slow answers with poison: the same worker delivers all, and stops in time', async () => {
    const redis = await startServer();
    const admin = new Redis(redis.url);
    try {
      world = await World.open({ REDIS_URL: redis.url });
      world.sandbox.faults.add({ kind: 'latency', ms: 250 });
      world.sandbox.faults.add({ kind: 'poison', idHolds: 'poison' });
      const ids = idsFrom('id', 4_000).map((id, place) => (place % 2_000 === 700 ? `poison-${place}` : id));
      await world.enqueue(eventsOf(ids));
      const { worker, metrics } = await world.startWorker({}, LOCK_MS);
      const pid = Number(/process_id:(\d+)/.exec(await admin.info('server'))?.[1]);
      for (let freeze = 1; freeze <= 5; freeze += 1) {
        const before = world.sandbox.stats.requests;
        await untilRequested(before + 2);
        process.kill(pid, 'SIGSTOP');
        const frozenAt = performance.now();
        await until(() => expect(performance.now() - frozenAt).toBeGreaterThan(1.5 * LOCK_MS));
        process.kill(pid, 'SIGCONT');
      }
      expect(await metricOf(metrics, 'capi_jobs_stalled_total', { account: world.account })).toBeGreaterThan(0);
      await world.untilSettled({ enqueued: 4_000, dead_lettered: 2 }, 60_000);
      expect(new Set(world.countedIds()).size).toBe(3_998);
      expect(world.countedIds()).toHaveLength(3_998);
      expect(await metricOf(metrics, 'capi_oldest_run_seconds', { account: world.account })).toBe(0);
      const stoppedAt = performance.now();
      expect(await worker.stop()).toBe(true);
      expect(performance.now() - stoppedAt).toBeLessThan(15_000);
    } finally {
      admin.disconnect();
      await world.close();
      await redis.stop();
    }
  }, 120_000);
});
