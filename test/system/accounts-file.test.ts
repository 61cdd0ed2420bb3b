// Real: the built program as processes, Redis, the sandbox. ACCOUNTS_FILE changes while they run.
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { deleteKeys } from '../../dev/demo/clean-up.js';
import { readAccountState } from '../../src/queue/account-state.js';
import { prefixOf } from '../../src/queue/queue.js';
import { connectRedis, type RedisConnection } from '../../src/redis/connect.js';
import { conversionPayload } from '../support/events.js';
import { TEST_ACCOUNT } from '../support/leaks.js';
import { endAllPrograms, Program, run } from '../support/program.js';
import { until } from '../support/world.js';

let folder: string;
let file: string;
let first: string;
let second: string;
let environment: Record<string, string>;
let connection: RedisConnection;
let sandbox: Program;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capi-accounts-'));
  connection = connectRedis(process.env['REDIS_URL'] ?? '', 'patient', 'test-accounts');
  sandbox = await Program.start('sandbox', ['--port', '0'], {});
});

beforeEach(async () => {
  first = `${TEST_ACCOUNT}${randomBytes(4).toString('hex')}`;
  second = `${TEST_ACCOUNT}${randomBytes(4).toString('hex')}`;
  file = join(folder, `${first}.json`);
  await writeAccounts(first);
  environment = { REDIS_URL: process.env['REDIS_URL'] ?? '', ACCOUNTS_FILE: file, BATCH_LINGER_MS: '20' };
});

const running: Program[] = [];
async function start(
  command: 'worker' | 'intake' | 'console',
  overrides: Record<string, string> = {},
): Promise<Program> {
  const program = await Program.start(command, [], { ...environment, ...overrides });
  running.push(program);
  return program;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((program) => program.end()));
  for (const account of [first, second]) await deleteKeys(connection, prefixOf(account));
});

afterAll(async () => {
  await endAllPrograms();
  connection.disconnect();
  await rm(folder, { recursive: true });
});

interface Written {
  readonly name: string;
  readonly shopifyWebhookSecret?: string;
  readonly shopifyWebhookSecretFile?: string;
}

function writeAccounts(...names: string[]): Promise<void> {
  return writeEntries(...names.map((name) => ({ name })));
}

async function writeEntries(...entries: Written[]): Promise<void> {
  const url = sandbox.address('sandbox');
  const shared = {
    endpoint: url,
    tokenUrl: `${url}/auth/o2/token`,
    clientId: 'c',
    clientSecret: 's',
    refreshToken: 'r',
  };
  await writeText(
    JSON.stringify({ accounts: entries.map((entry) => Object.assign({ profileId: '1' }, shared, entry)) }),
  );
}

/** In one step, as an editor or a config map does. */
async function writeText(text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

async function post(
  intake: Program,
  account: string,
): Promise<{ status: number; retryAfter: string | null; text: string }> {
  const response = await fetch(`${intake.address('intake')}/v1/events?account=${account}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(
      conversionPayload({ clientDedupeId: randomBytes(6).toString('hex'), timestamp: new Date().toISOString() }),
    ),
  });
  return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() };
}

async function metric(program: Program, series: string): Promise<number> {
  const text = await (await fetch(`${program.address('metrics')}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.split(' ')[1]);
}

const delivered = async (account: string) => (await readAccountState(account, connection)).ledger.delivered;

it('picks up a new account, keeps a broken file’s last good content, and drops a removed account', async () => {
  const [worker, intake] = [await start('worker'), await start('intake')];
  expect((await post(intake, first)).status).toBe(202);
  expect((await post(intake, second)).status).toBe(400);

  await writeAccounts(first, second);
  await until(async () => expect((await post(intake, second)).status).toBe(202));
  await until(async () => expect(await delivered(second)).toBeGreaterThan(0));

  await writeText('{"accounts": [');
  await until(async () => expect(await metric(worker, 'capi_accounts_file_usable')).toBe(0));
  await until(async () => expect(await metric(intake, 'capi_accounts_file_usable')).toBe(0));
  expect(worker.log).toContain('ACCOUNTS_FILE');
  const before = await delivered(second);
  expect((await post(intake, second)).status).toBe(202);
  await until(async () => expect(await delivered(second)).toBe(before + 1));

  await writeAccounts(second);
  await until(() => expect(worker.log).toMatch(new RegExp(`account.released|"${first}".*account.released`)));
  await until(async () => expect((await post(intake, first)).status).toBe(400));
  expect((await post(intake, second)).status).toBe(202);
  await until(async () => expect(await delivered(second)).toBe(before + 2));
  await until(async () => expect(await metric(worker, 'capi_accounts_file_usable')).toBe(1));
  expect(await worker.end()).toBe(0);
});

/** A delivery of Shopify with somebody's conversion. @returns the status of the answer */
async function deliver(intake: Program, secret: string): Promise<number> {
  const body = JSON.stringify({ id: 1, hello: 'world' });
  const response = await fetch(`${intake.address('intake')}/v1/webhooks/shopify`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-Shopify-Topic': 'orders/paid',
      'X-Shopify-Hmac-Sha256': createHmac('sha256', secret).update(body).digest('base64'),
    },
    body,
  });
  await response.text();
  return response.status;
}

