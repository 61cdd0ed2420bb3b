// Real: Redis, the sandbox. The time of day of this process is changed, Redis's is not.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importLetters } from '../../src/dead-letters/import-letters.js';
import { restsSince } from '../../src/dead-letters/letter.js';
import { discardExpired } from '../../src/dead-letters/operations/retention.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import { createProducer } from '../../src/index.js';
import { RedisClock, redisNowMs } from '../../src/redis/clock.js';
import { Gate } from '../../src/worker/gate.js';
import { contextAt, draftOf, eventOf } from '../support/events.js';
import { layLetters, letterWith } from '../support/letters.js';
import { shiftDate } from '../support/shifted-date.js';
import { until, World } from '../support/world.js';

const DAY_MS = 86_400_000;
const BY = { by: 'tess', via: 'command' } as const;

let world: World;
let store: LetterStore;
let setRight: () => void = () => undefined;
beforeEach(async () => {
  world = await World.open();
  store = new LetterStore(world.account, world.connection);
});
afterEach(async () => {
  setRight();
  await world.close();
});

const parts = () => ({ store, connection: world.connection, log: world.log });

describe('measuring the clock', () => {
  it('says how far the process is from Redis, at once and without a new measurement', async () => {
    const clock = await world.clock();
    expect(Math.abs(clock.offsetMs ?? Number.NaN)).toBeLessThan(2_000);
    expect(clock.isFarOff).toBe(false);
    setRight = shiftDate(31 * DAY_MS);
    expect(clock.offsetMs).toBeGreaterThan(31 * DAY_MS - 2_000);
    expect(clock.isFarOff).toBe(true);
    expect(Math.abs(clock.nowMs() - (await redisNowMs(world.connection, store.keys.ledger)))).toBeLessThan(2_000);
  });

  it('takes the time of the process for Redis’s before the first measurement', () => {
    const clock = new RedisClock({ connection: world.connection, log: world.log });
    expect(clock.offsetMs).toBeUndefined();
    expect(Math.abs(clock.nowMs() - Date.now())).toBeLessThan(50);
  });

  it('tells the log once when it goes wrong, and once when it is right again', async () => {
    const clock = new RedisClock({ connection: world.connection, log: world.log });
    const told = () => world.logLines.map((line) => JSON.parse(line) as { msg: string; ms: number });
    clock.start();
    try {
      await clock.untilMeasured();
      setRight = shiftDate(-45_000);
      await until(() => expect(told()).toMatchObject([{ msg: 'clock.off' }]));
      expect(told()[0]?.ms).toBeLessThan(-40_000);
      setRight();
      await until(() => expect(told()).toMatchObject([{ msg: 'clock.off' }, { msg: 'clock.right' }]));
    } finally {
      await clock.stop();
    }
  });
});

describe('a program that enqueues', () => {
  const timestamp = new Date().toISOString();
  const open = () => createProducer({ redisUrl: world.environment['REDIS_URL'] ?? '', account: world.account });

  it.each([31 * DAY_MS, -31 * DAY_MS])(
    'with a clock %i ms off: events of now are accepted, and say when',
    async (ms) => {
      setRight = shiftDate(ms);
      await using producer = open();
      await producer.enqueue({ ...draftOf('a'), timestamp });
      expect(await producer.enqueueMany([{ ...draftOf('b'), timestamp }])).toMatchObject({ accepted: 1, rejected: [] });
      const data = JSON.parse((await world.connection.hget(`${store.keys.job}1`, 'data')) ?? '') as {
        enqueuedAt: number;
      };
      expect(Math.abs(data.enqueuedAt - (await store.nowMs()))).toBeLessThan(5_000);
    },
  );

  it('whose clock is set while it runs: goes on by Redis’s', async () => {
    await using producer = open();
    await producer.enqueue({ ...draftOf('a'), timestamp });
    setRight = shiftDate(31 * DAY_MS);
    await producer.enqueue({ ...draftOf('b'), timestamp });
    expect(await world.state()).toMatchObject({ ledger: { enqueued: 2 } });
  });

  it('and closes at once: what it had begun is written', async () => {
    setRight = shiftDate(31 * DAY_MS);
    const producer = open();
    const begun = producer.enqueue({ ...draftOf('a'), timestamp });
    await producer.close();
    await begun;
    expect(await world.state()).toMatchObject({ ledger: { enqueued: 1 } });
  });
});

