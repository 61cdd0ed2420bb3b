// Real: Redis, BullMQ, undici. Simulated: Amazon, by a local HTTP server that answers as each test says. Settings of
// the back-off shorten the times: an outage of 6 s with a longest back-off of 1.5 s stands for 20 minutes with 300 s.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keysOf } from '../../src/queue/queue.js';
import { Gate } from '../../src/worker/gate.js';
import { eventOf, idsFrom } from '../support/events.js';
import { PlainAmazon } from '../support/plain-amazon.js';
import { metricOf, until, World } from '../support/world.js';

const OUTAGE_MS = 6_000;
// Batches linger long enough to be full.
const SHORTENED = { RETRY_BASE_DELAY_MS: '5', RETRY_MAX_DELAY_MS: '1500', BATCH_LINGER_MS: '500' };

let world: World;
let amazon: PlainAmazon;
beforeEach(async () => {
  amazon = await PlainAmazon.open();
  world = await World.open(SHORTENED);
});
afterEach(async () => {
  await world.close();
  await amazon.close();
});

const enqueue = async (ids: readonly string[]) => {
  for (let first = 0; first < ids.length; first += 5_000) {
    await world.enqueue(ids.slice(first, first + 5_000).map((id) => eventOf(id)));
  }
};
const startWorker = () => world.startWorker(amazon.addresses);
const failAll = (status: number, headers: Record<string, string> = {}) => {
  amazon.answer = () => ({ status, headers });
};

describe('waiting through an outage of Amazon', () => {
  it.each([
    ['answers of 503', () => failAll(503)],
    ['pages of HTML under status 200', () => (amazon.answer = () => ({ status: 200, body: '<html>' }))],
  ])('of 20 minutes by %s: no dead letter, few requests, all delivered, oldest first', async (_what, begin) => {
    begin();
    const ids = idsFrom('id', 50_000);
    await enqueue(ids);
    const { metrics } = await startWorker();
    await until(() => expect(amazon.requests.length).toBeGreaterThan(0));
    await sleep(OUTAGE_MS);
    const during = amazon.requests.length;
    expect(during).toBeLessThan(60);
    expect((await world.state()).gate).toMatchObject({ reason: 'unavailable' });
    const tried = new Set(amazon.requests.flatMap((request) => request.ids));
    amazon.answer = () => undefined;
    await world.untilSettled({ delivered: 50_000, dead_lettered: 0 });
    expect(new Set(amazon.delivered).size).toBe(50_000);
    expect(amazon.delivered).toHaveLength(50_000);
    // Batches in flight together may overtake each other.
    const placed = amazon.delivered.filter((id) => !tried.has(id)).map((id) => Number(id.slice(3)));
    const overtaken = placed.filter((number, place) => Math.abs(number - (placed[place] ?? 0)) > 10 * 500);
    expect(overtaken).toEqual([]);
    const { account } = world;
    expect(await metricOf(metrics, 'capi_event_retries_total', { account, reason: 'server_error' })).toBe(0);
    expect((await world.state()).gate).toBeUndefined();
  });

  it('probes with other events each time where others wait, one probe at a time over all workers', async () => {
    failAll(500);
    await enqueue(idsFrom('id', 4_000));
    await startWorker();
    await startWorker();
    await until(() => expect(amazon.requests.length).toBeGreaterThan(18));
    const probes = amazon.requests.slice(10).map(({ ids }) => new Set(ids));
    const isRepeated = (ids: Set<string>, place: number) => [...ids].some((id) => probes[place - 1]?.has(id));
    expect(probes.filter(isRepeated)).toEqual([]);
  });

  it('probes with one half after the other where a single batch waits, and then with smaller ones', async () => {
    failAll(500);
    await enqueue(idsFrom('id', 100));
    await startWorker();
    await until(() => expect(amazon.requests.length).toBeGreaterThan(6));
    const [whole, ...halves] = amazon.requests.map(({ ids }) => ids);
    expect(whole).toHaveLength(100);
    expect(halves.slice(0, 6).map(({ length }) => length)).toEqual([50, 50, 25, 25, 13, 12]);
    halves.forEach((half, place) => {
      expect(half).not.toContain(halves[place - 1]?.[0]);
    });
    amazon.answer = () => undefined;
    await world.untilSettled({ delivered: 100 });
  });

  it('delivers the healthy events where every batch that waits holds events that Amazon fails', async () => {
    const isBad = (id: string) => /[37]$/.test(id);
    amazon.answer = (ids) => (ids.some(isBad) ? { status: 500 } : undefined);
    await world.close();
    world = await World.open({ ...SHORTENED, BATCH_MAX_EVENTS: '20', RETRY_MAX_DELAY_MS: '50' });
    await enqueue(idsFrom('id', 100));
    await startWorker();
    await until(async () => expect((await world.state()).ledger.delivered).toBe(80));
  });

  it.each([
    ['in seconds', () => '2'],
    ['as a date', () => new Date(Date.now() + 4_000).toUTCString()],
  ])('waits as long as Retry-After says on a 503, %s, with all workers', async (_form, retryAfter) => {
    const [first] = idsFrom('id', 1);
    failAll(503, { 'retry-after': retryAfter() });
    await enqueue([String(first)]);
    await startWorker();
    await startWorker();
    await until(() => expect(amazon.requests).toHaveLength(1));
    amazon.answer = () => undefined;
    await enqueue(idsFrom('later', 100));
    await world.untilSettled({ delivered: 101 });
    const [failed, next] = amazon.requests;
    // A date has whole seconds: up to one of the four is lost, and some before the answer.
    expect((next?.atMs ?? 0) - (failed?.atMs ?? 0)).toBeGreaterThan(1_900);
  });
});

