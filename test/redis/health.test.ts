// Real: Redis, a Redis that is killed, HTTP.
import { describe, expect, it } from 'vitest';
import { startServer } from '../../scripts/redis.mjs';
import { HealthServer } from '../../src/health.js';
import { Metrics } from '../../src/metrics.js';
import { collectAccountState } from '../../src/queue-state.js';
import { connectRedis } from '../../src/redis.js';
import { eventOf } from '../support/events.js';
import { until, World } from '../support/world.js';

describe('answering on the metrics port', () => {
  it('says what is queued, and answers within half a second when Redis is gone', async () => {
    const redis = await startServer();
    const connection = connectRedis(redis.url, 'prompt', 'own');
    connection.on('error', () => undefined);
    const metrics = new Metrics(['default']);
    const collect = () => collectAccountState('default', connection, metrics);
    const health = new HealthServer({ host: '127.0.0.1', port: 0, metrics, connection, collect });
    const url = await health.start();
    await until(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200));
    const up = await (await fetch(`${url}/metrics`)).text();
    expect(up).toContain('capi_redis_up 1');
    expect(up).toContain('capi_queue_jobs{account="default",state="waiting"} 0');
    await redis.kill();
    const startedAt = performance.now();
    const down = await fetch(`${url}/metrics`);
    expect(performance.now() - startedAt).toBeLessThan(500);
    expect(down.headers.get('content-type')).toContain('text/plain');
    expect(await down.text()).toContain('capi_redis_up 0');
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    await health.stop();
    connection.disconnect();
    await redis.stop();
  });

  it('exports the numbers that the ledger, the queue and the dead letters hold', async () => {
    const world = await World.open();
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT' });
    await world.enqueue([eventOf('a'), eventOf('bad')]);
    await world.startWorker();
    await world.untilSettled({ delivered: 1, dead_lettered: 1 });
    await world.withQueue((queue) => queue.pause());
    const metrics = new Metrics([world.account]);
    await collectAccountState(world.account, world.connection, metrics);
    const text = await metrics.registry.metrics();
    expect(text).toContain(`capi_queue_events{account="${world.account}"} 0`);
    expect(text).toContain(`capi_dead_letters{account="${world.account}",reason="rejected"} 1`);
    expect(text).toMatch(
      new RegExp(`capi_dead_letters_oldest_timestamp_seconds\\{account="${world.account}"\\} 1\\d{9}`),
    );
    await world.close();
  });
});
