// Real: the built program as processes, Redis, a worker and the sandbox. Letters are stored as settling stores them.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deleteKeys } from '../../dev/demo/clean-up.js';
import { OperationStore } from '../../src/dead-letters/operations/operation-store.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import { readAccountState } from '../../src/queue/account-state.js';
import { prefixOf } from '../../src/queue/queue.js';
import { connectRedis, type RedisConnection } from '../../src/redis/connect.js';
import { EMAIL_DIGEST, eventOf } from '../support/events.js';
import { TEST_ACCOUNT } from '../support/leaks.js';
import { layLetters, letterWith } from '../support/letters.js';
import { begin, endAllPrograms, Program, run } from '../support/program.js';
import { until } from '../support/world.js';

const LETTERS = 600;

let account: string;
let folder: string;
let environment: Record<string, string>;
let connection: RedisConnection;
let sandbox: Program;
let worker: Program | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capi-replays-'));
  connection = connectRedis(process.env['REDIS_URL'] ?? '', 'patient', 'test-replays');
  sandbox = await Program.start('sandbox', ['--port', '0'], {});
});

beforeEach(async () => {
  account = `${TEST_ACCOUNT}${randomBytes(4).toString('hex')}`;
  const url = sandbox.address('sandbox');
  const accountsFile = join(folder, `${account}.json`);
  const credentials = { clientId: 'c', clientSecret: 's', refreshToken: 'r', profileId: '1' };
  const entry = { name: account, endpoint: url, tokenUrl: `${url}/auth/o2/token`, ...credentials };
  await writeFile(accountsFile, JSON.stringify({ accounts: [entry] }));
  environment = {
    REDIS_URL: process.env['REDIS_URL'] ?? '',
    ACCOUNTS_FILE: accountsFile,
    BATCH_LINGER_MS: '30',
    METRICS_PORT: '0',
  };
});

afterEach(async () => {
  // A worker left by a failed test would write keys again.
  await worker?.end();
  worker = undefined;
  await deleteKeys(connection, prefixOf(account));
});

afterAll(async () => {
  await endAllPrograms();
  connection.disconnect();
  await rm(folder, { recursive: true });
});

const letters = (...args: string[]) => run(['dead-letters', ...args, '--account', account], environment);

function lay(count: number): Promise<void> {
  const diedFrom = Date.now() - 60_000;
  return layLetters(
    account,
    connection,
    Array.from({ length: count }, (_, number) =>
      letterWith({ id: `${number}-0-a`, account, event: eventOf(`${account}-${number}`), diedAt: diedFrom + number }),
    ),
  );
}

async function receivedOften(): Promise<number[]> {
  const answer = await fetch(`${sandbox.address('sandbox')}/sandbox/received`);
  const ids = (await answer.json()) as { id: string; received: number }[];
  return ids.filter(({ id }) => id.startsWith(account)).map(({ received }) => received);
}

/** Starts a replay and resolves when it has moved some letters, but not most of them. */
async function beginReplay(rate = 100) {
  const args = ['dead-letters', 'replay', '--all', '--rate', String(rate), '--account', account, '--by', 'tess'];
  const replay = begin(args, environment);
  await until(async () => {
    const [record] = await new OperationStore(account, connection).list(1);
    expect(record?.done).toBeGreaterThan(rate / 2);
  });
  return replay;
}

describe('a replay that is interrupted', () => {
  it('by SIGKILL: the same command goes on, none is lost and none is sent twice', async () => {
    await lay(LETTERS);
    worker = await Program.start('worker', [], environment);
    const killed = await beginReplay();
    killed.child.kill('SIGKILL');
    await killed.ended;
    const left = await new LetterStore(account, connection).count({});
    expect(left).toBeGreaterThan(0);
    const again = await letters('replay', '--all', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ state: 'done', replayed: LETTERS });
    await until(async () => {
      const { ledger, queuedEvents } = await readAccountState(account, connection);
      expect({ ...ledger, queuedEvents }).toMatchObject({ replayed: LETTERS, delivered: LETTERS, queuedEvents: 0 });
    });
    expect(await receivedOften()).toEqual(Array.from({ length: LETTERS }, () => 1));
    expect(await worker.end()).toBe(0);
  });

  it('by Ctrl-C: it stops in good order, says how to go on, and does', async () => {
    await lay(LETTERS);
    const { child, ended } = await beginReplay();
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(1);
    const [, id = ''] = /cancelled; .* dead-letters resume (\w+) --account/.exec(stdout) ?? [];
    expect(JSON.parse((await letters('operations', '--json')).stdout)).toMatchObject([
      { id, kind: 'replay', state: 'cancelled', by: 'tess', total: LETTERS },
    ]);
    expect((await letters('operations')).stdout).toContain('cancelled');
    expect(await letters('resume', id)).toMatchObject({ code: 0, stdout: expect.stringContaining(`${LETTERS} done`) });
    expect(await letters('resume', id)).toMatchObject({ code: 2, stderr: expect.stringContaining('is done') });
    expect((await letters('history')).stdout).toContain('replay started');
    expect(JSON.parse((await letters('history', '--json')).stdout)).toMatchObject([
      { phase: 'done', done: LETTERS },
      { phase: 'resumed' },
      { phase: 'cancelled', by: 'tess' },
      { phase: 'started', by: 'tess', total: LETTERS, ratePerSecond: 100 },
    ]);
  });

  it('by another command: cancel', async () => {
    await lay(LETTERS);
    // Slow enough that it still runs when the other command has started.
    const { ended } = await beginReplay(10);
    const [record] = await new OperationStore(account, connection).list(1);
    expect(await letters('cancel', record?.id ?? '', '--by', 'otto')).toMatchObject({ code: 0 });
    expect(await ended).toMatchObject({ code: 1, stdout: expect.stringContaining('cancelled by otto') });
    expect(await letters('cancel', 'nobody')).toMatchObject({ code: 2 });
  });
});