it('takes webhooks of an account that is new, and with the secret that it has now', async () => {
  const intake = await start('intake');
  expect(await deliver(intake, 'the-first-secret-of-a-shop')).toBe(404);
  await writeEntries({ name: first, shopifyWebhookSecret: 'the-first-secret-of-a-shop' });
  await until(async () => expect(await deliver(intake, 'the-first-secret-of-a-shop')).toBe(200));
  await writeEntries({ name: first, shopifyWebhookSecret: 'the-second-secret-of-a-shop' });
  await until(async () => expect(await deliver(intake, 'the-second-secret-of-a-shop')).toBe(200));
  expect(await deliver(intake, 'the-first-secret-of-a-shop')).toBe(401);

  // A secret's file that is created after the entry that names it.
  const secretFile = join(folder, `${second}.secret`);
  await writeEntries({ name: second, shopifyWebhookSecretFile: secretFile });
  await until(async () => expect(await metric(intake, 'capi_accounts_file_usable')).toBe(0));
  expect(await deliver(intake, 'the-second-secret-of-a-shop')).toBe(200);
  await writeFile(secretFile, 'the-secret-of-another-shop\n');
  await until(async () => expect(await deliver(intake, 'the-secret-of-another-shop')).toBe(200));
  expect(await deliver(intake, 'the-second-secret-of-a-shop')).toBe(401);
  expect(await metric(intake, 'capi_secret_files_unusable')).toBe(0);
});

it('shows in the console the accounts that there are now', async () => {
  const program = await start('console');
  const page = async (path: string) => {
    const response = await fetch(program.address('console') + path);
    return { status: response.status, text: await response.text() };
  };
  expect((await page('/')).text).toContain(`account-${first}`);
  expect((await page(`/accounts/${second}/letters`)).status).toBe(404);
  await writeAccounts(first, second);
  await until(async () => expect((await page('/')).text).toContain(`account-${second}`));
  expect((await page(`/accounts/${second}/letters`)).status).toBe(200);
  await writeAccounts(second);
  await until(async () => expect((await page(`/accounts/${first}/letters`)).status).toBe(404));
  expect((await page('/')).text).not.toContain(`account-${first}`);
});

it('says that no worker serves an account, and with INTAKE_REQUIRE_WORKER accepts nothing for it', async () => {
  const [lax, strict] = [await start('intake'), await start('intake', { INTAKE_REQUIRE_WORKER: 'true' })];
  const series = `capi_account_without_worker{account="${first}"}`;
  expect(await metric(lax, series)).toBe(1);
  expect((await run(['status'], environment)).stdout).toContain('NONE serves this account');
  expect((await post(lax, first)).status).toBe(202);
  const refused = await post(strict, first);
  expect(refused).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) });
  expect(refused.text).toContain('INTAKE_REQUIRE_WORKER');

  await start('worker');
  await until(async () => expect((await post(strict, first)).status).toBe(202));
  await until(async () => expect(await metric(lax, series)).toBe(0));
  expect((await run(['status'], environment)).stdout).not.toContain('NONE serves');
});
