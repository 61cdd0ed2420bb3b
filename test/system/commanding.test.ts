// Real: the built program as processes, Redis, the sandbox as a separate process.

import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteKeys } from '../../dev/demo/clean-up.js';
import { prefixOf } from '../../src/queue/queue.js';
import { connectRedis } from '../../src/redis/connect.js';
import { conversionPayload, EMAIL_DIGEST } from '../support/events.js';
import { TEST_ACCOUNT } from '../support/leaks.js';
import { begin, endAllPrograms, Program, run } from '../support/program.js';
import { until } from '../support/world.js';

const COMMANDS = 'intake worker console sandbox enqueue map find reconcile dead-letters status authorize check'.split(
  ' ',
);
const account = `${TEST_ACCOUNT}${randomBytes(4).toString('hex')}`;
let folder: string;
let sandbox: Program;
let environment: Record<string, string>;

const payload = (id: string, overrides: object = {}) =>
  conversionPayload({ clientDedupeId: id, timestamp: new Date().toISOString(), ...overrides });
const lines = (...payloads: object[]) => payloads.map((entry) => `${JSON.stringify(entry)}\n`).join('');
const letters = async (...args: string[]) => run(['dead-letters', ...args, '--account', account], environment);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capi-commands-'));
  sandbox = await Program.start('sandbox', ['--port', '0'], {});
  const url = sandbox.address('sandbox');
  const accountsFile = join(folder, 'accounts.json');
  const entry = {
    name: account,
    endpoint: url,
    tokenUrl: `${url}/auth/o2/token`,
    profileId: '1',
    clientId: 'c',
    clientSecret: 's',
    refreshToken: 'r',
  };
  await writeFile(accountsFile, JSON.stringify({ accounts: [entry] }));
  environment = {
    REDIS_URL: process.env['REDIS_URL'] ?? '',
    ACCOUNTS_FILE: accountsFile,
    BATCH_LINGER_MS: '30',
    RETRY_BASE_DELAY_MS: '30',
    INTAKE_API_KEYS: 'key-of-sixteen-characters',
  };
});

afterAll(async () => {
  await endAllPrograms();
  const connection = connectRedis(process.env['REDIS_URL'] ?? '', 'patient', 'test-clean-up');
  await deleteKeys(connection, prefixOf(account));
  connection.disconnect();
  await rm(folder, { recursive: true });
});

