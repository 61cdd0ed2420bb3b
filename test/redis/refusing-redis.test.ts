// Real: a Redis server only for this test, told to refuse; BullMQ, the sandbox over HTTP.
import { rmSync } from 'node:fs';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { beginDiscard } from '../../src/dead-letters/operations/operations.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import { HealthServer } from '../../src/http/health.js';
import { MemoryGuard } from '../../src/producer/memory-guard.js';
import { probeWrites } from '../../src/queue/write-probe.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { Door } from '../support/door.js';
import { conversionPayload, eventOf, idsFrom } from '../support/events.js';
import { until, World } from '../support/world.js';

/** How long commands are counted while Redis refuses. */
const COUNTED_MS = 2_000;

let redis: RedisServer;
let admin: Redis;
let world: World;

beforeEach(async () => {
  redis = await startServer();
  admin = new Redis(redis.url);
  world = await World.open({ REDIS_URL: redis.url });
});

afterEach(async () => {
  await admin.config('SET', 'maxmemory', '0');
  await world.close();
  admin.disconnect();
  await redis.stop();
});

const eventsOf = (ids: readonly string[]) => ids.map((id) => eventOf(id));
const linesOf = (event: string) => world.logLines.filter((line) => line.includes(`"${event}"`));

async function commandsSoFar(): Promise<number> {
  return Number(/total_commands_processed:(\d+)/.exec(await admin.info('stats'))?.[1]);
}

/** Less than an empty Redis needs: deleting data does not make room. */
const fill = () => admin.config('SET', 'maxmemory', '1');

describe('draining a full Redis', () => {
  it('delivers a backlog, retries, letters and all, and lets nothing in', async () => {
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT' });
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'later', code: 'INTERNAL_ERROR', status: 500, times: 3 });
    const ids = [...idsFrom('id', 2_900), ...idsFrom('bad', 50), ...idsFrom('later', 50)];
    await world.enqueue(eventsOf(ids));
    await fill();
    await expect(world.enqueue(eventsOf(['one-more']))).rejects.toThrow('OOM');
    const { worker } = await world.startWorker();
    await world.untilSettled({ enqueued: 3_000, delivered: 2_950, dead_lettered: 50 });
    expect(linesOf('redis.refused')).toEqual([]);
    expect(await worker.stop()).toBe(true);
  });

  it('discards letters, and keeps the record and the history of it', async () => {
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT' });
    await world.enqueue(eventsOf(idsFrom('bad', 300)));
    await world.startWorker();
    await world.untilSettled({ dead_lettered: 300 });
    await fill();
    const store = new LetterStore(world.account, world.connection);
    const parts = { store, connection: world.connection, log: world.log };
    const { ended } = await beginDiscard(parts, { filter: {}, corrections: [] }, { by: 'test', via: 'command' });
    expect(await ended).toMatchObject({ state: 'done', done: 300 });
    expect(await world.letters()).toEqual([]);
    expect((await world.state()).ledger).toMatchObject({ discarded: 300 });
  });

  it('continues from a worker that held jobs when Redis became full', async () => {
    world.sandbox.faults.add({ kind: 'latency', ms: 200 });
    await world.enqueue(eventsOf(idsFrom('id', 3_000)));
    const { worker } = await world.startWorker();
    await until(() => expect(world.sandbox.stats.requests).toBeGreaterThan(0));
    await fill();
    await world.untilSettled({ enqueued: 3_000, delivered: 3_000 });
    expect(await worker.stop()).toBe(true);
  });
});