describe('finding an event that Amazon cannot take', () => {
  const poisonWith = (status: number) => {
    amazon.answer = (ids) => (ids.includes('poison') ? { status } : undefined);
  };

  it.each([0, 7_321, 19_999])('at place %i among 20,000: it dies alone, in fewer than 60 requests', async (place) => {
    const ids = idsFrom('id', 20_000).toSpliced(place, 1, 'poison');
    poisonWith(500);
    await enqueue(ids);
    await startWorker();
    await until(async () => expect((await world.state()).ledger.delivered).toBe(19_999));
    await world.untilSettled({ delivered: 19_999, dead_lettered: 1 });
    expect(amazon.requests.length).toBeLessThan(60);
    expect(await world.letters()).toMatchObject([
      { reason: 'attempts_exhausted', attempts: 10, answer: { status: 500 }, event: { clientDedupeId: 'poison' } },
    ]);
  });

  it('keeps the mark of a suspect when the worker ends, and sends it alone from then on', async () => {
    await world.close();
    world = await World.open({ RETRY_BASE_DELAY_MS: '1500', RETRY_MAX_DELAY_MS: '1500' });
    poisonWith(503);
    await enqueue(['poison', ...idsFrom('id', 20)]);
    const { worker } = await startWorker();
    await until(async () => expect((await world.state()).jobs.delayed).toBe(1), 25_000);
    await worker.stop();
    const [job] = await world.withQueue((queue) => queue.getJobs(['delayed']));
    expect(job?.data).toMatchObject({ events: [{ isSuspect: true, attempts: expect.any(Number) as number }] });
    const before = amazon.requests.length;
    await enqueue(idsFrom('new', 20));
    await startWorker();
    await until(() => expect(amazon.requests.slice(before).some(({ ids }) => ids.includes('poison'))).toBe(true));
    const carried = amazon.requests.slice(before).filter(({ ids }) => ids.includes('poison'));
    expect(carried.every(({ ids }) => ids.length === 1)).toBe(true);
  });

  it('a suspect that fails closes no gate', async () => {
    amazon.answer = (ids) => (ids.includes('poison') ? { status: 500 } : undefined);
    await world.enqueue([eventOf('poison')], { isSuspect: true });
    await startWorker();
    await until(async () => expect((await world.state()).ledger.dead_lettered).toBe(1));
    expect(amazon.requests).toHaveLength(10);
    expect(world.logLines.filter((line) => line.includes('account.unavailable'))).toEqual([]);
  });
});

describe('closing the gate while a token is fetched', () => {
  it('is seen before the request: the token that came late sends nothing into a closed account', async () => {
    amazon.tokenAfterMs = 700;
    await enqueue(['a']);
    await startWorker();
    await until(() => expect(amazon.tokenRequests).toBe(1));
    // As another worker does after a 429.
    const gate = new Gate(
      world.connection,
      keysOf(world.account),
      { baseMs: 1, maxMs: 1 },
      new AbortController().signal,
    );
    const closedAt = performance.now();
    await gate.close('throttled', 2_500, '429');
    await world.untilSettled({ delivered: 1 });
    expect(amazon.requests).toHaveLength(1);
    expect((amazon.requests[0]?.atMs ?? 0) - closedAt).toBeGreaterThan(2_400);
  });
});

