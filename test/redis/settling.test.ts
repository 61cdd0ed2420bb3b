// Real: Redis, BullMQ with short locks, undici, the sandbox. A lost worker is simulated by deleting its lock.
import { Job } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { undatedLetterJob } from '../../src/dead-letters/letter.js';
import { beginDiscard } from '../../src/dead-letters/operations/operations.js';
import { indexLetters } from '../../src/dead-letters/shelf-scripts.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import { balanceOf, countQueuedEvents } from '../../src/queue/balance.js';
import { luaOf, openRecorder } from '../../src/queue/bullmq-commands.js';
import { CONVERSIONS_QUEUE, DEAD_LETTERS_QUEUE, keysOf, openQueue, prefixOf } from '../../src/queue/queue.js';
import { runScript } from '../../src/redis/script.js';
import { deadLetterCall } from '../../src/worker/dead-letter-script.js';
import { SETTLE } from '../../src/worker/settle-script.js';
import { eventOf, idsFrom } from '../support/events.js';
import { asAdministrator } from '../support/guard.js';
import { letterWith } from '../support/letters.js';
import { metricOf, until, World } from '../support/world.js';

const BY = { by: 'tess', via: 'command' } as const;
const EVERYTHING = { filter: {}, corrections: [] } as const;

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const jobKey = (id: string) => `${prefixOf(world.account)}:${CONVERSIONS_QUEUE}:${id}`;

async function balance() {
  const { ledger } = await world.state();
  return balanceOf(ledger, await countQueuedEvents(world.account, world.connection));
}