describe('asking for help and getting usage wrong', () => {
  it('--help names every command, and that of a command how it is used', async () => {
    const [whole, one] = await Promise.all([run(['--help'], {}), run(['dead-letters', '--help'], {})]);
    expect({ whole: whole.code, one: one.code }).toEqual({ whole: 0, one: 0 });
    for (const command of COMMANDS) expect(whole.stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(one.stdout).toContain('Usage: capi-forwarder dead-letters ');
  });

  it.each([
    [['nonsense'], 'unknown command'],
    [['map'], '--source'],
    [['map', '--source', 'fax'], 'fax'],
    [['enqueue', 'no-such-file', '--source', 'order', '--account', account], 'no such file'],
    [['enqueue', '--source', 'order', '--account', 'nobody'], 'no account'],
    [['dead-letters', 'replay', '--account', account], '--all'],
    [['dead-letters', 'discard', '--account', account, '--since', 'yesterday'], 'ISO 8601'],
    [['dead-letters', 'replay', '--all', '--set', 'nonsense', '--account', account], 'path=value'],
  ])('%j ends with 2 and says what is wrong', async (args, text) => {
    const { code, stderr } = await run(args, environment);
    expect(code).toBe(2);
    expect(stderr).toContain(text);
  });

  it('refuses to let a worker start without credentials, and an intake to others without keys', async () => {
    const worker = await run(['worker'], { REDIS_URL: environment['REDIS_URL'] ?? '' });
    expect(worker).toMatchObject({ code: 2, stderr: expect.stringContaining('LWA_REFRESH_TOKEN') });
    const intake = await run(['intake'], { INTAKE_HOST: '0.0.0.0' });
    expect(intake).toMatchObject({ code: 2, stderr: expect.stringContaining('INTAKE_API_KEYS') });
  });
});

describe('mapping on the command line', () => {
  it('prints events as NDJSON, refusals with their line on stderr, and ends with 1 if any', async () => {
    const { code, stdout, stderr } = await run(
      ['map', '--source', 'conversion'],
      {},
      lines(payload('a'), payload('b', { countryCode: 'XX' }), payload('c')),
    );
    expect(code).toBe(1);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { clientDedupeId: string; matchKeys: unknown });
    expect(events.map(({ clientDedupeId }) => clientDedupeId)).toEqual(['a', 'c']);
    expect(events[0]?.matchKeys).toEqual([{ type: 'EMAIL', values: [EMAIL_DIGEST] }]);
    expect(stderr).toBe(
      'line 2: countryCode is a code that ISO 3166-1 has given to no country: Amazon does not know it\n',
    );
  });

  it.each(['stdout', 'stderr'] as const)('ends quietly where the reader of its %s has seen enough', async (output) => {
    const record = output === 'stdout' ? payload('a') : payload('a', { countryCode: 'XX' });
    const { child, ended } = begin(['map', '--source', 'conversion'], {}, lines(...Array(5_000).fill(record)));
    child[output]?.once('data', () => child[output]?.destroy());
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/EPIPE|crashed/);
  });

  it('takes --consent and --default-country for records that say nothing of them', async () => {
    const { countryCode: _, ...record } = payload('a');
    const own = payload('b', { consent: { tcf: 'CPXxRfAPXxRfA' } });
    const options = ['--consent', 'denied', '--default-country', 'ie'];
    const { code, stdout } = await run(['map', '--source', 'conversion', ...options], {}, lines(record, own));
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(code).toBe(0);
    expect(events).toMatchObject([
      { countryCode: 'IE', consent: { amazonConsent: { amznAdStorage: 'DENIED', amznUserData: 'DENIED' } } },
      { countryCode: 'US', consent: { tcf: 'CPXxRfAPXxRfA' } },
    ]);
    for (const command of ['map', 'enqueue']) {
      const faulty = await run([command, '--source', 'csv', '--default-country', 'Ireland'], {});
      expect(faulty).toMatchObject({ code: 2, stderr: expect.stringContaining('--default-country') as string });
    }
  });

  it('takes the field of an order that is its deduplication id from the settings', async () => {
    const event = {
      event: 'purchase',
      event_id: 'e-1',
      transaction_id: 'T-1',
      timestamp_ms: Date.now(),
      country_code: 'US',
    };
    const record = { ...event, user_data: { email: 'a@b.example' } };
    for (const [setting, id] of Object.entries({ transaction_id: 'T-1', event_id: 'e-1' })) {
      const { stdout } = await run(['map', '--source', 'ga4'], { DEDUPE_ID_GA4: setting }, lines(record));
      expect(JSON.parse(stdout)).toMatchObject({ clientDedupeId: id });
    }
  });

  it('explains each field with --explain, personal data masked, as a table and as NDJSON', async () => {
    const record = payload('a', { matchKeys: [{ type: 'EMAIL', values: ['Canary.Person@Example.com'] }] });
    const tabled = await run(['map', '--source', 'conversion', '--explain'], {}, lines(record));
    expect(tabled).toMatchObject({ code: 0, stderr: '' });
    expect(tabled.stdout).toContain('line 1: a\n');
    expect(tabled.stdout).toMatch(/unitsSold +│ unitsSold +│ as written +│ 2 /);
    expect(tabled.stdout).toMatch(/matchKeys\[0\] EMAIL │ matchKeys\[0\]\.values\[0\] +│ trim, lower-case, SHA-256/);
    const json = await run(['map', '--source', 'conversion', '--explain', '--json'], {}, lines(record, payload('b')));
    const events = json.stdout.trim().split('\n');
    expect(events.map((line) => (JSON.parse(line) as { clientDedupeId: string }).clientDedupeId)).toEqual(['a', 'b']);
    expect(JSON.parse(events[0] ?? '')).toMatchObject({
      line: 1,
      fields: expect.arrayContaining([
        expect.objectContaining({ from: 'matchKeys[0].values[0]', value: 'C***@E***.com' }),
      ]) as unknown,
    });
    expect(`${tabled.stdout}${json.stdout}`.toLowerCase()).not.toContain('canary');
    const both = await run(['map', '--source', 'conversion', '--explain', '--wire', 'ads-api-v1'], {});
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('--wire') });
  });

  it('prints the form of a wire', async () => {
    const { code, stdout } = await run(
      ['map', '--source', 'conversion', '--wire', 'ads-api-v1'],
      {},
      lines(payload('a')),
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      eventId: 'a',
      eventDescription: { eventIngestionMethod: 'SERVER_TO_SERVER' },
    });
  });
});

