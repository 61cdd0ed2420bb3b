// Real: Redis, BullMQ, undici, the sandbox over HTTP: the worker of an account, from its start to its stop.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keysOf } from '../../src/queue/queue.js';
import { eventOf, idsFrom } from '../support/events.js';
import { linesOf } from '../support/flights.js';
import { metricOf, until, World } from '../support/world.js';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

async function reopen(environment: Record<string, string>): Promise<void> {
  await world.close();
  world = await World.open(environment);
}

const eventsOf = (ids: readonly string[]) => ids.map((id) => eventOf(id));
const lock = (jobId: string) => `${keysOf(world.account).job}${jobId}:lock`;
const jobs = async () => (await world.state()).jobs;

/** Jobs of so many events each. */
async function enqueueJobs(count: number, eventsEach: number): Promise<void> {
  for (let job = 0; job < count; job += 1) await world.enqueue(eventsOf(idsFrom(`${job}`, eventsEach)));
}

describe('taking jobs', () => {
  it('begins once however often it is started, and ends once however often it is stopped', async () => {
    const { worker } = await world.startWorker();
    await worker.start();
    await world.enqueue(eventsOf(['a']));
    await world.untilSettled({ delivered: 1 });
    expect(await Promise.all([worker.stop(), worker.stop()])).toEqual([true, true]);
    await world.enqueue(eventsOf(['b']));
    expect(await jobs()).toMatchObject({ waiting: 1, active: 0 });
  });

  it.each([
    ['of many events', 10, 2],
    ['of one event', 1, 20],
  ])(
    'holds jobs %s for the batches in flight and one more, and takes others as it ends them',
    async (_what, events, held) => {
      await reopen({ BATCHES_IN_FLIGHT: '1', BATCH_MAX_EVENTS: '10', EVENTS_PER_JOB: '10' });
      world.sandbox.faults.add({ kind: 'latency', ms: 200 });
      await enqueueJobs(40, events);
      await world.startWorker();
      let most = 0;
      await until(async () => {
        most = Math.max(most, (await jobs()).active);
        expect(world.sandbox.stats.requests).toBeGreaterThanOrEqual(3);
      });
      expect(most).toBe(held);
      world.sandbox.faults.clear();
      await world.untilSettled({ delivered: 40 * events });
    },
  );

  it('tells of its oldest job while it holds one, and of the size of its batches', async () => {
    await reopen({ BATCH_MAX_EVENTS: '70' });
    world.sandbox.faults.add({ kind: 'latency', ms: 300, times: 1 });
    await world.enqueue(eventsOf(['a']));
    const { metrics } = await world.startWorker();
    await until(async () =>
      expect(await metricOf(metrics, 'capi_oldest_run_seconds', { account: world.account })).toBeGreaterThan(0),
    );
    await world.untilSettled({ delivered: 1 });
    expect(await metricOf(metrics, 'capi_oldest_run_seconds', { account: world.account })).toBe(0);
    expect(await metricOf(metrics, 'capi_batch_max_events', { account: world.account })).toBe(70);
  });

  it('closes batches on bytes and linger as it is told', async () => {
    await reopen({ BATCH_MAX_BYTES: '10000', BATCH_LINGER_MS: '100' });
    const ids = idsFrom('id', 90);
    const bytesEach = Buffer.byteLength(JSON.stringify(eventOf('id-10'))) + 1;
    // The first ten ids are a byte shorter: that is no event more.
    const fitting = Math.floor((10_000 - Buffer.byteLength('{"eventData":[]}') + 1 + 10) / bytesEach);
    await world.enqueue(eventsOf(ids));
    const { metrics } = await world.startWorker();
    await world.untilSettled({ delivered: 90 });
    expect(world.sandbox.stats).toMatchObject({ requests: Math.ceil(90 / fitting), mostEvents: fitting });
    const { account } = world;
    const closedByBytes = Math.floor(90 / fitting);
    expect(await metricOf(metrics, 'capi_batches_total', { account, closed_by: 'bytes' })).toBe(closedByBytes);
    expect(await metricOf(metrics, 'capi_batches_total', { account, closed_by: 'linger' })).toBe(1);
  });
});

