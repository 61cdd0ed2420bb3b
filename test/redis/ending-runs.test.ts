// Real: Redis, BullMQ, undici, the sandbox over HTTP. A lock is lost as in a freeze: its key is gone, and BullMQ's check
// for stalled jobs hands the job out again, to the same worker.
import { afterEach, describe, expect, it } from 'vitest';
import { CONVERSIONS_QUEUE, prefixOf } from '../../src/queue.js';
import { eventOf, idsFrom } from '../support/events.js';
import { metricOf, until, World } from '../support/world.js';

let world: World;
afterEach(() => world.close());

const eventsOf = (ids: readonly string[]) => ids.map((id) => eventOf(id));

/** Every job that is being worked on loses its lock. */
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
    // The second job's events repeat ids of the first and follow them in the batches that wait.
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
    await world.untilSettled({ enqueued: 60, duplicate: 60 });
    expect(world.sandbox.stats.requests).toBe(1);
    expect(await worker.stop()).toBe(true);
  });

  it('a job keeps its lock although an earlier run of it ends in the same worker', async () => {
    await open({ BATCH_MAX_EVENTS: '100' });
    world.sandbox.faults.add({ kind: 'latency', ms: 1_000, times: 1 });
    world.sandbox.faults.add({ kind: 'status', status: 503, times: 1 });
    await world.enqueue(eventsOf(idsFrom('id', 60)));
    const { metrics } = await world.startWorker({}, 1_000);
    await untilRequested(1);
    expect(await loseLocks()).toBe(1);
    // The job's new run waits for Amazon longer than a lock lasts.
    world.sandbox.faults.add({ kind: 'latency', ms: 2_500, times: 1 });
    await world.untilSettled({ delivered: 60 });
    expect(await metricOf(metrics, 'capi_jobs_stalled_total', { account: world.account })).toBe(1);
  });
});
