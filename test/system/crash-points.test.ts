// Real: the built program as processes, a separate Redis with AOF, the sandbox. Tests the table of crash points in
// docs/delivery.md row by row: a cable holds a chosen command or its answer, and the process is killed meanwhile.
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { EventWriter } from '../../src/producer/event-writer.js';
import { type AccountState, readAccountState } from '../../src/queue/account-state.js';
import { balanceOf, countQueuedEvents } from '../../src/queue/balance.js';
import type { LedgerField } from '../../src/queue/queue.js';
import { connectRedis, type RedisConnection } from '../../src/redis/connect.js';
import { ALSO_WHEN_FULL, type RedisScript } from '../../src/redis/script.js';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { CLAIM } from '../../src/window/claim-script.js';
import { SETTLE } from '../../src/worker/settle-script.js';
import { Cable } from '../support/cable.js';
import { conversionPayload, eventOf, queued } from '../support/events.js';
import { begin, endAllPrograms, Program, run } from '../support/program.js';
import { Scratch } from '../support/scratch.js';
import { until } from '../support/world.js';

/** A lock lasts 10 s, and the check for lost ones runs every 5 s and needs two rounds. */
const TAKEN_OVER_WITHIN_MS = 60_000;
const SENDING = 'POST /events/v1/conversions';
/** Only a producer's call contains this, nothing else of the intake: a job's text. */
const WRITING = '"isCounted":true';

const sandbox = new Sandbox();
let redis: RedisServer;
let sandboxUrl: string;
let connection: RedisConnection;
let scratch: Scratch;
const cables: Cable[] = [];

beforeAll(async () => {
  redis = await startServer({ isPersistent: true });
  sandboxUrl = await sandbox.start();
  connection = connectRedis(redis.url, 'patient', 'crash-points');
  scratch = Scratch.outside();
  // Known from the start, so that each is called by its digest the first time too.
  for (const { lua } of [CLAIM, SETTLE]) await connection.script('LOAD', ALSO_WHEN_FULL + lua);
  const writer = new EventWriter({ account: 'known', connection, eventsPerJob: 1 });
  await writer.write([queued(eventOf('known'))]);
  await writer.close();
});

afterAll(async () => {
  await endAllPrograms();
  await Promise.all(cables.map((cable) => cable.cut()));
  connection.disconnect();
  await sandbox.stop();
  await redis.stop();
  scratch[Symbol.dispose]();
});

/** As a Redis of version 7 and later receives it. */
const callOf = ({ lua }: RedisScript) =>
  createHash('sha1')
    .update(ALSO_WHEN_FULL + lua)
    .digest('hex');

/** A separate account for a row, with the cables at which its process is killed. */
class Row {
  readonly account: string;
  readonly profileId: string;
  readonly toRedis: Cable;
  readonly toAmazon: Cable;

  private constructor(number: number, toRedis: Cable, toAmazon: Cable) {
    this.account = `row${number}`;
    this.profileId = String(1000 + number);
    this.toRedis = toRedis;
    this.toAmazon = toAmazon;
  }

  static async open(number: number): Promise<Row> {
    const toRedis = await Cable.to(redis.url);
    const toAmazon = await Cable.to(sandboxUrl);
    cables.push(toRedis, toAmazon);
    return new Row(number, toRedis, toAmazon);
  }

  /** Settings of a process, through the row's cables if it is the one to be killed. */
  environment({ isByCable }: { isByCable: boolean }): Record<string, string> {
    const amazon = isByCable ? this.toAmazon.url.replace(/\/$/, '') : sandboxUrl;
    const file = scratch.path(`${this.account}-${String(isByCable)}.json`);
    const credentials = { clientId: 'c', clientSecret: 's', refreshToken: 'r' };
    const entry = { name: this.account, endpoint: amazon, tokenUrl: `${amazon}/auth/o2/token`, ...credentials };
    writeFileSync(file, JSON.stringify({ accounts: [{ ...entry, profileId: this.profileId }] }));
    return {
      REDIS_URL: isByCable ? this.toRedis.url : redis.url,
      ACCOUNTS_FILE: file,
      BATCH_LINGER_MS: '20',
      INTAKE_API_KEYS: 'the-key-of-the-shop',
    };
  }

  start(command: 'worker' | 'intake', isByCable: boolean): Promise<Program> {
    return Program.start(command, [], this.environment({ isByCable }));
  }

  async enqueue(...ids: string[]): Promise<void> {
    const writer = new EventWriter({ account: this.account, connection, eventsPerJob: 100 });
    await writer.write(ids.map((id) => queued(eventOf(id))));
    await writer.close();
  }

  post(intake: Program, id: string): Promise<number> {
    return fetch(`${intake.address('intake')}/v1/events?account=${this.account}`, {
      method: 'POST',
      headers: { Authorization: 'Bearer the-key-of-the-shop', 'Content-Type': 'application/json' },
      body: JSON.stringify(conversionPayload({ clientDedupeId: id, timestamp: new Date().toISOString() })),
    }).then(({ status }) => status);
  }

  state(): Promise<AccountState> {
    return readAccountState(this.account, connection);
  }

