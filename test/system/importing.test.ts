// Real: the built program as a process, Redis, files. No worker runs, so the queued events can be counted.

import { randomBytes } from 'node:crypto';
import { access, appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Queue } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deleteKeys } from '../../dev/demo/clean-up.js';
import { startServer } from '../../scripts/redis.mjs';
import type { ConversionJob } from '../../src/queue/job.js';
import { CONVERSIONS_QUEUE, keysOf, prefixOf } from '../../src/queue/queue.js';
import { connectRedis, type RedisConnection } from '../../src/redis/connect.js';
import { conversionPayload, idsFrom } from '../support/events.js';
import { TEST_ACCOUNT } from '../support/leaks.js';
import { begin, run } from '../support/program.js';
import { until } from '../support/world.js';

const ROWS = 20_000;
/** Every thousandth row is refused: records 1000, 2000, … of the file. */
const isBad = (number: number) => number % 1000 === 999;
const REFUSED = ROWS / 1000;
const ACCEPTED = ROWS - REFUSED;

let folder: string;
let account: string;
let connection: RedisConnection;
let environment: Record<string, string>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capi-import-'));
  account = `${TEST_ACCOUNT}${randomBytes(4).toString('hex')}`;
  connection = connectRedis(process.env['REDIS_URL'] ?? '', 'patient', 'test-import');
  const accountsFile = join(folder, 'accounts.json');
  const entry = { name: account, profileId: '1', clientId: 'c', clientSecret: 's', refreshToken: 'r' };
  await writeFile(accountsFile, JSON.stringify({ accounts: [entry] }));
  environment = { REDIS_URL: process.env['REDIS_URL'] ?? '', ACCOUNTS_FILE: accountsFile };
});

afterEach(async () => {
  await deleteKeys(connection, prefixOf(account));
  connection.disconnect();
  await rm(folder, { recursive: true });
});

const COLUMNS = 'name,eventType,countryCode,timestamp,clientDedupeId,value,currencyCode,email,address';

/** Each record takes two lines, so record n starts at line 2n. */
function csvOf(rows: number): string {
  const timestamp = new Date().toISOString();
  const lines = idsFrom('order', rows).map((id, number) => {
    const country = isBad(number) ? 'XX' : 'US';
    return `purchase,OFF_AMAZON_PURCHASES,${country},${timestamp},${id},9.90,USD,${id}@example.com,"1 Main St\r\nApt, 5"\r\n`;
  });
  return `\uFEFF${COLUMNS}\r\n${lines.join('')}`;
}

function ndjsonOf(rows: number): string {
  const timestamp = new Date().toISOString();
  return idsFrom('order', rows)
    .map((clientDedupeId, number) =>
      conversionPayload({ clientDedupeId, timestamp, countryCode: isBad(number) ? 'XX' : 'US' }),
    )
    .map((payload) => `${JSON.stringify(payload)}\n`)
    .join('');
}

const goodIds = idsFrom('order', ROWS).filter((_id, number) => !isBad(number));

async function queuedIds(from: RedisConnection = connection): Promise<string[]> {
  const queue = new Queue<ConversionJob>(CONVERSIONS_QUEUE, { connection: from, prefix: prefixOf(account) });
  try {
    const jobs = await queue.getJobs(['waiting']);
    return jobs.flatMap(({ data }) => data.events.map(({ event }) => event.clientDedupeId));
  } finally {
    await queue.close();
  }
}

const ledger = async () => Number(await connection.hget(keysOf(account).ledger, 'enqueued'));
const rejectedLines = async (path: string) =>
  (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { line: number }).line);
const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
function enqueueOf(file: string, source: string, ...args: string[]): string[] {
  return ['enqueue', file, '--source', source, '--account', account, ...args];
}