describe('an operator’s day', () => {
  it('goes from a file to Amazon, sees what was refused, corrects and replays it', async () => {
    const file = join(folder, 'events.ndjson');
    const rejects = join(folder, 'rejects.ndjson');
    await writeFile(file, lines(payload('good-1'), payload('bad-1'), payload('x', { value: 'x' }), payload('good-2')));
    const enqueued = await run(
      ['enqueue', file, '--source', 'conversion', '--account', account, '--rejects', rejects],
      environment,
    );
    expect(enqueued).toMatchObject({ code: 0, stdout: `3 accepted, 1 refused: see ${rejects}\n` });
    expect(JSON.parse(await readFile(rejects, 'utf8'))).toEqual({
      line: 3,
      reason: 'invalid',
      issues: [{ path: 'value', message: 'must be a number' }],
    });

    const fault = { kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT', message: 'not this one' };
    await fetch(`${sandbox.address('sandbox')}/sandbox/faults`, { method: 'POST', body: JSON.stringify(fault) });
    const worker = await Program.start('worker', [], environment);
    const intake = await Program.start('intake', [], environment);
    const posted = await fetch(`${intake.address('intake')}/v1/events?account=${account}`, {
      method: 'POST',
      headers: { Authorization: 'Bearer key-of-sixteen-characters', 'Content-Type': 'application/json' },
      body: JSON.stringify(payload('over-http')),
    });
    expect(posted.status).toBe(202);
    await until(async () => {
      const { stdout } = await run(['status', '--json'], environment);
      expect(JSON.parse(stdout)).toMatchObject([
        { balance: { accepted: 4, delivered: 3, deadLettered: 1, queued: 0, difference: 0 } },
      ]);
    });

    const listed = await letters('list', '--json');
    const [letter] = JSON.parse(listed.stdout) as { id: string }[];
    expect(letter).toMatchObject({
      reason: 'rejected',
      event: { clientDedupeId: 'bad-1' },
      answer: { message: 'not this one' },
    });
    const exported = (await letters('export', '--reason', 'rejected')).stdout.trimEnd().split('\n');
    expect(exported.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual([letter?.id]);
    expect((await letters('list')).stdout).toMatch(/ bad-1 .* INVALID_INPUT /);
    expect((await letters('stats')).stdout).toContain('not this one');
    expect(JSON.parse((await letters('show', letter?.id ?? '')).stdout)).toMatchObject({ id: letter?.id });
    expect(await letters('show', 'nobody')).toMatchObject({ code: 2 });
    expect((await letters('replay', '--reason', 'rejected', '--dry-run')).stdout).toContain('1 would be replayed');
    expect((await run(['status'], environment)).stdout).toContain('rejected 1');

    await fetch(`${sandbox.address('sandbox')}/sandbox/faults`, { method: 'DELETE' });
    expect((await letters('replay', '--reason', 'rejected', '--set', 'value=7', '--wait', '30')).stdout).toBe(
      '1 replayed, 0 stay\nso far: 1 delivered, 0 duplicate, 0 failed again, 0 in flight\n',
    );
    expect((await letters('operations')).stdout).toContain('1 delivered, 0 duplicate, 0 failed again, 0 in flight');
    await until(async () => {
      const { code, stdout } = await run(['status', '--json'], environment);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject([{ balance: { accepted: 5, delivered: 4, queued: 0, difference: 0 } }]);
    });
    expect((await run(['status'], environment)).stdout).toContain(
      '4 accepted + 1 replayed = 4 delivered + 0 duplicate + 1 dead-lettered + 0 queued: balances',
    );
    const metrics = await (await fetch(`${worker.address('metrics')}/metrics`)).text();
    expect(metrics).toContain(`capi_events_settled_total{account="${account}",outcome="delivered"} 4`);
    expect(await (await fetch(`${intake.address('metrics')}/readyz`)).json()).toEqual({ status: 'ok' });
    expect(await intake.end()).toBe(0);
    expect(await worker.end()).toBe(0);
  });

  it('discards only after a confirmation', async () => {
    expect(await letters('discard')).toMatchObject({ code: 2 });
    expect(await letters('discard', '--all', '--dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('0 would be discarded'),
    });
    expect(await letters('discard', '--all')).toMatchObject({ code: 0, stdout: '0 discarded\n' });
  });
});
