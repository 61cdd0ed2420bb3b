// Real: the built program as processes, a separate Redis with AOF, the sandbox. Processes are killed in mid-batch.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { EventWriter } from '../../src/producer/event-writer.js';
import { readAccountState } from '../../src/queue/account-state.js';
import { balanceOf, countQueuedEvents } from '../../src/queue/balance.js';
import { connectRedis, type RedisConnection } from '../../src/redis/connect.js';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { eventOf, idsFrom, queued } from '../support/events.js';
import { endAllPrograms, Program } from '../support/program.js';
import { until } from '../support/world.js';

let redis: RedisServer;
let sandbox: Sandbox;
let environment: Record<string, string>;
let connection: RedisConnection;
let writer: EventWriter;

beforeEach(async () => {
  redis = await startServer({ isPersistent: true });
  sandbox = new Sandbox();
  const url = await sandbox.start();
  environment = {
    REDIS_URL: redis.url,
    AMAZON_ADS_ENDPOINT: url,
    LWA_TOKEN_URL: `${url}/auth/o2/token`,
    AMAZON_ADS_PROFILE_ID: '1234567890',
    LWA_CLIENT_ID: 'client',
    LWA_CLIENT_SECRET: 'secret',
    LWA_REFRESH_TOKEN: 'refresh',
    BATCH_LINGER_MS: '50',
    BATCH_MAX_EVENTS: '100',
    RETRY_BASE_DELAY_MS: '50',
    REQUEST_TIMEOUT_MS: '2000',
  };
  connection = connectRedis(redis.url, 'patient', 'crash-test');
  connection.on('error', () => undefined);
  writer = new EventWriter({ account: 'default', connection, eventsPerJob: 100 });
});

afterEach(async () => {
  await endAllPrograms();
  await writer.close();
  connection.disconnect();
  await sandbox.stop();
  await redis.stop();
});

const startWorker = () => Program.start('worker', [], environment);

const enqueue = (ids: readonly string[]) => writer.write(ids.map((id) => queued(eventOf(id))));

async function untilBalanced(accepted: number, withinMs = 60_000): Promise<void> {
  await until(async () => {
    const { ledger } = await readAccountState('default', connection);
    const balance = balanceOf(ledger, await countQueuedEvents('default', connection));
    expect(balance).toMatchObject({ accepted, queued: 0, difference: 0 });
  }, withinMs);
}

/** Each id counts once at Amazon. Those that came more than once came with the same bytes. */
function expectCountedOnce(ids: readonly string[]): number {
  const received = sandbox.received.list();
  expect(received.map(({ id }) => id).toSorted()).toEqual([...ids].toSorted());
  expect(received.every(({ counted, isSameContent }) => counted === 1 && isSameContent)).toBe(true);
  return received.filter((entry) => entry.received > 1).length;
}

describe('stopping by SIGTERM in mid-batch', () => {
  it('finishes what is in flight, exits with 0 within its time, and the next worker does the rest', async () => {
    sandbox.faults.add({ kind: 'latency', ms: 200 });
    const ids = idsFrom('id', 3000);
    await enqueue(ids);
    const first = await startWorker();
    await until(() => expect(sandbox.received.list().length).toBeGreaterThan(300));
    const startedAt = performance.now();
    expect(await first.end('SIGTERM')).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    const { jobs, ledger } = await readAccountState('default', connection);
    expect(jobs.active).toBe(0);
    expect(ledger.delivered).toBe(sandbox.received.list().length);
    expect(ledger.delivered).toBeLessThan(3000);
    sandbox.faults.clear();
    await startWorker();
    await untilBalanced(3000);
    expect(expectCountedOnce(ids)).toBe(0);
  });
});

describe('being killed in mid-batch', () => {
  it('loses nothing: another worker takes over, and Amazon counts each conversion once', async () => {
    sandbox.faults.add({ kind: 'latency', ms: 150 });
    const ids = idsFrom('id', 3000);
    await enqueue(ids);
    const first = await startWorker();
    await until(() => expect(sandbox.received.list().length).toBeGreaterThan(500));
    await first.end('SIGKILL');
    sandbox.faults.clear();
    await startWorker();
    await untilBalanced(3000);
    // At most the batches in flight were sent again: Amazon had them, but they were not settled yet.
    expect(expectCountedOnce(ids)).toBeLessThanOrEqual(400);
  });

  it('loses nothing when Redis is killed and comes back from its log', async () => {
    sandbox.faults.add({ kind: 'latency', ms: 100 });
    const ids = idsFrom('id', 2000);
    await enqueue(ids);
    await startWorker();
    await until(() => expect(sandbox.received.list().length).toBeGreaterThan(300));
    await redis.kill();
    const again = await startServer({ port: redis.port, folder: redis.folder, isPersistent: true });
    sandbox.faults.clear();
    try {
      await untilBalanced(2000);
      expectCountedOnce(ids);
    } finally {
      // The test's own connection finishes its writes before the server stops.
      await writer.close();
      await endAllPrograms();
      await again.stop();
    }
  });
});

describe('stopping while Redis is away', () => {
  it('with active jobs it ends within its time instead of waiting for ever, and says so', async () => {
    environment = { ...environment, SHUTDOWN_TIMEOUT_MS: '2000' };
    sandbox.faults.add({ kind: 'latency', ms: 1_000 });
    await enqueue(idsFrom('id', 100));
    const worker = await startWorker();
    await until(() => expect(sandbox.stats.requests).toBeGreaterThan(0));
    await redis.kill();
    const startedAt = performance.now();
    expect(await worker.end('SIGTERM')).toBe(1);
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    expect(worker.log).toContain('worker.cut_off');
    // For the clean-up after the test.
    redis = await startServer({ port: redis.port, folder: redis.folder, isPersistent: true });
  });
});
