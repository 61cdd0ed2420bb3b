// Real: the built program as a process, a separate Redis, the sandbox.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { run, runIn } from '../support/program.js';

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
  const consent = { LWA_CONSENT_DATE: new Date().toISOString().slice(0, 10) };
  const { code, stdout, stderr } = await run(['check'], { ...environment, ...consent });
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
    'refresh token default',
  ]);
});

it('tells what would stop a service or a reconcile, in its words, and makes no file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capi-check-'));
  const receipts = join(folder, 'gone', 'receipts.ndjson');
  const { code, stdout, stderr } = await run(['check'], {
    ...environment,
    RECEIPTS_FILE: receipts,
    INTAKE_HOST: '0.0.0.0',
    CONSOLE_HOST: '0.0.0.0',
    SHOPIFY_SHOP: 'my-shop',
  });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  for (const text of [
    `RECEIPTS_FILE: ${receipts}: `,
    'INTAKE_HOST: is open to others',
    'CONSOLE_HOST: is open to others',
    'SHOPIFY_CLIENT_ID',
  ]) {
    expect(stderr).toContain(text);
  }
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
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
    { name: 'refresh token wrong', level: 'warn', found: expect.any(String), advice: expect.stringContaining('redis') },
    { name: 'token right', level: 'ok', found: expect.any(String) },
    { name: 'profile right', level: 'ok', found: expect.any(String) },
    { name: 'refresh token right', level: 'warn', found: expect.any(String), advice: expect.stringContaining('redis') },
  ]);
});

it('ends with 2 and names every faulty setting', async () => {
  const missing = await run(['check'], { REDIS_URL: redis.url });
  expect(missing).toMatchObject({ code: 2, stdout: '' });
  for (const setting of ['LWA_CLIENT_ID', 'LWA_CLIENT_SECRET', 'LWA_REFRESH_TOKEN', 'AMAZON_ADS_PROFILE_ID']) {
    expect(missing.stderr).toContain(setting);
  }
});

it('warns of a secret that .env cuts at a #, and names it where what is left cannot be used', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capi-check-'));
  const check = async (env: string) => {
    await writeFile(join(folder, '.env'), env);
    return runIn(folder, ['check'], environment);
  };
  const cut = await check('# mine\nWOOCOMMERCE_WEBHOOK_SECRET=canary-of-sixteen-#and-more\n');
  expect(cut).toMatchObject({ code: 0, stderr: '' });
  expect(cut.stdout).toMatch(/^warn {2}\.env: line 2 of \.env: WOOCOMMERCE_WEBHOOK_SECRET .*; to do: .*quotes/m);
  const useless = await check('STRIPE_WEBHOOK_SECRET=canary#of-sixteen-and-more\n');
  expect(useless).toMatchObject({ code: 2, stdout: '' });
  expect(useless.stderr).toContain('STRIPE_WEBHOOK_SECRET: is shorter than 16 characters');
  expect(useless.stderr).toContain('line 1 of .env: STRIPE_WEBHOOK_SECRET is not quoted and holds a #');
  const quoted = await check("WOOCOMMERCE_WEBHOOK_SECRET='canary-of-sixteen-#and-more'\n");
  expect(quoted.stdout).not.toContain('.env');
  for (const { stdout, stderr } of [cut, useless, quoted]) expect(`${stdout}${stderr}`).not.toContain('canary');
  await rm(folder, { recursive: true });
});

it('names every secret that a service would not start with', async () => {
  const { code, stderr } = await run(['check'], {
    ...environment,
    INTAKE_API_KEYS: 'canary',
    CONSOLE_TOKEN: 'canary canary canary',
    SHOPIFY_WEBHOOK_SECRET: 'canary',
  });
  expect(code).toBe(2);
  for (const setting of ['INTAKE_API_KEYS', 'CONSOLE_TOKEN', 'SHOPIFY_WEBHOOK_SECRET']) {
    expect(stderr).toContain(`${setting}: `);
  }
  expect(stderr).not.toContain('canary');
});

describe('--send-test', () => {
  const idsReceived = () => sandbox.received.list().map(({ id }) => id);

  it('is the only thing that sends an event', async () => {
    sandbox.received.clear();
    await run(['check'], environment);
    expect(idsReceived()).toEqual([]);
    const { code, stdout } = await run(['check', '--send-test'], environment);
    expect(code).toBe(0);
    const [id] = idsReceived();
    expect(idsReceived()).toEqual([expect.stringMatching(/^capi-forwarder-test-\d{8}T\d{6}Z-[0-9a-f]{8}$/)]);
    const line = stdout.split('\n').find((text) => text.includes('test event'));
    expect(line).toMatch(new RegExp(`^ok {4}test event default: 127\\.0\\.0\\.1:\\d+ accepted ${id} \\(207, request`));
    expect(line).toContain('; to do: look for “capi-forwarder test event” in Events Manager');
  });

  it('sends one for each account, or for the one that is named, and says so as JSON', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'capi-check-'));
    const file = join(folder, 'accounts.json');
    const { AMAZON_ADS_ENDPOINT: endpoint, LWA_TOKEN_URL: tokenUrl } = environment;
    const shared = { endpoint, tokenUrl, clientId: 'c', clientSecret: 'canary', refreshToken: 'canary' };
    const accounts = [
      { ...shared, name: 'guide', profileId: '1234567890' },
      { ...shared, name: 'beta', wire: 'ads-api-v1', advertiserId: '42', dataSetName: 'Shop_1' },
    ];
    await writeFile(file, JSON.stringify({ accounts }));
    const several = { ...environment, ACCOUNTS_FILE: file };
    const check = async (...args: string[]) => {
      sandbox.received.clear();
      const { stdout } = await run(['check', '--send-test', '--json', ...args], several);
      const results = JSON.parse(stdout) as { name: string; level: string; found: string; advice?: string }[];
      return results.filter(({ name }) => name.startsWith('test event'));
    };
    const both = await check();
    expect(both.map(({ name, level }) => [name, level])).toEqual([
      ['test event guide', 'ok'],
      ['test event beta', 'ok'],
    ]);
    expect(both[1]?.found).toContain('into dataset Shop_1');
    expect(
      sandbox.received
        .list()
        .map(({ account }) => account)
        .sort(),
    ).toEqual(['1234567890', '42']);
    expect((await check('--account', 'beta')).map(({ name }) => name)).toEqual(['test event beta']);
    expect(sandbox.received.list().map(({ account }) => account)).toEqual(['42']);
    const nobody = await run(['check', '--account', 'nobody'], several);
    expect(nobody).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('there is no account nobody'),
    });
    await rm(folder, { recursive: true });
  });

  it('ends with 1 where Amazon refuses it', async () => {
    sandbox.faults.add({ kind: 'status', status: 403, times: 1 });
    const { code, stdout } = await run(['check', '--send-test'], environment);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^fail {2}test event default: .* forbids it: 403 FORBIDDEN: .*; to do: check AMAZON_ADS_PROFILE_ID/m,
    );
  });
});
