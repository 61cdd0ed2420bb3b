// Real: Redis under the ACL that we ship, made by the script that we ship; the built program as processes; the sandbox.
// The server's log of denials shows whether the forwarder needed more rights.
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { endAllPrograms, Program, run } from '../support/program.js';
import { ROOT, Scratch } from '../support/scratch.js';
import { until } from '../support/world.js';

const OLD_PASSWORD = 'an-old:pass@word';
const NEW_PASSWORD = 'the new one';
const API_KEY = 'a-key-of-the-shop';

const scratch = Scratch.outside();
const sandbox = new Sandbox();
let redis: RedisServer;
let admin: Redis;
let environment: Record<string, string>;

beforeAll(async () => {
  const passwords = scratch.path('passwords');
  const acl = scratch.path('users.acl');
  writeFileSync(passwords, `${NEW_PASSWORD}\n${OLD_PASSWORD}`);
  execFileSync('sh', [join(ROOT, 'redis', 'start.sh'), join(ROOT, 'redis', 'users.acl'), passwords, acl, 'true']);
  expect(readFileSync(acl, 'utf8')).not.toContain(OLD_PASSWORD);
  // The user of the test itself: not shipped.
  appendFileSync(acl, 'user admin on >admin ~* &* +@all\n');
  redis = await startServer({ args: ['--aclfile', acl] });
  admin = new Redis(urlFor('admin', 'admin'));
  const url = await sandbox.start();
  environment = {
    REDIS_URL: urlFor('capi', NEW_PASSWORD),
    AMAZON_ADS_ENDPOINT: url,
    LWA_TOKEN_URL: `${url}/auth/o2/token`,
    AMAZON_ADS_PROFILE_ID: '1234567890',
    LWA_CLIENT_ID: 'client',
    LWA_CLIENT_SECRET: 'secret',
    LWA_REFRESH_TOKEN: 'refresh',
    INTAKE_API_KEYS: API_KEY,
    BATCH_LINGER_MS: '30',
    RETRY_BASE_DELAY_MS: '20',
    RETRY_MAX_DELAY_MS: '100',
    MAX_REQUESTS_PER_SECOND: '100',
  };
});

afterAll(async () => {
  await endAllPrograms();
  admin.disconnect();
  await sandbox.stop();
  await redis.stop();
  scratch[Symbol.dispose]();
});

function urlFor(user: string, password: string): string {
  return `redis://${user}:${encodeURIComponent(password)}@127.0.0.1:${redis.port}`;
}

function orders(...ids: string[]): Record<string, unknown>[] {
  return ids.map((id) => ({
    id,
    createdAt: new Date().toISOString(),
    total: '12.50',
    currency: 'USD',
    country: 'US',
    channel: 'web',
    items: [{ sku: 'A-1', quantity: 1, price: '12.50' }],
    customer: { email: `${id}@example.com` },
  }));
}

async function untilDelivered(count: number): Promise<void> {
  await until(() => expect(sandbox.received.list().filter(({ counted }) => counted === 1)).toHaveLength(count));
}

async function denials(): Promise<unknown[]> {
  const entries: unknown = await admin.call('ACL', 'LOG');
  return Array.isArray(entries) ? entries.map((entry) => JSON.stringify(entry)) : [entries];
}