describe('ending jobs', () => {
  it('gives a job back with what is to be tried again, after its back-off', async () => {
    await reopen({ RETRY_BASE_DELAY_MS: '600000', RETRY_MAX_DELAY_MS: '600000' });
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'later', code: 'CONFLICT' });
    await world.enqueue(eventsOf(['good', 'later']));
    await world.startWorker();
    await until(async () => expect(await jobs()).toMatchObject({ active: 0, delayed: 1 }));
    expect((await world.state()).ledger).toMatchObject({ delivered: 1 });
    expect(linesOf(world, 'job.failed')).toEqual([]);
  });

  it('gives a job back at once that waits for nothing, at a stop', async () => {
    world.sandbox.faults.add({ kind: 'credentials', error: 'invalid_grant' });
    await world.enqueue(eventsOf(['a']));
    const { worker } = await world.startWorker();
    await until(async () => expect((await world.state()).gate).toBeDefined());
    expect(await worker.stop()).toBe(true);
    expect(await jobs()).toMatchObject({ waiting: 1, active: 0, delayed: 0, failed: 0 });
  });

  it('leaves a job alone that it has lost, and says so', async () => {
    world.sandbox.faults.add({ kind: 'latency', ms: 200, times: 1 });
    await world.enqueue(eventsOf(['a']));
    await world.startWorker();
    await until(() => expect(world.sandbox.stats.requests).toBe(1));
    await world.connection.set(lock('1'), 'somebody else', 'PX', 300);
    await until(() => expect(linesOf(world, 'job.lost')).toEqual([{ level: 40, account: world.account, jobId: '1' }]));
    await world.untilSettled({ enqueued: 1, delivered: 1, duplicate: 0 });
    expect(world.sandbox.stats.requests).toBe(1);
  });

  it('takes a stalled job up again, counts it, and lets its lost run go first', async () => {
    world.sandbox.faults.add({ kind: 'latency', ms: 700, times: 1 });
    await world.enqueue(eventsOf(['a']));
    const { metrics } = await world.startWorker();
    await until(() => expect(world.sandbox.stats.requests).toBe(1));
    await world.connection.del(lock('1'));
    await until(() =>
      expect(linesOf(world, 'job.stalled')).toEqual([{ level: 40, account: world.account, jobId: '1' }]),
    );
    expect(await metricOf(metrics, 'capi_jobs_stalled_total', { account: world.account })).toBe(1);
    await world.untilSettled({ enqueued: 1, delivered: 1, duplicate: 0 });
    expect(world.sandbox.received.list()).toMatchObject([{ received: 1 }]);
  });

  it('keeps what it cannot read as dead letters', async () => {
    await world.enqueue(eventsOf(['a']));
    await world.connection.hset(keysOf(world.account).job + 1, 'data', 'no JSON');
    const { worker } = await world.startWorker();
    await until(async () => expect((await world.state()).ledger).toMatchObject({ dead_lettered: 1 }));
    expect(await world.letters()).toMatchObject([{ reason: 'unreadable', raw: 'no JSON' }]);
    expect(await worker.stop()).toBe(true);
  });
});

describe('stopping', () => {
  it('is cut off after its time, and says how many events it leaves locked', async () => {
    await reopen({
      SHUTDOWN_TIMEOUT_MS: '300',
      REQUEST_TIMEOUT_MS: '300',
      BATCH_MAX_EVENTS: '1',
      BATCHES_IN_FLIGHT: '1',
    });
    world.sandbox.faults.add({ kind: 'latency', ms: 200 });
    await world.enqueue(eventsOf(idsFrom('id', 6)));
    const { worker } = await world.startWorker();
    await until(() => expect(world.sandbox.stats.requests).toBe(1));
    const startedAt = performance.now();
    expect(await worker.stop()).toBe(false);
    expect(performance.now() - startedAt).toBeGreaterThan(290);
    expect(linesOf(world, 'worker.cut_off')).toEqual([{ level: 50, account: world.account, events: 6 }]);
    // It goes on without BullMQ: not in a process, which ends.
    await until(async () => expect((await world.state()).ledger).toMatchObject({ delivered: 6 }));
  });

  it('waits for what is on its way, and sends what is gathered', async () => {
    await reopen({ BATCH_LINGER_MS: '60000', BATCH_MAX_EVENTS: '2' });
    world.sandbox.faults.add({ kind: 'latency', ms: 200 });
    await world.enqueue(eventsOf(['a', 'b', 'c']));
    const { worker } = await world.startWorker();
    await until(() => expect(world.sandbox.stats.requests).toBe(1));
    expect(await worker.stop()).toBe(true);
    expect((await world.state()).ledger).toMatchObject({ delivered: 3 });
    expect(await jobs()).toMatchObject({ active: 0, waiting: 0 });
  });

  it('ends at once where nothing was taken', async () => {
    const { worker } = await world.startWorker();
    const startedAt = performance.now();
    expect(await worker.stop()).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(linesOf(world, 'worker.cut_off')).toEqual([]);
  });
});
