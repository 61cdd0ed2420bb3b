// Real: the built program as processes, a Redis of its own, the sandbox; the clocks of all of them are moved by days while they
// run. That takes a C compiler, for Redis; without one this is left out, and test/redis/remembering.test.ts stands for it.
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { readAccountState } from '../../src/queue/account-state.js';
import { connectRedis, type RedisConnection } from '../../src/redis/connect.js';
import { endAllPrograms, Program } from '../support/program.js';
import { until } from '../support/world.js';

const CLOCK = new URL('../chaos/shifted-clock.mjs', import.meta.url).href;
const HOUR_MS = 3_600_000;
const SECRET = 'shopify-secret-of-the-test';
const HAS_COMPILER = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

let folder: string;
let redis: RedisServer;
let connection: RedisConnection;
let intake: Program;
let offsetMs = 0;

beforeAll(async () => {
  if (!HAS_COMPILER) return;
  folder = await mkdtemp(join(tmpdir(), 'capi-days-'));
  await moveClocks(0);
  redis = await startShiftedRedis();
  connection = connectRedis(redis.url, 'patient', 'test-days');
  const clock = { NODE_OPTIONS: `--import ${CLOCK}`, CHAOS_CLOCK_FILE: join(folder, 'node') };
  const sandbox = await Program.start('sandbox', ['--port', '0'], clock);
  const url = sandbox.address('sandbox');
  const environment = {
    ...clock,
    REDIS_URL: redis.url,
    AMAZON_ADS_ENDPOINT: url,
    LWA_TOKEN_URL: `${url}/auth/o2/token`,
    AMAZON_ADS_PROFILE_ID: '1',
    LWA_CLIENT_ID: 'c',
    LWA_CLIENT_SECRET: 's',
    LWA_REFRESH_TOKEN: 'r',
    SHOPIFY_WEBHOOK_SECRET: SECRET,
    INTAKE_PORT: '0',
    BATCH_LINGER_MS: '30',
  };
  intake = await Program.start('intake', [], environment);
  await Program.start('worker', [], environment);
});

afterAll(async () => {
  await endAllPrograms();
  connection?.disconnect();
  await redis?.stop();
  if (folder) await rm(folder, { recursive: true });
});

/** A Redis whose clock is what a file says. */
async function startShiftedRedis(): Promise<RedisServer> {
  const library = join(folder, 'clock.so');
  const source = new URL('../support/shifted-clock.c', import.meta.url).pathname;
  const { status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, source], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const wrapper = join(folder, 'redis-server');
  const preload = `LD_PRELOAD=${library} CLOCK_FILE=${join(folder, 'redis')}`;
  await writeFile(wrapper, `#!/bin/sh\n${preload} exec ${await serverOnPath()} "$@"\n`);
  await chmod(wrapper, 0o755);
  vi.stubEnv('REDIS_BIN', wrapper);
  try {
    return await startServer();
  } finally {
    vi.unstubAllEnvs();
  }
}

async function serverOnPath(): Promise<string> {
  if (process.env['REDIS_BIN']) return process.env['REDIS_BIN'];
  for (const place of (process.env['PATH'] ?? '').split(':')) {
    const names = await readdir(place).catch(() => []);
    const name = names.find((found) => found === 'redis-server' || found === 'valkey-server');
    if (name) return join(place, name);
  }
  throw new Error('no server on the PATH');
}

/** For Redis and for every process of ours. */
async function moveClocks(hours: number): Promise<void> {
  offsetMs = hours * HOUR_MS;
  await writeFile(join(folder, 'redis'), String(hours * 3600));
  await writeFile(join(folder, 'node'), String(offsetMs));
}

async function sendWebhook(topic: string, order: object): Promise<unknown> {
  const body = JSON.stringify(order);
  const response = await fetch(`${intake.address('intake')}/v1/webhooks/shopify`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-shopify-topic': topic,
      'x-shopify-hmac-sha256': createHmac('sha256', SECRET).update(body).digest('base64'),
    },
    body,
  });
  return { status: response.status, ...((await response.json()) as object) };
}

it.runIf(HAS_COMPILER)(
  'an order that comes again after 60 hours is a duplicate, and after 8 days it is refused as too old',
  async () => {
    const fixture = await readFile('test/vectors/sources/shopify/de-guest-created.json', 'utf8');
    const times = { created_at: new Date().toISOString(), processed_at: new Date().toISOString() };
    const order = { ...(JSON.parse(fixture) as object), ...times };
    expect(await sendWebhook('orders/create', order)).toMatchObject({ status: 202, accepted: 1 });
    const ledger = async () => (await readAccountState('default', connection)).ledger;
    await until(async () => expect(await ledger()).toMatchObject({ enqueued: 1, delivered: 1 }));

    await moveClocks(60);
    await until(async () => expect(await connection.time()).toMatchObject([seconds(), expect.anything()]));
    // Processes notice a moved clock within some seconds; an order that comes meanwhile waits.
    expect(await sendWebhook('orders/paid', order)).toMatchObject({ status: 202, accepted: 1 });
    await until(async () => expect(await ledger()).toMatchObject({ enqueued: 2, delivered: 1, duplicate: 1 }), 60_000);

    await moveClocks(8 * 24);
    await until(async () =>
      expect(await sendWebhook('orders/paid', order)).toMatchObject({ status: 200, accepted: 0 }),
    );
    expect(await sendWebhook('orders/paid', order)).toMatchObject({
      rejected: [{ issues: [{ path: 'created_at', message: 'is more than 168 hours ago' }] }],
    });
    // What came before the intake knew its new time is dead-lettered as expired; nothing is sent.
    expect(await ledger()).toMatchObject({ delivered: 1 });
  },
);

/** The clock that all go by, to the second. */
function seconds(): unknown {
  const now = Math.floor((Date.now() + offsetMs) / 1000);
  return expect.toSatisfy((time: unknown) => Math.abs(Number(time) - now) <= 2);
}