describe('waiting while Redis refuses writes', () => {
  it.each([
    {
      code: 'NOREPLICAS',
      refuse: () => admin.config('SET', 'min-replicas-to-write', '1'),
      accept: () => admin.config('SET', 'min-replicas-to-write', '0'),
    },
    {
      code: 'READONLY',
      refuse: () => admin.replicaof('127.0.0.1', 1),
      accept: () => admin.replicaof('NO', 'ONE'),
    },
    {
      code: 'MISCONF',
      refuse: async () => {
        rmSync(redis.folder, { recursive: true });
        await admin.config('SET', 'save', '3600 1');
        await admin.bgsave();
        await until(async () => expect(await admin.info('persistence')).toContain('rdb_last_bgsave_status:err'));
      },
      accept: () => admin.config('SET', 'save', ''),
    },
  ])(
    '$code: few commands, one line that names it, and all is delivered when it is over',
    async ({ code, refuse, accept }) => {
      world.sandbox.faults.add({ kind: 'latency', ms: 300 });
      await world.enqueue(eventsOf(idsFrom('id', 3_000)));
      const { worker } = await world.startWorker();
      await until(() => expect(world.sandbox.stats.requests).toBeGreaterThan(0));
      await refuse();
      await until(() => expect(linesOf('redis.refused')).toHaveLength(1));
      expect(JSON.parse(linesOf('redis.refused')[0] ?? '')).toMatchObject({
        account: world.account,
        code,
        redisMessage: expect.stringMatching(/\w+ \w+/) as unknown,
        count: 1,
      });
      const before = await commandsSoFar();
      const countedFrom = performance.now();
      await until(() => expect(performance.now() - countedFrom).toBeGreaterThan(COUNTED_MS));
      expect((await commandsSoFar()) - before).toBeLessThan(200);
      expect(linesOf('redis.refused')).toHaveLength(1);
      expect(linesOf('worker.fault')).toEqual([]);
      await accept();
      await world.untilSettled({ enqueued: 3_000 }, 25_000);
      expect(world.countedIds()).toHaveLength(3_000);
      // The connection that waited longest logs last: the events may have passed another step before.
      await until(() => expect(linesOf('redis.accepts').length).toBeGreaterThan(0));
      expect(await worker.stop()).toBe(true);
    },
    40_000,
  );

  it('an idle worker waits no worse, and a stop ends the wait', async () => {
    const { worker } = await world.startWorker();
    await admin.config('SET', 'min-replicas-to-write', '1');
    await until(() => expect(linesOf('redis.refused')).toHaveLength(1), 20_000);
    const before = await commandsSoFar();
    const countedFrom = performance.now();
    await until(() => expect(performance.now() - countedFrom).toBeGreaterThan(COUNTED_MS));
    expect((await commandsSoFar()) - before).toBeLessThan(100);
    const stoppedFrom = performance.now();
    expect(await worker.stop()).toBe(true);
    expect(performance.now() - stoppedFrom).toBeLessThan(2_000);
    await admin.config('SET', 'min-replicas-to-write', '0');
  }, 30_000);
});

describe('taking in while Redis is nearly full', () => {
  it('answers 503 with Retry-After above nine tenths of maxmemory, and 202 again below', async () => {
    const memory = new MemoryGuard(world.connection);
    const door = await Door.open(world, world.connection, { memory });
    try {
      const send = (id: string) => door.post(JSON.stringify(conversionPayload({ clientDedupeId: id })));
      const used = Number(/used_memory:(\d+)/.exec(await admin.info('memory'))?.[1]);
      await admin.config('SET', 'maxmemory', String(Math.round(used / 0.95)));
      const refused = await send('a');
      expect(refused).toMatchObject({ status: 503, error: { code: 'QUEUE_UNAVAILABLE' } });
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      expect((await send('b')).status).toBe(503);
      expect(linesOf('redis.refused')).toHaveLength(1);
      expect(JSON.parse(linesOf('redis.refused')[0] ?? '')).toMatchObject({ code: 'REDIS_NEARLY_FULL' });
      await admin.config('SET', 'maxmemory', String(used * 2));
      await until(async () => expect((await send('c')).status).toBe(202));
      expect(linesOf('redis.accepts')).toHaveLength(1);
      expect((await world.state()).ledger).toMatchObject({ enqueued: 1 });
    } finally {
      await door.close();
    }
  });
});

describe('being ready', () => {
  it.each([
    { bringsIn: true, whenFull: { status: 503, said: 'redis refuses writes (OOM)' } },
    { bringsIn: false, whenFull: { status: 200, said: 'ok' } },
  ])(
    'takes a write, not a ping; a full Redis is one that refuses only for who brings in: $bringsIn',
    async ({ bringsIn, whenFull }) => {
      const { connection, account } = world;
      const probe = () => probeWrites(connection, [account], bringsIn);
      const metrics = new Metrics([account]);
      const collect = async () => undefined;
      const health = new HealthServer({ host: '127.0.0.1', port: 0, metrics, connection, probeWrites: probe, collect });
      const url = await health.start();
      const ask = async () => {
        const answer = await fetch(`${url}/readyz`);
        return { status: answer.status, said: ((await answer.json()) as { status: string }).status };
      };
      try {
        await until(async () => expect(await ask()).toEqual({ status: 200, said: 'ok' }));
        await admin.config('SET', 'min-replicas-to-write', '1');
        expect(await ask()).toEqual({ status: 503, said: 'redis refuses writes (NOREPLICAS)' });
        await admin.config('SET', 'min-replicas-to-write', '0');
        await fill();
        expect(await ask()).toEqual(whenFull);
      } finally {
        await health.stop();
      }
    },
  );
});