describe('settling', () => {
  it('shrinks a job to the events that must go again, with their attempts', async () => {
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'later', code: 'INTERNAL_ERROR' });
    await world.close();
    world = await World.open({ RETRY_BASE_DELAY_MS: '600000', RETRY_MAX_DELAY_MS: '600000' });
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'later', code: 'INTERNAL_ERROR' });
    await world.enqueue([eventOf('a'), eventOf('later'), eventOf('b')]);
    await world.startWorker();
    await until(async () => expect((await world.state()).jobs.delayed).toBe(1));
    const data: unknown = JSON.parse((await world.connection.hget(jobKey('1'), 'data')) ?? '');
    expect(data).toMatchObject({ v: 1, events: [{ event: { clientDedupeId: 'later' }, attempts: 1 }] });
    expect(await balance()).toMatchObject({ accepted: 3, delivered: 2, queued: 1, difference: 0 });
  });

  it('keeps an event unchanged if only its head is JSON, and delivers its neighbours', async () => {
    const events = ['a', 'broken', 'c'].map((id) => eventOf(id));
    const texts = events.map((event) => JSON.stringify(event));
    const broken = (texts[1] ?? '').replace('"values":["', '"values":[');
    const entries = [texts[0], broken, texts[2]].map((text) => `{"event":${text}}`);
    await world.enqueue(events);
    const data = `{"v":1,"isCounted":true,"source":"ga4","enqueuedAt":${Date.now()},"events":[${entries.join(',')}]}`;
    await world.connection.hset(jobKey('1'), 'data', data);
    await world.startWorker();
    await world.untilSettled({ delivered: 2, dead_lettered: 1 });
    expect(await world.letters()).toMatchObject([{ reason: 'unreadable', event: null, raw: broken }]);
    expect(
      world.sandbox.received
        .list()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(['a', 'c']);
    expect(await balance()).toMatchObject({ accepted: 3, delivered: 2, deadLettered: 1, difference: 0 });
  });

  it('counts events of a stock BullMQ producer as well', async () => {
    await world.withQueue((queue) =>
      queue.add('conversions', {
        v: 1,
        events: [{ event: eventOf('a'), source: 'conversion', enqueuedAt: Date.now() }],
      }),
    );
    expect(await balance()).toMatchObject({ accepted: 1, queued: 1, difference: 0 });
    await world.startWorker();
    await world.untilSettled({ enqueued: 1, delivered: 1 });
    expect(await balance()).toMatchObject({ accepted: 1, delivered: 1, difference: 0 });
  });

  it('hashes raw match keys that a stock producer put on the queue', async () => {
    const raw = { ...eventOf('a'), matchKeys: [{ type: 'EMAIL', values: ['Jane.Doe@Example.com'] }] };
    await world.withQueue((queue) => queue.add('any', { v: 1, events: [{ event: raw, source: 'conversion' }] }));
    await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    expect(world.sandbox.received.list()).toMatchObject([{ id: 'a', hasPlaintext: false }]);
  });

  it('counts once what is settled twice because its answer was lost', async () => {
    const keys = keysOf(world.account);
    await world.connection.hset(jobKey('7'), 'data', 'before');
    await world.connection.set(`${jobKey('7')}:lock`, 'token');
    const call = {
      script: SETTLE,
      keys: [keys.ledger, keys.window, jobKey('7')],
      args: [1000, 1000, '', '', 20, 0, 1, 1000, '', 'token', '', '7/run#1', 'after', 0, 2, 1, 0, ''],
    };
    expect(await runScript(world.connection, call)).toBe('1');
    expect(await runScript(world.connection, call)).toBe('1');
    expect((await world.state()).ledger).toMatchObject({ delivered: 2, duplicate: 1 });
    // BullMQ may give the next run of the job the same token. It is still a different settling.
    const nextRun = {
      ...call,
      args: [1000, 1000, '', '', 20, 0, 1, 1000, '', 'token', '7/run#1', '7/next#1', 'after', 0, 1, 0, 0, ''],
    };
    expect(await runScript(world.connection, nextRun)).toBe('1');
    expect((await world.state()).ledger).toMatchObject({ delivered: 3, duplicate: 1 });
    await world.connection.set(`${jobKey('7')}:lock`, 'somebody else');
    expect(
      await runScript(world.connection, {
        ...call,
        args: [1000, 1000, '', '', 20, 0, 1, 1000, '', 'token', '7/next#1', '7/run#2', 'later', 0, 1, 0, 0, ''],
      }),
    ).toBe('0');
    expect((await world.state()).ledger).toMatchObject({ delivered: 3 });
    expect(await world.connection.hget(jobKey('7'), 'data')).toBe('after');
  });

  it('writes no letter a second time that somebody took away before the settling came again', async () => {
    const store = new LetterStore(world.account, world.connection);
    const { keys } = store;
    const letter = letterWith({ id: '7-0-a' });
    const queue = openQueue(world.account, DEAD_LETTERS_QUEUE, world.connection);
    const add = (await openRecorder(queue))(undatedLetterJob(letter));
    await world.connection.hset(jobKey('7'), 'data', 'before');
    await world.connection.set(`${jobKey('7')}:lock`, 'token');
    const settling = {
      script: SETTLE,
      keys: [keys.ledger, keys.window, jobKey('7')],
      args: [1000, 1000, '', '', 20, 0, 1, 1000, '', 'token', '', '7/run#1', 'after', 0, 0, 0, 1, ''],
    };
    const written = [{ key: keys.letter + letter.id, job: 1, add }];
    const call = deadLetterCall(luaOf(add.name, world.connection), written, indexLetters(keys, [letter]), settling);
    expect(await runScript(world.connection, call)).toBe('1');
    expect(await store.count({})).toBe(1);
    const { ended } = await beginDiscard({ store, connection: world.connection }, EVERYTHING, BY);
    expect(await ended).toMatchObject({ done: 1 });
    expect(await runScript(world.connection, call)).toBe('1');
    expect(await store.count({})).toBe(0);
    expect(await store.get(letter.id)).toBeUndefined();
    await queue.close();
  });
});