describe('a process whose clock is wrong', () => {
  it('31 days ahead: deletes no dead letter', async () => {
    await layLetters(world.account, world.connection, [letterWith({ diedAt: Date.now() })]);
    setRight = shiftDate(31 * DAY_MS);
    expect(await discardExpired(parts(), 30)).toBeUndefined();
    expect(await store.count({})).toBe(1);
  });

  it.each([31 * DAY_MS, -60_000])('%i ms off: dates the letters that it writes by Redis’s clock', async (offsetMs) => {
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT' });
    await world.startWorker();
    setRight = shiftDate(offsetMs);
    const before = await store.nowMs();
    await world.enqueue([eventOf('bad-1')]);
    await world.untilSettled({ dead_lettered: 1 });
    const [letter] = await world.letters();
    expect(letter?.diedAt).toBeGreaterThanOrEqual(before);
    expect(letter?.diedAt).toBeLessThanOrEqual(await store.nowMs());
    for await (const { since } of store.list({})) expect(since).toBe(letter?.diedAt);
  });

  it('four minutes ahead: lets no event expire early', async () => {
    await world.close();
    world = await World.open({ MAX_EVENT_AGE_HOURS: '1' });
    await world.startWorker();
    const timestamp = new Date(Date.now() - 58 * 60_000).toISOString();
    setRight = shiftDate(4 * 60_000);
    await world.enqueue([eventOf('nearly-too-old', { timestamp })]);
    await world.untilSettled({ delivered: 1, dead_lettered: 0 });
  });

  it('so far off that others take the jobs: delays a retry by their clock, otherwise by its own', async () => {
    const clock = await world.clock();
    setRight = shiftDate(10 * DAY_MS);
    expect(clock.dueMs(1000) - (await store.nowMs())).toBeLessThan(5_000);
    setRight();
    setRight = shiftDate(60_000);
    expect(clock.dueMs(1000) - Date.now()).toBe(1000);
  });

  it('an hour back: does not wait at an open gate', async () => {
    const stopping = new AbortController();
    const gate = new Gate(world.connection, store.keys, { baseMs: 1, maxMs: 1 }, stopping.signal);
    const turn = gate.takeTurn();
    gate.noteClosed(turn, 200, 'throttled');
    setRight = shiftDate(-3_600_000);
    const startedAt = performance.now();
    expect(await gate.pass(turn)).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    stopping.abort();
  });

  it('behind the producer’s clock: no sum of latencies decreases', async () => {
    const { metrics } = await world.startWorker();
    await world.enqueue([eventOf('ahead')], { enqueuedAt: Date.now() + 3_600_000 });
    await world.untilSettled({ delivered: 1 });
    const text = await metrics.registry.metrics();
    const [, sum] = /capi_delivery_latency_seconds_sum\{[^}]*\} (\S+)/.exec(text) ?? [];
    expect(Number(sum)).toBe(0);
  });
});

describe('letters that were imported', () => {
  async function* lines(text: string) {
    yield { number: 1, text };
  }

  it('are kept from their import on, however long ago they failed', async () => {
    const old = letterWith({ id: 'old', diedAt: Date.now() - 60 * DAY_MS });
    const before = await store.nowMs();
    await importLetters(parts(), lines(JSON.stringify(old)), { ...BY, context: contextAt(Date.now()) });
    expect(await discardExpired(parts(), 30)).toBeUndefined();
    const letter = await store.get('old');
    expect(letter).toMatchObject({ diedAt: old.diedAt });
    expect(letter && restsSince(letter)).toBeGreaterThanOrEqual(before);
    // Found by a query for recent letters, as its age is given here.
    expect(await store.count({ sinceMs: before })).toBe(1);
    expect(await discardExpired(parts(), 0)).toMatchObject({ done: 1 });
  });
});