describe('being stopped in an outage', () => {
  const eventsLeft = async () => {
    const jobs = await world.withQueue((queue) => queue.getJobs(['waiting', 'delayed']));
    return jobs.flatMap(({ data }: { data: { events: object[] } }) => data.events);
  };

  it('keeps the mark of what may have been delivered, and spends no attempt', async () => {
    await world.close();
    world = await World.open({ ...SHORTENED, REQUEST_TIMEOUT_MS: '150', RETRY_MAX_ATTEMPTS: '1' });
    amazon.answer = () => ({ status: 207, afterMs: 1_000 });
    await enqueue(['slow']);
    const { worker } = await startWorker();
    await until(async () => expect((await world.state()).gate).toMatchObject({ detail: 'timeout' }));
    await worker.stop();
    const [left] = await eventsLeft();
    expect(left).toMatchObject({ isMaybeDelivered: true, firstAttemptAt: expect.any(Number) as number });
    expect(left).not.toHaveProperty('attempts');
    amazon.answer = () => ({ status: 400 });
    await startWorker();
    await world.untilSettled({ dead_lettered: 1 });
    expect(await world.letters()).toMatchObject([{ reason: 'rejected', isMaybeDelivered: true }]);
  });

  it('marks nothing where no connection came about', async () => {
    await enqueue(['unreached']);
    const { worker } = await world.startWorker({ ...amazon.addresses, endpoint: 'http://127.0.0.1:1' });
    await until(async () => expect((await world.state()).gate).toMatchObject({ detail: 'network' }));
    await worker.stop();
    const [left] = await eventsLeft();
    expect(left).not.toHaveProperty('isMaybeDelivered');
    expect(left).not.toHaveProperty('attempts');
  });

  it('leaves the gate to the next worker at once, though it was about to probe', async () => {
    await world.close();
    world = await World.open({ ...SHORTENED, SHUTDOWN_TIMEOUT_MS: '10000' });
    failAll(503);
    await enqueue(['a']);
    const { worker } = await startWorker();
    await until(() => expect(amazon.requests.length).toBeGreaterThan(2));
    // The probe asks for a token and gets none. It keeps its place at the gate until the worker stops.
    amazon.answer = () => ({ status: 401 });
    amazon.tokenAfterMs = 2_000;
    const refused = amazon.tokenRequests;
    await until(() => expect(amazon.tokenRequests).toBeGreaterThan(refused));
    amazon.answer = () => undefined;
    await worker.stop();
    amazon.tokenAfterMs = 0;
    await startWorker();
    await world.untilSettled({ delivered: 1 }, 5_000);
  });
});

describe('asking gate and rate before each request', () => {
  it('keeps to the rate with halves and with repetitions after a 401 too, over all workers', async () => {
    await world.close();
    world = await World.open({ MAX_REQUESTS_PER_SECOND: '10', BATCH_MAX_EVENTS: '10' });
    amazon.answer = (ids) => {
      if ([1, 4, 9].includes(amazon.requests.length)) return { status: 401 };
      return ids.includes('bad') ? { status: 400 } : undefined;
    };
    await enqueue([...idsFrom('id', 45), 'bad']);
    await startWorker();
    await startWorker();
    await world.untilSettled({ delivered: 45, dead_lettered: 1 });
    expect(amazon.requests.filter(({ status }) => status === 401)).toHaveLength(3);
    expect(amazon.requests.filter(({ status }) => status === 400).length).toBeGreaterThan(2);
    const gaps = amazon.requests.slice(1).map(({ atMs }, place) => atMs - (amazon.requests[place]?.atMs ?? 0));
    // Each a tenth of a second after the one before. Some of it may be lost on the way.
    const sum = gaps.reduce((total, gap) => total + gap, 0);
    expect(sum).toBeGreaterThan(gaps.length * 95);
    expect(Math.min(...gaps)).toBeGreaterThan(40);
  });

  it('looks at the gate once more after a refresh of the token', async () => {
    amazon.tokenAfterMs = 700;
    await enqueue(['a']);
    await startWorker();
    await until(() => expect(amazon.tokenRequests).toBe(1));
    const backOff = { baseMs: 20, maxMs: 200 };
    const gate = new Gate(world.connection, keysOf(world.account), backOff, new AbortController().signal);
    await gate.close('throttled', 2_000, '429');
    const closedAt = performance.now();
    await world.untilSettled({ delivered: 1 });
    expect((amazon.requests[0]?.atMs ?? 0) - closedAt).toBeGreaterThan(1_900);
  });
});