  received() {
    return sandbox.received.list(this.profileId);
  }

  /** Nothing is queued, the ledger has these counts, and it balances. */
  async untilSettled(expected: Partial<Record<LedgerField, number>>): Promise<void> {
    await until(async () => {
      const { ledger, jobs } = await this.state();
      expect({ ...ledger, ...jobs }).toMatchObject({ ...expected, waiting: 0, active: 0, delayed: 0, failed: 0 });
      const balance = balanceOf(ledger, await countQueuedEvents(this.account, connection));
      expect(balance).toMatchObject({ queued: 0, difference: 0 });
    }, TAKEN_OVER_WITHIN_MS);
  }
}

/** A worker takes one event and is killed where `reach` says. Another, undisturbed, does the rest. */
async function killWorkerAt(number: number, reach: (row: Row) => Promise<void>, killed: (row: Row) => Promise<void>) {
  const row = await Row.open(number);
  const reached = reach(row);
  await row.enqueue('x');
  const first = await row.start('worker', true);
  await reached;
  await first.end('SIGKILL');
  await killed(row);
  await row.start('worker', false);
  await row.untilSettled({ enqueued: 1, delivered: 1, duplicate: 0, dead_lettered: 0 });
  return row.received();
}

describe.concurrent('a process ends', () => {
  it('before the producer’s write: there is no acknowledgement, and the caller sends again', async () => {
    const row = await Row.open(1);
    const intake = await row.start('intake', true);
    const reached = row.toRedis.stopBefore(WRITING);
    const answer = row.post(intake, 'x').catch(() => 'no answer');
    await reached;
    await intake.end('SIGKILL');
    expect(await answer).toBe('no answer');
    await row.toRedis.cut();
    expect((await row.state()).ledger.enqueued).toBe(0);
    expect(await row.post(await row.start('intake', false), 'x')).toBe(202);
    await row.start('worker', false);
    await row.untilSettled({ enqueued: 1, delivered: 1, duplicate: 0 });
  });

  it('after it, before the answer to the caller: who sends again sends a duplicate', async () => {
    const row = await Row.open(2);
    const intake = await row.start('intake', true);
    const reached = row.toRedis.stopAfter(WRITING);
    const answer = row.post(intake, 'x').catch(() => 'no answer');
    await reached;
    await intake.end('SIGKILL');
    expect(await answer).toBe('no answer');
    expect((await row.state()).ledger.enqueued).toBe(1);
    expect(await row.post(await row.start('intake', false), 'x')).toBe(202);
    await row.start('worker', false);
    await row.untilSettled({ enqueued: 2, delivered: 1, duplicate: 1 });
    expect(row.received()).toMatchObject([{ received: 1 }]);
  });

  it('with a job taken, before the claim: another worker takes it when its lock has ended', async () => {
    const received = await killWorkerAt(
      3,
      (row) => row.toRedis.stopBefore(callOf(CLAIM)),
      async (row) => {
        await row.toRedis.cut();
        expect(await row.state()).toMatchObject({ jobs: { active: 1 }, ledger: { delivered: 0 } });
        expect(await connection.keys(`{capi:${row.account}}:window:*`)).toEqual([]);
      },
    );
    expect(received).toMatchObject([{ received: 1 }]);
  });

  it('after the claim, before the request: the job takes over its own claim, and nothing is sent twice', async () => {
    const received = await killWorkerAt(
      4,
      (row) => row.toAmazon.stopBefore(SENDING),
      async (row) => {
        await row.toAmazon.cut();
        expect(row.received()).toEqual([]);
        const [claims = ''] = await connection.keys(`{capi:${row.account}}:window:claims:*`);
        const claim = Object.values(await connection.hgetall(claims)).find((said) => said.startsWith('c'));
        expect(claim).toMatch(/^c\d{13}:.+\/.+/);
      },
    );
    expect(received).toMatchObject([{ received: 1 }]);
  });

  it('after the request, before the answer was read: sent again with the same bytes, and counted once', async () => {
    const received = await killWorkerAt(
      5,
      (row) => row.toAmazon.stopAfter(SENDING),
      async (row) => expect(row.received()).toMatchObject([{ received: 1 }]),
    );
    expect(received).toMatchObject([{ received: 2, counted: 1, isSameContent: true }]);
  });

  it('after the answer, before it is settled: the same', async () => {
    const received = await killWorkerAt(
      6,
      (row) => row.toRedis.stopBefore(callOf(SETTLE)),
      async (row) => {
        await row.toRedis.cut();
        expect(row.received()).toMatchObject([{ received: 1 }]);
        expect((await row.state()).ledger.delivered).toBe(0);
      },
    );
    expect(received).toMatchObject([{ received: 2, counted: 1, isSameContent: true }]);
  });

  it('after it is settled, before BullMQ removes the job: the job comes back with nothing in it and ends', async () => {
    const received = await killWorkerAt(
      7,
      (row) => row.toRedis.stopAfter(callOf(SETTLE)),
      async (row) => {
        expect(await row.state()).toMatchObject({ jobs: { active: 1 }, ledger: { delivered: 1 } });
        expect(await countQueuedEvents(row.account, connection)).toMatchObject({ events: 0 });
      },
    );
    expect(received).toMatchObject([{ received: 1 }]);
  });

  it('in a replay: its letters lie on the shelf or on the queue, never on both or neither, and begun again it goes on', async () => {
    const row = await Row.open(8);
    sandbox.faults.add({ kind: 'item_error', idHolds: 'x', code: 'INVALID_INPUT', account: row.profileId, times: 2 });
    await row.enqueue('x-1', 'x-2');
    await row.start('worker', false);
    await row.untilSettled({ dead_lettered: 2 });
    const args = ['dead-letters', 'replay', '--all', '--account', row.account];
    // Redis now knows the script: the hold below stops the step itself, not the upload of its text.
    expect(await run([...args, '--match', 'x-2'], row.environment({ isByCable: false }))).toMatchObject({ code: 0 });
    await row.untilSettled({ replayed: 1, delivered: 1 });
    const killAt = async (reached: Promise<void>) => {
      const { child, ended } = begin(args, row.environment({ isByCable: true }));
      await reached;
      child.kill('SIGKILL');
      await ended;
      await row.toRedis.cut();
      await row.toRedis.mend();
    };
    await killAt(row.toRedis.stopBefore('"field":"replayed"'));
    expect(await row.state()).toMatchObject({ ledger: { replayed: 1 }, deadLetters: { rejected: 1 } });
    await killAt(row.toRedis.stopAfter('"field":"replayed"'));
    expect(await row.state()).toMatchObject({ ledger: { replayed: 2 }, deadLetters: { rejected: 0 } });
    await row.untilSettled({ replayed: 2, delivered: 2, duplicate: 0 });
    expect(await run(args, row.environment({ isByCable: false }))).toMatchObject({ code: 0 });
    await row.untilSettled({ replayed: 2, delivered: 2, duplicate: 0 });
    expect(row.received()).toMatchObject([{ received: 1 }, { received: 1 }]);
  });
});