describe('losing locks and stalling', () => {
  it('delivers a job that stalls again and again, and never lets it end in the failed set', async () => {
    await world.enqueue([eventOf('x')]);
    // A worker that takes the job and is lost, five times: the lock is deleted, the job stays in `active`.
    await world.withQueue(async (queue) => {
      for (let round = 0; round < 5; round += 1) {
        const { Worker } = await import('bullmq');
        const thief = new Worker(CONVERSIONS_QUEUE, null, {
          connection: world.connect('capi-thief'),
          prefix: prefixOf(world.account),
          lockDuration: 50,
          stalledInterval: 60,
          maxStalledCount: 1_000_000,
        });
        await until(async () => {
          const job = await thief.getNextJob('thief', { block: false });
          expect(job ?? (await queue.getActiveCount())).toBeTruthy();
        });
        await thief.startStalledCheckTimer();
        await until(async () => expect(await queue.getWaitingCount()).toBe(1));
        await thief.close();
      }
    });
    const { metrics } = await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    expect(await metricOf(metrics, 'capi_queue_jobs', { account: world.account, state: 'failed' })).toBe(0);
  });

  it('gives up a job whose lock was taken away, without counting it twice', async () => {
    world.sandbox.faults.add({ kind: 'latency', ms: 300, times: 1 });
    await world.enqueue([eventOf('x')]);
    await world.startWorker();
    await until(async () => expect((await world.state()).jobs.active).toBe(1));
    await until(() => expect(world.sandbox.stats.requests).toBe(1));
    await world.connection.set(`${jobKey('1')}:lock`, 'somebody else', 'PX', 500);
    // Back by stall recovery. The window knows that it was delivered, and that it was not counted.
    await world.untilSettled({ enqueued: 1, delivered: 1, duplicate: 0 }, 10_000);
    expect(world.sandbox.received.list()).toMatchObject([{ received: 1 }]);
    expect(await balance()).toMatchObject({ difference: 0 });
  });
});

describe('reading jobs that are none of ours', () => {
  async function plant(data: string): Promise<void> {
    await world.withQueue(async (queue) => {
      const job = await queue.add('conversions', {});
      await world.connection.hset(jobKey(job.id ?? ''), 'data', data);
    });
  }

  it.each([
    ['text that is no JSON', '{"v":1,"events":['],
    ['an object without a version', '{"hello":"world"}'],
    ['a job of a later version', '{"v":2,"events":[]}'],
    ['null', 'null'],
    ['a list', '[1,2]'],
  ])('keeps %s as a dead letter', async (_what, data) => {
    await plant(data);
    await world.startWorker();
    await world.untilSettled({ enqueued: 1, dead_lettered: 1 });
    const [letter] = await world.letters();
    expect(letter).toMatchObject({ reason: 'unreadable', event: null });
    expect(JSON.parse(JSON.stringify(letter?.raw))).toBe(data);
  });

  it('keeps only the unreadable event of a job, and delivers the others', async () => {
    const good = { event: eventOf('good'), source: 'conversion', enqueuedAt: Date.now() };
    const bad = { event: { ...eventOf('bad'), countryCode: 'XX' }, source: 'conversion', enqueuedAt: Date.now() };
    await plant(JSON.stringify({ v: 1, events: [bad, good, 'nonsense'] }));
    const { metrics } = await world.startWorker();
    await world.untilSettled({ enqueued: 3, delivered: 1, dead_lettered: 2 });
    expect(world.countedIds()).toEqual(['good']);
    const labels = { account: world.account, reason: 'unreadable', event_type: 'OTHER' };
    expect(await metricOf(metrics, 'capi_dead_lettered_total', labels)).toBe(2);
  });

  it('completes a job without events', async () => {
    await plant('{"v":1,"events":[]}');
    await world.startWorker();
    await world.untilSettled({ enqueued: 0 });
  });
});

describe('stopping', () => {
  it('sends what is gathered, waits for what is in flight, and is idempotent', async () => {
    await world.close();
    world = await World.open({ BATCH_LINGER_MS: '60000' });
    world.sandbox.faults.add({ kind: 'latency', ms: 100 });
    await world.enqueue(idsFrom('id', 120).map((id) => eventOf(id)));
    const { worker, metrics } = await world.startWorker();
    await until(async () => expect((await world.state()).jobs.active).toBe(2));
    await Promise.all([worker.stop(), worker.stop()]);
    await world.untilSettled({ delivered: 120 });
    expect(
      await metricOf(metrics, 'capi_batches_total', { account: world.account, closed_by: 'drain' }),
    ).toBeGreaterThan(0);
    await worker.stop();
  });
});

