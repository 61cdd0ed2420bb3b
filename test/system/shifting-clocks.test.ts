// Real: the built program as processes, Redis, the sandbox. The clocks of workers are changed while they run.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { deleteKeys } from '../../dev/demo/clean-up.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import { EventWriter } from '../../src/producer/event-writer.js';
import { readAccountState } from '../../src/queue/account-state.js';
import { prefixOf } from '../../src/queue/queue.js';
import { connectRedis, type RedisConnection } from '../../src/redis/connect.js';
import { eventOf, queued } from '../support/events.js';
import { TEST_ACCOUNT } from '../support/leaks.js';
import { layLetters, letterWith } from '../support/letters.js';
import { endAllPrograms, Program, run } from '../support/program.js';
import { until } from '../support/world.js';

const CLOCK = new URL('../chaos/shifted-clock.mjs', import.meta.url).href;
const DAY_MS = 86_400_000;
const LETTERS = 450;

let account: string;
let folder: string;
let clockFile: string;
let environment: Record<string, string>;
let connection: RedisConnection;
let sandbox: Program;
let worker: Program | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capi-clocks-'));
  connection = connectRedis(process.env['REDIS_URL'] ?? '', 'patient', 'test-clocks');
  sandbox = await Program.start('sandbox', ['--port', '0'], {});
});

beforeEach(async () => {
  account = `${TEST_ACCOUNT}${randomBytes(4).toString('hex')}`;
  clockFile = join(folder, `${account}.clock`);
  const url = sandbox.address('sandbox');
  const accountsFile = join(folder, `${account}.json`);
  const credentials = { clientId: 'c', clientSecret: 's', refreshToken: 'r', profileId: '1' };
  const entry = { name: account, endpoint: url, tokenUrl: `${url}/auth/o2/token`, ...credentials };
  await writeFile(accountsFile, JSON.stringify({ accounts: [entry] }));
  environment = { REDIS_URL: process.env['REDIS_URL'] ?? '', ACCOUNTS_FILE: accountsFile, BATCH_LINGER_MS: '30' };
});

afterEach(async () => {
  await worker?.end();
  worker = undefined;
  await fetch(`${sandbox.address('sandbox')}/sandbox/faults`, { method: 'DELETE' });
  await deleteKeys(connection, prefixOf(account));
});

afterAll(async () => {
  await endAllPrograms();
  connection.disconnect();
  await rm(folder, { recursive: true });
});

async function startWorker(offsetMs: number): Promise<Program> {
  await setClock(offsetMs);
  const clock = { NODE_OPTIONS: `--import ${CLOCK}`, CHAOS_CLOCK_FILE: clockFile };
  worker = await Program.start('worker', [], { ...environment, ...clock });
  return worker;
}

function setClock(offsetMs: number): Promise<void> {
  return writeFile(clockFile, String(offsetMs));
}

function lay(count: number): Promise<void> {
  // Longer ago than any worker's clock is behind: letters that fail again must not come after the position of the
  // replay.
  const diedFrom = Date.now() - 600_000;
  const letters = Array.from({ length: count }, (_, number) =>
    letterWith({ id: `${number}-0-a`, account, event: eventOf(`${account}-${number}`), diedAt: diedFrom + number }),
  );
  return layLetters(account, connection, letters);
}

const stateNow = () => readAccountState(account, connection);

it('a worker 60 s behind does not make a replay of 450 letters go round', async () => {
  await lay(LETTERS);
  // The letters' original cause: they are stored in the same list again.
  const fault = { kind: 'item_error', idHolds: account, code: 'BAD_REQUEST', message: 'currencyCode is unknown' };
  const faults = `${sandbox.address('sandbox')}/sandbox/faults`;
  const headers = { 'content-type': 'application/json' };
  await fetch(faults, { method: 'POST', headers, body: JSON.stringify(fault) });
  await startWorker(-60_000);
  const { stdout } = await run(
    ['dead-letters', 'replay', '--all', '--rate', '300', '--account', account, '--json'],
    environment,
  );
  expect(JSON.parse(stdout)).toMatchObject({ state: 'done', replayed: LETTERS });
  await until(async () => {
    const { ledger, queuedEvents } = await stateNow();
    expect({ ...ledger, queuedEvents }).toMatchObject({ replayed: LETTERS, dead_lettered: LETTERS, queuedEvents: 0 });
  });
  expect(await new LetterStore(account, connection).count({})).toBe(LETTERS);
});

it('a worker 31 days ahead discards nothing, takes no job and is not ready, until its clock is right', async () => {
  await lay(3);
  const writer = new EventWriter({ account, connection, eventsPerJob: 100 });
  await writer.write([queued(eventOf(`${account}-live`))]);
  await writer.close();
  const program = await startWorker(31 * DAY_MS);
  const metrics = program.address('metrics');
  const ready = await fetch(`${metrics}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.text()).toContain('off the clock of Redis');
  const exported = await (await fetch(`${metrics}/metrics`)).text();
  const [, offset] = /^capi_clock_offset_seconds (\S+)$/m.exec(exported) ?? [];
  expect(Math.abs(Number(offset) - (31 * DAY_MS) / 1000)).toBeLessThan(5);
  await until(() => expect(program.log).toContain('clock.off'));
  expect(await stateNow()).toMatchObject({ ledger: { discarded: 0, delivered: 0 }, jobs: { waiting: 1, active: 0 } });

  await setClock(0);
  await until(async () => expect((await fetch(`${metrics}/readyz`)).status).toBe(200));
  await until(async () => expect((await stateNow()).ledger.delivered).toBe(1));

  await setClock(-6 * 60_000);
  await until(async () => expect((await fetch(`${metrics}/readyz`)).status).toBe(503));
  await until(() => expect(program.log).toContain('account.released'));
  const later = new EventWriter({ account, connection, eventsPerJob: 100 });
  await later.write([queued(eventOf(`${account}-later`))]);
  await later.close();
  await setClock(0);
  await until(async () => expect((await stateNow()).ledger).toMatchObject({ delivered: 2, discarded: 0 }));
  expect(await new LetterStore(account, connection).count({})).toBe(3);
});
