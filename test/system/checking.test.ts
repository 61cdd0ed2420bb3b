// Real: the built program as a process, a Redis of its own, the sandbox.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { run } from '../support/program.js';

const sandbox = new Sandbox();
let redis: RedisServer;
let environment: Record<string, string>;

beforeAll(async () => {
  redis = await startServer({ isPersistent: true });
  const url = await sandbox.start();
  environment = {
    REDIS_URL: redis.url,
    AMAZON_ADS_ENDPOINT: url,
    LWA_TOKEN_URL: `${url}/auth/o2/token`,
    AMAZON_ADS_PROFILE_ID: '1234567890',
    LWA_CLIENT_ID: 'client',
    LWA_CLIENT_SECRET: 'canary-secret',
    LWA_REFRESH_TOKEN: 'canary-refresh',
  };
});

afterAll(async () => {
  await sandbox.stop();
  await redis.stop();
});

it('says of everything that is right what was found, without colour, and ends with 0', async () => {
  const { code, stdout, stderr } = await run(['check'], environment);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trim().split('\n');
  expect(lines.map((line) => /^ok {4}([^:]+): /.exec(line)?.[1])).toEqual([
    'settings',
    'redis',
    'redis writes',
    'redis replicas',
    'redis version',
    'redis eviction',
    'redis persistence',
    'redis latency',
    'redis clock',
    'ledger default',
    'token default',
    'profile default',
  ]);
});

it('ends with 1 where something failed, says what to do, and goes on with the other accounts', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capi-check-'));
  const file = join(folder, 'accounts.json');
  const { AMAZON_ADS_ENDPOINT: endpoint, LWA_TOKEN_URL: tokenUrl } = environment;
  const shared = { endpoint, tokenUrl, clientId: 'c', clientSecret: 'canary-secret', refreshToken: 'canary-refresh' };
  const accounts = [
    { ...shared, name: 'wrong', profileId: '42' },
    { ...shared, name: 'right', profileId: '1234567890' },
  ];
  await writeFile(file, JSON.stringify({ accounts }));
  const away = { ...environment, REDIS_URL: 'redis://:canary-password@127.0.0.1:1', ACCOUNTS_FILE: file };
  const { code, stdout, stderr } = await run(['check', '--json'], away);
  await rm(folder, { recursive: true });
  expect(code).toBe(1);
  expect(`${stdout}${stderr}`).not.toContain('canary');
  expect(JSON.parse(stdout)).toEqual([
    { name: 'settings', level: 'ok', found: expect.stringContaining('right (NA, events-manager-v1)') },
    { name: 'redis', level: 'fail', found: expect.any(String), advice: expect.stringContaining('REDIS_URL') },
    { name: 'token wrong', level: 'ok', found: expect.any(String) },
    { name: 'profile wrong', level: 'fail', found: expect.any(String), advice: expect.stringContaining('1234567890') },
    { name: 'token right', level: 'ok', found: expect.any(String) },
    { name: 'profile right', level: 'ok', found: expect.any(String) },
  ]);
});

it('ends with 2 and names every faulty setting', async () => {
  const missing = await run(['check'], { REDIS_URL: redis.url });
  expect(missing).toMatchObject({ code: 2, stdout: '' });
  for (const setting of ['LWA_CLIENT_ID', 'LWA_CLIENT_SECRET', 'LWA_REFRESH_TOKEN', 'AMAZON_ADS_PROFILE_ID']) {
    expect(missing.stderr).toContain(setting);
  }
});