describe('correcting, moving and erasing letters', () => {
  it('replays with a patch from a file, after a look at what it would do', async () => {
    await lay(3);
    const patch = join(folder, 'patch.json');
    await writeFile(patch, JSON.stringify({ value: 5, currencyCode: 'EUR', unitsSold: null }));
    const looked = await letters('replay', '--all', '--patch', patch, '--max', '2', '--dry-run');
    expect(looked.stdout).toContain('2 of 3 letters would be replayed');
    await writeFile(join(folder, 'bad.json'), '[1]');
    expect(await letters('replay', '--all', '--patch', join(folder, 'bad.json'))).toMatchObject({ code: 2 });
    expect(await letters('replay', '--all', '--patch', patch, '--max', '2')).toMatchObject({
      code: 0,
      stdout: '2 replayed, 0 stay\nso far: 0 delivered, 0 duplicate, 0 failed again, 2 in flight\n',
    });
    const [jobId = ''] = await connection.lrange(`${prefixOf(account)}:conversions:wait`, 0, -1);
    const data = JSON.parse((await connection.hget(`${prefixOf(account)}:conversions:${jobId}`, 'data')) ?? '') as {
      events: unknown[];
    };
    expect(data.events).toMatchObject([
      {
        event: { value: 5, currencyCode: 'EUR' },
        past: { original: { value: 10 }, history: [{ reason: 'rejected' }] },
      },
      { event: { value: 5 } },
    ]);
  });

  it('imports exported letters, and erases a person’s', async () => {
    await lay(4);
    const { stdout: exported } = await letters('export');
    expect(await letters('discard', '--all', '--because', 'moved house')).toMatchObject({ stdout: '4 discarded\n' });
    const file = join(folder, 'letters.ndjson');
    await writeFile(file, exported);
    expect((await letters('import', file)).stdout).toBe('4 imported, 0 were already here, 0 refused\n');
    expect((await letters('import', file)).stdout).toBe('0 imported, 4 were already here, 0 refused\n');
    expect(await letters('erase', '--match-key-sha256', 'jane@example.com')).toMatchObject({ code: 2 });
    expect(await letters('erase')).toMatchObject({ code: 2, stderr: expect.stringContaining('--id') });
    const byId = await letters('erase', '--id', '1001', '--source', 'shopify', '--json');
    expect(JSON.parse(byId.stdout)).toMatchObject({ queued: 0, deadLetters: 0, deliveries: 0, isDryRun: false });
    const erase = ['erase', '--match-key-sha256', EMAIL_DIGEST];
    expect((await letters(...erase, '--dry-run')).stdout).toContain('and 4 dead letters would be erased');
    expect((await letters(...erase)).stdout).toBe('0 events on the queue and 4 dead letters erased\n');
    expect(JSON.parse((await letters('stats', '--json')).stdout)).toEqual([]);
    expect((await letters('history')).stdout).toContain('moved house');
  });

  it('no text in Redis controls the terminal, wherever it came from', async () => {
    const steering = '\u001b[2J\u009b31m\u202etxt\r\nforged line';
    const letter = letterWith({
      id: 'steering',
      account,
      answer: { status: 400, code: `C${steering}`, message: `M${steering}` },
      event: { ...eventOf(`${account}-s`), eventType: 'NONSENSE\u001b[2J' as 'OTHER' },
    });
    await layLetters(account, connection, [
      letter,
      letterWith({ id: 'sound', account, event: eventOf(`${account}-t`) }),
    ]);
    const file = join(folder, 'steering.ndjson');
    await writeFile(file, `${JSON.stringify({ ...letter, id: 'again' })}\n`);
    const looks = [['list'], ['stats'], ['show', 'steering'], ['export'], ['replay', '--all', '--dry-run']];
    const changes = [
      ['import', file],
      ['replay', '--id', 'steering', '--by', `me${steering}`],
      ['discard', '--id', 'sound', '--because', `why${steering}`, '--by', `me${steering}`],
    ];
    const outputs = await Promise.all(looks.map((args) => letters(...args)));
    for (const args of changes) outputs.push(await letters(...args));
    outputs.push(await letters('history'), await letters('operations'));
    const shown = outputs.map(({ stdout, stderr }) => stdout + stderr);
    for (const text of shown) {
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
      expect(text).not.toMatch(/^forged line/m);
    }
    // A list has twenty columns for a code.
    expect(shown[0]).toContain('│ C␛[2J<U+0…');
    expect(shown[8]).toContain('why␛[2J');
    expect(JSON.parse(outputs[2]?.stdout ?? '')).toMatchObject({ answer: letter.answer });
  });
});
