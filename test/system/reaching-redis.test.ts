// Real: the built program as processes; a Redis server only for this test that requires a password.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { conversionPayload } from '../support/events.js';
import { type Ended, endAllPrograms, Program, run, runNode } from '../support/program.js';
import { until } from '../support/world.js';

const PASSWORD = 'canary-of-the-password';
let redis: RedisServer;
let admin: Redis;
let folder: string;
let port: string;
let environment: Record<string, string>;

beforeAll(async () => {
  redis = await startServer();
  admin = new Redis(redis.url);
  await admin.config('SET', 'requirepass', PASSWORD);
  port = new URL(redis.url).port;
  folder = await mkdtemp(join(tmpdir(), 'capi-reaching-'));
  await writeFile(join(folder, 'orders.ndjson'), `${JSON.stringify(conversionPayload())}\n`);
  environment = {
    AMAZON_ADS_PROFILE_ID: '1',
    LWA_CLIENT_ID: 'c',
    LWA_CLIENT_SECRET: 's',
    LWA_REFRESH_TOKEN: 'r',
    LWA_TOKEN_URL: 'https://127.0.0.1:1/token',
    SHOPIFY_SHOP: 'shop',
    SHOPIFY_CLIENT_ID: 'c',
    SHOPIFY_CLIENT_SECRET: 's',
    INTAKE_PORT: '0',
    CONSOLE_PORT: '0',
  };
});

afterAll(async () => {
  await endAllPrograms();
  admin.disconnect();
  await redis.stop();
  await rm(folder, { recursive: true });
});

const COMMANDS = [
  'status',
  'dead-letters list',
  'dead-letters replay --all',
  'enqueue orders.ndjson --source conversion',
  'reconcile shopify',
  'demo',
  'demo --serve',
  'reconcile shopify --every 1h',
  'intake',
  'console',
  'worker',
];

const argumentsOf = (command: string) =>
  command.split(' ').map((arg) => (arg.endsWith('.ndjson') ? join(folder, arg) : arg));

/** The demo is a separate program. */
function runAny(command: string, variables: Record<string, string>): Promise<Ended> {
  const [name, ...options] = command.split(' ');
  if (name !== 'demo') return run(argumentsOf(command), variables);
  return runNode(['--import', 'tsx', 'dev/demo/main.ts', ...options], variables);
}

describe('a Redis with a password', () => {
  it.concurrent.each(COMMANDS)('%s: a wrong password ends it at once with 1 and says so', async (command) => {
    const url = `redis://:canary-of-a-wrong-one@127.0.0.1:${port}`;
    const { code, stdout, stderr } = await runAny(command, { ...environment, REDIS_URL: url });
    expect({ code, stdout, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`Redis at 127.0.0.1:${port} refuses the password in REDIS_URL`),
    });
    expect(stderr).not.toMatch(/canary|capi-forwarder: WRONGPASS/);
  });

  it.each(['redis', 'redis+cluster'])('says over %s:// that REDIS_URL has no password', async (scheme) => {
    const url = `${scheme}://127.0.0.1:${port}`;
    const { code, stderr } = await run(['status'], { ...environment, REDIS_URL: url });
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('REDIS_URL has none') });
  });

  it('is let in with the right one', async () => {
    const url = `redis://:${PASSWORD}@127.0.0.1:${port}`;
    expect(await run(['status'], { ...environment, REDIS_URL: url })).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a Redis that cannot be reached', () => {
  const lines = (text: string) => text.trim().split('\n');

  // The demo checks this like the others, before it starts anything.
  it.concurrent.each(COMMANDS.slice(0, 5))('%s: says where it looked and what to do', async (command) => {
    const { code, stderr } = await runAny(command, { ...environment, REDIS_URL: 'redis://127.0.0.1:1' });
    expect(code).toBe(1);
    expect(lines(stderr).at(-1)).toContain('Redis at 127.0.0.1:1 cannot be reached: start it, or correct REDIS_URL');
  });

  it.each([
    ['redis://host.invalid:6379', 'Redis at host.invalid:6379 has a name'],
    ['redis+sentinel://127.0.0.1:1/mymaster', 'no Sentinel answers'],
  ])('tells %s apart', async (url, text) => {
    expect(await run(['status'], { REDIS_URL: url })).toMatchObject({ code: 1, stderr: expect.stringContaining(text) });
  });

  it('a service waits for it after an earlier login', async () => {
    const url = `redis://:${PASSWORD}@127.0.0.1:${port}`;
    const intake = await Program.start('intake', [], { ...environment, REDIS_URL: url });
    // Open connections stay. New ones are refused.
    await admin.config('SET', 'requirepass', 'another');
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal');
    await until(() => expect(intake.log).toContain('WRONGPASS'));
    await admin.config('SET', 'requirepass', PASSWORD);
    expect(await intake.end('SIGTERM')).toBe(0);
  });
});
