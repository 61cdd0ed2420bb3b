// Real: Redis, a Redis that is killed, HTTP.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { startServer } from '../../scripts/redis.mjs';
import { HealthServer } from '../../src/http/health.js';
import { readApiKeys } from '../../src/producer/http/api-keys.js';
import { collectAccountStates, collectRedisLoad } from '../../src/queue/account-state.js';
import { LedgerWatch } from '../../src/queue/ledger-watch.js';
import { keysOf } from '../../src/queue/queue.js';
import { probeWrites as probe } from '../../src/queue/write-probe.js';
import { connectRedis } from '../../src/redis/connect.js';
import { WatchedSecret } from '../../src/settings/watched-secret.js';
import { fromPino } from '../../src/telemetry/log.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { eventOf } from '../support/events.js';
import { fastestOf } from '../support/fastest.js';
import { metricOf, until, World } from '../support/world.js';

describe('answering on the metrics port', () => {
  it('says what is queued, and answers within half a second when Redis is gone', async () => {
    const redis = await startServer();
    const connection = connectRedis(redis.url, 'prompt', 'own');
    connection.on('error', () => undefined);
    const metrics = new Metrics(['default']);
    const watch = new LedgerWatch({
      account: 'default',
      connection,
      metrics,
      log: fromPino(pino({ level: 'silent' })),
    });
    const collect = () => collectAccountStates({ watches: new Map([['default', watch]]), connection, metrics });
    const probeWrites = () => probe(connection, ['default'], true);
    const health = new HealthServer({ host: '127.0.0.1', port: 0, metrics, connection, probeWrites, collect });
    const url = await health.start();
    await until(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200));
    const up = await (await fetch(`${url}/metrics`)).text();
    expect(up).toContain('capi_redis_up 1');
    expect(up).toContain('capi_queue_jobs{account="default",state="waiting"} 0');
    await redis.kill();
    const down = await fetch(`${url}/metrics`);
    expect(down.headers.get('content-type')).toContain('text/plain');
    expect(await down.text()).toContain('capi_redis_up 0');
    expect(await fastestOf(async () => (await fetch(`${url}/metrics`)).text())).toBeLessThan(500);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    await health.stop();
    connection.disconnect();
    await redis.stop();
  });

  it('counts the files of secrets that cannot be used, and goes on with what was read of them', async () => {
    const world = await World.open();
    const folder = await mkdtemp(join(tmpdir(), 'capi-keys-'));
    const file = join(folder, 'keys');
    await writeFile(file, 'shop=the-key-of-the-shop');
    const { log, connection } = world;
    const keys = new WatchedSecret({
      setting: 'INTAKE_API_KEYS',
      text: undefined,
      file,
      read: readApiKeys,
      unset: [],
      log,
    });
    const metrics = new Metrics([]);
    const parts = {
      host: '127.0.0.1',
      port: 0,
      metrics,
      connection,
      collect: async () => undefined,
      probeWrites: async () => undefined,
      secrets: () => [keys],
    };
    const health = new HealthServer(parts);
    const url = await health.start();
    const unusable = async () =>
      /^capi_secret_files_unusable (\d)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1];
    expect(await unusable()).toBe('0');
    await writeFile(file, '');
    await until(async () => expect(await unusable()).toBe('1'));
    expect(keys.value.map(({ name }) => name)).toEqual(['shop']);
    await writeFile(file, 'till=the-key-of-the-till');
    await until(async () => expect(await unusable()).toBe('0'));
    expect(keys.value.map(({ name }) => name)).toEqual(['till']);
    await health.stop();
    await rm(folder, { recursive: true });
    await world.close();
  });

  it('exports the numbers that the ledger, the queue and the dead letters hold', async () => {
    const world = await World.open();
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT' });
    await world.enqueue([eventOf('a'), eventOf('bad')]);
    await world.startWorker();
    await world.untilSettled({ delivered: 1, dead_lettered: 1 });
    await world.withQueue((queue) => queue.pause());
    const metrics = new Metrics([world.account]);
    await collectAccountStates({ ...world.watched(metrics), metrics });
    const text = await metrics.registry.metrics();
    const of = (labels: string) => `{account="${world.account}"${labels}}`;
    expect(text).toContain(`capi_queue_events${of('')} 0`);
    expect(text).toContain(`capi_ledger_events_total${of(',entry="enqueued"')} 2`);
    expect(text).toContain(`capi_ledger_events_total${of(',entry="dead_lettered"')} 1`);
    expect(text).toContain(`capi_conservation_difference_events${of('')} 0`);
    expect(text).toMatch(
      new RegExp(`capi_conservation_checked_timestamp_seconds\\{account="${world.account}"\\} 1\\d{9}`),
    );
    expect(text).toContain(`capi_dead_letters{account="${world.account}",reason="rejected"} 1`);
    expect(text).toMatch(
      new RegExp(`capi_dead_letters_oldest_timestamp_seconds\\{account="${world.account}"\\} 1\\d{9}`),
    );
    await world.close();
  });

  it('knows of replays and discards that a command has made', async () => {
    const world = await World.open();
    const { ledger } = keysOf(world.account);
    await world.connection.hincrby(ledger, 'replayed', 3);
    await world.connection.hincrby(ledger, 'discarded', 2);
    const metrics = new Metrics([world.account]);
    for (let scrape = 0; scrape < 2; scrape += 1) await collectAccountStates({ ...world.watched(metrics), metrics });
    expect(await metricOf(metrics, 'capi_dead_letters_replayed_total', { account: world.account })).toBe(3);
    expect(await metricOf(metrics, 'capi_dead_letters_discarded_total', { account: world.account })).toBe(2);
    await world.close();
  });

  it('tells how full Redis is, and whether it throws keys away', async () => {
    const redis = await startServer({ args: ['--maxmemory', '50mb'] });
    const connection = connectRedis(redis.url, 'prompt', 'own');
    const metrics = new Metrics([]);
    await collectRedisLoad(connection, metrics);
    expect(await metricOf(metrics, 'capi_redis_memory_max_bytes', {})).toBe(50 * 1024 * 1024);
    expect(await metricOf(metrics, 'capi_redis_memory_used_bytes', {})).toBeGreaterThan(100_000);
    expect(await metricOf(metrics, 'capi_redis_evicted_keys_total', {})).toBe(0);
    expect(await metricOf(metrics, 'capi_redis_disk_failing', {})).toBe(0);
    await connection.config('SET', 'maxmemory-policy', 'allkeys-random');
    for (let key = 0; key < 60; key += 1) await connection.set(`key-${key}`, 'x'.repeat(1024 * 1024));
    await collectRedisLoad(connection, metrics);
    expect(await metricOf(metrics, 'capi_redis_evicted_keys_total', {})).toBeGreaterThan(0);
    connection.disconnect();
    await redis.stop();
  });

  it('counts a reading of Redis that takes too long, and answers all the same', async () => {
    const connection = connectRedis(process.env['REDIS_URL'] ?? '', 'prompt', 'own');
    const metrics = new Metrics(['default']);
    const collect = () => new Promise<void>(() => undefined);
    const probeWrites = () => probe(connection, ['default'], true);
    const health = new HealthServer({ host: '127.0.0.1', port: 0, metrics, connection, probeWrites, collect });
    const url = await health.start();
    await until(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200));
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('capi_collection_failures_total 1');
    expect(await fastestOf(async () => (await fetch(`${url}/metrics`)).text())).toBeLessThan(500);
    await health.stop();
    connection.disconnect();
  });
});
