// Real: a separate Redis server for each state, the intake over HTTP, signatures made as the platforms make them.
//
// The table: each platform x each reason to reject x each state of Redis. A platform switches off a webhook that
// answers 4xx, and sends again what got 503 (WooCommerce never does).
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { REFUSAL_REASONS } from '../../src/mapping/refusal.js';
import { MemoryGuard } from '../../src/producer/memory-guard.js';
import { readAccountState } from '../../src/queue/account-state.js';
import { keysOf } from '../../src/queue/queue.js';
import { WorkerPresence } from '../../src/queue/worker-presence.js';
import { connectRedis } from '../../src/redis/connect.js';
import { Door } from '../support/door.js';
import { contextAt } from '../support/events.js';
import { ORDERS, PLATFORMS, type Platform, REJECTED, signed } from '../support/webhook-orders.js';
import { metricOf, until, World } from '../support/world.js';

interface State {
  readonly name: string;
  readonly begin?: (redis: RedisServer, admin: Redis) => Promise<unknown>;
  readonly end?: (redis: RedisServer, admin: Redis) => Promise<unknown>;
}

/** Those started to replace a killed one. */
const restarted: RedisServer[] = [];

const restart = async ({ port, folder }: RedisServer) => {
  restarted.push(await startServer({ port, folder, isPersistent: true }));
};
/** Long enough for the orders. Rejections have the same answer after it. */
const LOADING_MS = 6_000;
const KEYS = 2_000;

const STATES: readonly State[] = [
  { name: 'there' },
  { name: 'away', begin: (redis) => redis.kill(), end: restart },
  {
    name: 'there, but answering nothing',
    begin: async ({ pid }) => process.kill(pid, 'SIGSTOP'),
    end: async ({ pid }) => process.kill(pid, 'SIGCONT'),
  },
  {
    name: 'full',
    begin: (_redis, admin) => admin.config('SET', 'maxmemory', '1'),
    end: (_redis, admin) => admin.config('SET', 'maxmemory', '0'),
  },
  {
    name: 'a replica that takes no writes',
    begin: (_redis, admin) => admin.call('REPLICAOF', '127.0.0.1', '1'),
    end: (_redis, admin) => admin.call('REPLICAOF', 'NO', 'ONE'),
  },
  {
    name: 'short of replicas',
    begin: (_redis, admin) => admin.config('SET', 'min-replicas-to-write', '1'),
    end: (_redis, admin) => admin.config('SET', 'min-replicas-to-write', '0'),
  },
  {
    name: 'loading its data',
    begin: async (_redis, admin) => {
      const fill = admin.pipeline();
      for (let key = 0; key < KEYS; key += 1) fill.set(`filler:${key}`, String(Math.random()).repeat(20));
      await fill.exec();
      await admin.config('SET', 'key-load-delay', String((LOADING_MS * 1000) / KEYS));
      await admin.config('SET', 'loading-process-events-interval-bytes', '1024');
      // Answered when everything is loaded.
      void admin.call('DEBUG', 'RELOAD').catch(() => undefined);
      const other = admin.duplicate({ enableReadyCheck: false });
      await until(async () => expect(await other.get('x').catch((error: Error) => error.message)).toMatch(/LOADING/));
      other.disconnect();
    },
    end: (_redis, admin) => admin.get('x'),
  },
];

const rejectedCases = PLATFORMS.flatMap((platform) =>
  Object.entries(REJECTED[platform]).map(([reason, change]) => ({ platform, reason, body: change(ORDERS[platform]) })),
);
const comesAgain = (platform: Platform, reason: string) => reason === 'in_future' && platform !== 'woocommerce';

it('knows an order for each reason of each platform', () => {
  for (const platform of PLATFORMS) {
    const none = REFUSAL_REASONS.filter((reason) => REJECTED[platform][reason] === undefined);
    expect({ platform, none }).toEqual({ platform, none: platform === 'woocommerce' ? ['test_order'] : [] });
  }
});

/** An intake whose events go to the Redis of the state, and another one for an account in the EU. */
async function openDoors(world: World, url: string) {
  const connection = connectRedis(url, 'prompt', 'own');
  connection.on('error', () => undefined);
  const parts = { memory: new MemoryGuard(connection), presence: new WorkerPresence(connection) };
  const contextOf = (_account: string, nowMs: number) => contextAt(nowMs, { isConsentRequired: true });
  const door = await Door.open(world, connection, parts);
  const eu = await Door.open(world, connection, { ...parts, contextOf });
  const close = async () => {
    await door.close();
    await eu.close();
    connection.disconnect();
  };
  return { connection, door, eu, close };
}

const deliver = (door: Door, platform: Platform, body: string) =>
  door.send(`/v1/webhooks/${platform}`, body, signed(platform, body));

describe.each(STATES)('answering webhooks while Redis is $name', ({ begin, end }) => {
  let world: World;
  let redis: RedisServer;
  let admin: Redis;
  let doors: Awaited<ReturnType<typeof openDoors>>;

  /** A worker serves the account, which INTAKE_REQUIRE_WORKER requires. */
  const serve = () => admin.set(keysOf(world.account).worker, '1');

  beforeEach(async () => {
    world = await World.open();
    redis = await startServer({ isPersistent: true, args: ['--enable-debug-command', 'local'] });
    admin = new Redis(redis.url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    admin.on('error', () => undefined);
    doors = await openDoors(world, redis.url);
    await serve();
    await begin?.(redis, admin);
  });

  afterEach(async () => {
    await doors.close();
    admin.disconnect();
    await world.close();
    await Promise.all(restarted.splice(0).map((server) => server.stop()));
    await redis.stop();
  });

  it('keeps every webhook alive, and takes what is sent again', { timeout: 90_000 }, async () => {
    const { door, eu, connection } = doors;
    const orders = await Promise.all(PLATFORMS.map((platform) => deliver(door, platform, ORDERS[platform])));
    for (const answer of orders) {
      if (begin === undefined) expect(answer).toMatchObject({ status: 202, accepted: 1 });
      else expect(answer).toMatchObject({ status: 503, error: { code: 'QUEUE_UNAVAILABLE' } });
      expect(answer.headers.get('retry-after')).toBe(begin === undefined ? null : '5');
    }
    for (const { platform, reason, body } of rejectedCases) {
      const asked = reason === 'consent_missing' ? eu : door;
      const labels = { account: world.account, source: platform, reason };
      const before = await metricOf(asked.metrics, 'capi_events_refused_total', labels);
      const answer = await deliver(asked, platform, body);
      const told = { platform, reason, status: answer.status, accepted: answer.accepted, error: answer.error?.code };
      const expected = comesAgain(platform, reason)
        ? { status: 503, accepted: undefined, error: 'IN_FUTURE' }
        : { status: 200, accepted: 0, error: undefined };
      expect(told).toEqual({ platform, reason, ...expected });
      expect(await metricOf(asked.metrics, 'capi_events_refused_total', labels)).toBe(before + 1);
    }
    await end?.(redis, admin);
    // A killed Redis may have lost its last second.
    await serve();
    // A platform that got 503 sends again.
    const takesAll = async () => {
      for (const platform of PLATFORMS) {
        const { status, error } = await deliver(door, platform, ORDERS[platform]);
        expect({ status, error }).toEqual({ status: 202, error: undefined });
      }
    };
    await until(takesAll, 40_000);
    const { ledger } = await readAccountState(world.account, connection);
    expect(ledger.enqueued).toBeGreaterThanOrEqual(PLATFORMS.length);
  });
});
