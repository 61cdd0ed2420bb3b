// Real: the built program as processes, Redis, the sandbox. ACCOUNTS_FILE changes while they run.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { deleteKeys } from '../../src/demo/clean-up.js';
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
async function start(command: 'worker' | 'intake', overrides: Record<string, string> = {}): Promise<Program> {
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

async function writeAccounts(...names: string[]): Promise<void> {
  const url = sandbox.address('sandbox');
  const shared = {
    endpoint: url,
    tokenUrl: `${url}/auth/o2/token`,
    clientId: 'c',
    clientSecret: 's',
    refreshToken: 'r',
  };
  await writeText(JSON.stringify({ accounts: names.map((name) => Object.assign({ name, profileId: '1' }, shared)) }));
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

it('takes a new account up, keeps a broken file’s last good content, and lets a removed account go', async () => {
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