/** A running import: at least one write is acknowledged, most are not. */
async function beginImport(content: string, environmentOf: Record<string, string> = environment) {
  const file = join(folder, 'orders.csv');
  const rejects = join(folder, 'rejects.ndjson');
  const args = enqueueOf(file, 'csv', '--rejects', rejects);
  await writeFile(file, content);
  const { child, ended } = begin(args, environmentOf);
  await until(async () => expect(await isThere(`${file}.capi-progress.json`)).toBe(true));
  return { file, rejects, args, child, ended };
}

describe('importing a file', () => {
  it.each([
    { form: 'CSV', source: 'csv', name: 'orders.csv', content: () => csvOf(ROWS), linesOfRecord: 2 },
    {
      form: 'NDJSON in gzip',
      source: 'conversion',
      name: 'orders.ndjson.gz',
      content: () => gzipSync(ndjsonOf(ROWS)),
      linesOfRecord: 1,
    },
  ])(
    'queues each good record of $form once and names each refused one’s line',
    async ({ source, name, content, linesOfRecord }) => {
      const file = join(folder, name);
      const rejects = join(folder, 'rejects.ndjson');
      await writeFile(file, content());
      const { code, stdout, stderr } = await run(enqueueOf(file, source, '--rejects', rejects), environment);
      expect({ code, stdout, stderr }).toEqual({
        code: 0,
        stdout: `${ACCEPTED} accepted, ${REFUSED} refused: see ${rejects}\n`,
        stderr: '',
      });
      expect(await rejectedLines(rejects)).toEqual(
        Array.from({ length: REFUSED }, (_, place) => linesOfRecord * 1000 * (place + 1)),
      );
      expect((await queuedIds()).sort()).toEqual([...goodIds].sort());
      expect(await isThere(`${file}.capi-progress.json`)).toBe(false);
    },
  );

  it('reads gzip from standard input', async () => {
    const { ended } = begin(enqueueOf('-', 'csv', '--json'), environment, gzipSync(csvOf(3)));
    expect(await ended).toEqual({ code: 0, stdout: '{"records":3,"accepted":3,"refused":0}\n', stderr: '' });
    expect(await queuedIds()).toEqual(idsFrom('order', 3));
  });

  it('maps the same files', async () => {
    const file = join(folder, 'orders.csv.gz');
    await writeFile(file, gzipSync(`${csvOf(2)}too,short\r\n`));
    const { code, stdout, stderr } = await run(['map', file, '--source', 'csv'], {});
    expect(code).toBe(1);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stderr).toBe('line 6: has 2 cells where the header has 9 columns\n');
  });

  it('refuses a faulty header before anything is queued', async () => {
    const file = join(folder, 'orders.csv');
    await writeFile(file, `${COLUMNS},email\n${'x,'.repeat(9)}x\n`);
    const { code, stderr } = await run(enqueueOf(file, 'csv'), environment);
    expect(code).toBe(2);
    expect(stderr).toContain('column 10 has the name of column 8');
    expect(await ledger()).toBe(0);
  });

  it('refuses to write its rejects over its input', async () => {
    const file = join(folder, 'orders.csv');
    await writeFile(file, csvOf(2));
    expect(await run(enqueueOf(file, 'csv', '--rejects', file), environment)).toMatchObject({ code: 2 });
    expect(await readFile(file, 'utf8')).toContain(COLUMNS);
  });
});