describe('relying on BullMQ', () => {
  it('finds a job where we write it: its hash, its data, its lock', async () => {
    await world.enqueue([eventOf('a')]);
    await world.withQueue(async (queue) => {
      const job = await Job.fromId(queue, '1');
      expect(job?.data).toMatchObject({ v: 1, isCounted: true, events: [{ event: { clientDedupeId: 'a' } }] });
      await world.connection.hset(jobKey('1'), 'data', '{"changed":true}');
      expect((await Job.fromId(queue, '1'))?.data).toEqual({ changed: true });
      const { Worker } = await import('bullmq');
      const worker = new Worker(CONVERSIONS_QUEUE, null, {
        connection: world.connect('capi-other'),
        prefix: prefixOf(world.account),
      });
      await worker.getNextJob('the-token');
      expect(await world.connection.get(`${jobKey('1')}:lock`)).toBe('the-token');
      await worker.close();
    });
  });
});

describe('settling a job that travels in several batches', () => {
  beforeEach(async () => {
    await world.close();
    world = await World.open({ BATCH_MAX_EVENTS: '2' });
  });

  it('gives no letter the id of another, however a job shrinks, and whatever another program wrote into it', async () => {
    await world.close();
    world = await World.open({ BATCH_MAX_EVENTS: '2', BATCHES_IN_FLIGHT: '1' });
    world.sandbox.faults.add({ kind: 'latency', ms: 500 });
    world.sandbox.faults.add({ kind: 'status', status: 403 });
    await world.enqueue(
      idsFrom('e', 4).map((id) => eventOf(id)),
      { enqueuedAt: Date.now() },
    );
    await world.startWorker();
    await until(async () => expect((await world.state()).ledger.dead_lettered).toBe(2));
    // What the next worker would find if this one were killed now.
    const data: unknown = JSON.parse((await world.connection.hget(jobKey('1'), 'data')) ?? '');
    expect(data).toMatchObject({
      events: [{ event: { clientDedupeId: 'e-2' } }, { event: { clientDedupeId: 'e-3' } }],
    });
    await world.untilSettled({ dead_lettered: 4 });
    expect(await world.letters()).toHaveLength(4);
    world.sandbox.faults.clear();
    world.sandbox.faults.add({ kind: 'item_error', idHolds: '-', code: 'INVALID_INPUT' });
    // Written by another program: a duplicate position, two different times, and the same job again after it is done.
    const shared = { source: 'till', enqueuedAt: 5, ordinal: 0 };
    const foreign = (id: string) => ({
      v: 1,
      events: [{ event: eventOf(`${id}-1`), ...shared }, { event: eventOf(`${id}-2`), ...shared }, { no: 'event' }],
    });
    await world.withQueue((queue) => queue.add('any', foreign('f'), { jobId: 'order-5' }));
    await world.untilSettled({ dead_lettered: 7 });
    await world.withQueue((queue) => queue.add('any', foreign('g'), { jobId: 'order-5' }));
    await world.untilSettled({ dead_lettered: 10 });
    const letters = await world.letters();
    expect(new Set(letters.map(({ id, event, raw }) => `${id} ${event?.clientDedupeId ?? raw}`)).size).toBe(10);
    expect(new Set(letters.map(({ id }) => id)).size).toBe(10);
  });

  it('sends an id once that stands in two of them', async () => {
    world.sandbox.faults.add({ kind: 'latency', ms: 200 });
    await world.enqueue(['x', 'y', 'x', 'z', 'x'].map((id) => eventOf(id)));
    await world.startWorker();
    await world.untilSettled({ delivered: 3, duplicate: 2 });
    expect(world.sandbox.received.list().every(({ received }) => received === 1)).toBe(true);
  });
});

describe('working after Redis lost the scripts', () => {
  it('enqueues and settles again after a SCRIPT FLUSH', async () => {
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT' });
    await world.enqueue([eventOf('bad-1')]);
    await world.startWorker();
    await world.untilSettled({ dead_lettered: 1 });
    await asAdministrator((redis) => redis.script('FLUSH'));
    await until(() => world.enqueue([eventOf('bad-2'), eventOf('good')]));
    await world.untilSettled({ dead_lettered: 2, delivered: 1 });
    expect(await world.letters()).toHaveLength(2);
    expect(await balance()).toMatchObject({ difference: 0 });
  });
});