it('an event arrives, fails, is replayed, delivered and counted within the ACL', async () => {
  const intake = await Program.start('intake', [], environment);
  const worker = await Program.start('worker', [], environment);
  sandbox.faults.add({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT' });
  sandbox.faults.add({ kind: 'status', status: 503, times: 1 });
  const answer = await fetch(`${intake.address('intake')}/v1/events?source=order`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${API_KEY}` },
    body: JSON.stringify(orders('good-1', 'bad-1', 'bad-2')),
  });
  expect(await answer.json()).toEqual({ accepted: 3, rejected: [] });
  const file = orders('good-2', 'good-1').map((order) => JSON.stringify(order));
  const imported = await run(['enqueue', '-', '--source', 'order'], environment, file.join('\n'));
  expect(imported).toMatchObject({ code: 0 });
  await untilDelivered(2);
  await until(async () => {
    const { stdout } = await run(['dead-letters', 'list', '--json'], environment);
    expect(JSON.parse(stdout)).toHaveLength(2);
  });

  sandbox.faults.clear();
  expect(await run(['dead-letters', 'stats'], environment)).toMatchObject({ code: 0 });
  const replay = ['dead-letters', 'replay', '--reason', 'rejected', '--match', 'bad-1'];
  expect(await run(replay, environment)).toMatchObject({ code: 0 });
  expect(await run(['dead-letters', 'discard', '--all'], environment)).toMatchObject({ code: 0 });
  await untilDelivered(3);
  await until(async () => {
    const { code, stdout } = await run(['status', '--json'], environment);
    const balance = { accepted: 6, delivered: 3, duplicate: 1, deadLettered: 2, queued: 0, difference: 0 };
    expect({ code, accounts: JSON.parse(stdout) }).toMatchObject({ code: 0, accounts: [{ balance }] });
  });
  const metrics = await (await fetch(`${worker.address('metrics')}/metrics`)).text();
  expect(metrics).toMatch(/^capi_redis_up(\{.*\})? 1$/m);
  expect(metrics).toMatch(/^capi_events_settled_total\{.*outcome="delivered".*\} 3$/m);
  expect(await worker.end('SIGTERM')).toBe(0);
  expect(await intake.end('SIGTERM')).toBe(0);
  expect(await denials()).toEqual([]);
});

it('letters are read, counted, and shown by the console, within the ACL', async () => {
  for (const part of ['operations', 'history', 'export']) {
    expect(await run(['dead-letters', part], environment)).toMatchObject({ code: 0 });
  }
  const console = await Program.start('console', [], { ...environment, CONSOLE_PORT: '0' });
  for (const path of [
    '/',
    '/accounts/default/letters?text=x',
    '/accounts/default/operations',
    '/accounts/default/history',
  ]) {
    const { status } = await fetch(console.address('console') + path);
    expect({ path, status }).toEqual({ path, status: 200 });
  }
  expect(await console.end('SIGTERM')).toBe(0);
  expect(await denials()).toEqual([]);
});

it('the old password of a rotation is still valid', async () => {
  const old = { ...environment, REDIS_URL: urlFor('capi', OLD_PASSWORD) };
  expect(await run(['status'], old)).toMatchObject({ code: 0 });
});

it('check passes, and reports that it may not read appendfsync', async () => {
  const { code, stdout } = await run(['check', '--json'], environment);
  const results: { name: string; level: string }[] = JSON.parse(stdout);
  const levels = Object.fromEntries(results.map(({ name, level }) => [name, level]));
  // The server of this test stores nothing on disk, and `check` may not ask whether it takes snapshots: a warning.
  expect(levels).toMatchObject({
    redis: 'ok',
    'redis writes': 'ok',
    'redis eviction': 'ok',
    'redis persistence': 'warn',
  });
  expect(code).toBe(0);
});

it.each([
  ['FLUSHALL'],
  ['FLUSHDB'],
  ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'],
  ['CONFIG', 'GET', '*'],
  ['KEYS', '*'],
  ['GET', 'session:of-somebody-else'],
  ['SET', 'bull:another-queue:meta', '1'],
  ['EVAL', "return redis.call('GET', KEYS[1])", '1', 'session:of-somebody-else'],
  ['EVAL', "return redis.call('FLUSHALL')", '0'],
  ['SCRIPT', 'FLUSH'],
  ['ACL', 'SETUSER', 'capi', '+@all'],
  ['SUBSCRIBE', 'news'],
  ['SHUTDOWN'],
])('the forwarder may not: %s %s', async (command, ...args) => {
  const connection = new Redis(environment['REDIS_URL'] ?? '');
  try {
    await expect(connection.call(command, ...args)).rejects.toThrow(/NOPERM|ACL|permission|can't run this command/i);
  } finally {
    connection.disconnect();
  }
});

it('every refusal is in the server’s log: an empty log above means that nothing was refused', async () => {
  expect((await denials()).length).toBeGreaterThan(5);
});

it.each([[''], [':wrong@'], ['default:the%20new%20one@']])('nobody else comes in (%s)', async (userInfo) => {
  const connection = new Redis(`redis://${userInfo}127.0.0.1:${redis.port}`, { retryStrategy: () => null });
  connection.on('error', () => undefined);
  try {
    await expect(connection.call('PING')).rejects.toThrow();
  } finally {
    connection.disconnect();
  }
});