describe('resuming an import', () => {
  it('loses no record when the process was killed, and sends few of them twice', async () => {
    const { file, rejects, args, child, ended } = await beginImport(csvOf(ROWS));
    child.kill('SIGKILL');
    await ended;
    const before = await ledger();
    expect(before).toBeLessThan(ACCEPTED);
    const saved = JSON.parse(await readFile(`${file}.capi-progress.json`, 'utf8')) as { accepted: number };
    expect(saved.accepted).toBeGreaterThan(0);

    const resumed = await run([...args, '--resume'], environment);
    expect(resumed).toMatchObject({ code: 0, stdout: `${ACCEPTED} accepted, ${REFUSED} refused: see ${rejects}\n` });
    const ids = await queuedIds();
    expect([...new Set(ids)].sort()).toEqual([...goodIds].sort());
    expect(ids.length - goodIds.length).toBe(before - saved.accepted);
    expect(await rejectedLines(rejects)).toEqual(Array.from({ length: REFUSED }, (_, place) => 2000 * (place + 1)));
    expect(await isThere(`${file}.capi-progress.json`)).toBe(false);
  });

  it('sends no record twice after Ctrl-C, which says how to go on', async () => {
    const { file, rejects, args, child, ended } = await beginImport(csvOf(ROWS));
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/interrupted\. \d+ records are done \(\d+ accepted, \d+ refused\)\. Go on with:\n/);
    expect(stderr).toContain(`--source csv --account ${account} --rejects ${rejects} --resume\n`);
    expect(await ledger()).toBeLessThan(ACCEPTED);

    await run([...args, '--resume'], environment);
    expect((await queuedIds()).sort()).toEqual([...goodIds].sort());
    expect(await rejectedLines(rejects)).toHaveLength(REFUSED);
    expect(await isThere(`${file}.capi-progress.json`)).toBe(false);
  });

  it('is refused where the file has changed or is of another account, and hinted at where it was not asked for', async () => {
    const { file, args, child, ended } = await beginImport(csvOf(ROWS));
    child.kill('SIGKILL');
    await ended;
    const before = await ledger();
    const other = enqueueOf(file, 'conversion', '--resume');
    expect(await run(other, environment)).toMatchObject({ code: 2, stderr: expect.stringContaining('--source csv') });
    expect(await run(enqueueOf(file, 'csv'), { ...environment, REDIS_URL: 'redis://127.0.0.1:1' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--resume goes on there'),
    });
    await appendFile(file, 'one,more\r\n');
    const changed = await run([...args, '--resume'], environment);
    expect(changed).toMatchObject({ code: 2, stderr: expect.stringContaining('the file has changed') });
    expect(await ledger()).toBe(before);
  });

  it('starts at the first record where no import was interrupted, and not at all with a pipe', async () => {
    const file = join(folder, 'orders.csv');
    await writeFile(file, csvOf(3));
    const started = await run(enqueueOf(file, 'csv', '--resume'), environment);
    expect(started).toMatchObject({ code: 0, stdout: '3 accepted, 0 refused\n' });
    expect(await run(enqueueOf('-', 'csv', '--resume'), environment)).toMatchObject({ code: 2 });
  });

  it('never writes its progress over a file of somebody else', async () => {
    const file = join(folder, 'orders.csv');
    const notes = join(folder, 'notes.json');
    await writeFile(file, csvOf(3));
    await writeFile(notes, '{"mine":true}');
    const { code, stderr } = await run(enqueueOf(file, 'csv', '--progress', notes), environment);
    expect(code).toBe(2);
    expect(stderr).toContain('is not a progress file');
    expect(await readFile(notes, 'utf8')).toBe('{"mine":true}');
  });

  it('goes on after Redis went away in the middle and came back', async () => {
    const server = await startServer({ isPersistent: true, folder });
    const elsewhere = { ...environment, REDIS_URL: server.url };
    const { rejects, args, ended } = await beginImport(csvOf(ROWS), elsewhere);
    await server.kill();
    const stopped = await ended;
    expect(stopped).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/Redis[^]*records are done[^]*--resume\n/),
    });

    const back = await startServer({ isPersistent: true, folder, port: server.port });
    const there = connectRedis(back.url, 'patient', 'test-import');
    try {
      expect(await run([...args, '--resume'], elsewhere)).toMatchObject({ code: 0 });
      expect([...new Set(await queuedIds(there))].sort()).toEqual([...goodIds].sort());
      expect(await rejectedLines(rejects)).toHaveLength(REFUSED);
    } finally {
      there.disconnect();
      await back.stop();
    }
  });
});