describe('Redis itself ends', () => {
  const logOf = (folder: string) => join(folder, 'appendonlydir', 'appendonly.aof.1.incr.aof');

  /** What a Redis knows that starts from the first bytes of another's log. */
  async function restoredFrom(folder: string, bytes: number) {
    const copy = mkdtempSync(join(tmpdir(), 'capi-test-disk-'));
    cpSync(folder, copy, { recursive: true });
    truncateSync(logOf(copy), bytes);
    const server = await startServer({ folder: copy, isPersistent: true });
    const reader = connectRedis(server.url, 'patient', 'crash-points');
    const { ledger, deadLetters } = await readAccountState('default', reader);
    const balance = balanceOf(ledger, await countQueuedEvents('default', reader));
    reader.disconnect();
    await server.kill();
    rmSync(copy, { recursive: true });
    return { balance, letters: deadLetters.rejected, lettersByLedger: ledger.dead_lettered };
  }

  it('what was acknowledged with `always` is in its log, and a log torn at any byte still balances', async () => {
    const server = await startServer({ isPersistent: true });
    const client = connectRedis(server.url, 'patient', 'crash-points');
    expect(await client.config('GET', 'appendfsync')).toEqual(['appendfsync', 'always']);
    const writer = new EventWriter({ account: 'default', connection: client, eventsPerJob: 100 });
    sandbox.faults.add({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT', account: '2000' });
    const worker = await Program.start('worker', [], {
      REDIS_URL: server.url,
      AMAZON_ADS_ENDPOINT: sandboxUrl,
      LWA_TOKEN_URL: `${sandboxUrl}/auth/o2/token`,
      AMAZON_ADS_PROFILE_ID: '2000',
      LWA_CLIENT_ID: 'c',
      LWA_CLIENT_SECRET: 's',
      LWA_REFRESH_TOKEN: 'r',
      BATCH_LINGER_MS: '5',
    });
    const acknowledgedAt: number[] = [];
    for (let number = 1; number <= 12; number += 1) {
      await writer.write([queued(eventOf(`good-${number}`)), queued(eventOf(`bad-${number}`))]);
      acknowledgedAt.push(statSync(logOf(server.folder)).size);
    }
    await until(async () => {
      const { ledger } = await readAccountState('default', client);
      expect(ledger).toMatchObject({ delivered: 12, dead_lettered: 12 });
    });
    await worker.end();
    const size = statSync(logOf(server.folder)).size;
    for (let cut = 0; cut < 12; cut += 1) {
      // Odd lengths, so that cuts do not fall between two commands by design.
      const bytes = Math.floor((size * (cut * 2 + 1)) / 25) + cut;
      const { balance, letters, lettersByLedger } = await restoredFrom(server.folder, bytes);
      expect({ bytes, difference: balance.difference }).toEqual({ bytes, difference: 0 });
      expect({ bytes, letters }).toEqual({ bytes, letters: lettersByLedger });
      const acknowledged = acknowledgedAt.filter((at) => at <= bytes).length;
      expect(balance.accepted).toBeGreaterThanOrEqual(2 * acknowledged);
    }
    await writer.close();
    client.disconnect();
    await server.stop();
  });
});
