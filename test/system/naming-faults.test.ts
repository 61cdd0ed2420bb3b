// Real: the built program as processes, with invalid settings and files.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conversionPayload } from '../support/events.js';
import { run, runIn } from '../support/program.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capi-faults-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('naming what is wrong', () => {
  it('names every faulty setting at once, what is missing and what is misspelt too, and ends with 2', async () => {
    const faulty = { BATCH_MAX_EVENTS: '501', AMAZON_ADS_REGION: 'XX', LWA_CLIENT_SECERT: 'canary' };
    for (const command of ['worker', 'check']) {
      const { code, stderr } = await run([command], { ...faulty, REDIS_URL: 'redis://localhost:99999' });
      expect(code).toBe(2);
      for (const fault of [
        'LWA_CLIENT_SECERT: did you mean LWA_CLIENT_SECRET?',
        'REDIS_URL: is no address',
        'AMAZON_ADS_REGION: must be NA, EU or FE',
        'BATCH_MAX_EVENTS: must be between 1 and 500',
        'account default: the client secret (LWA_CLIENT_SECRET) is missing',
        'account default: the profile id (AMAZON_ADS_PROFILE_ID) is missing',
      ]) {
        expect(stderr).toContain(`  - ${fault}`);
      }
      expect(stderr).not.toContain('canary');
    }
  });

  it.each([
    [['find', ''], 'the id is empty: name an order, an event or a dedupe id'],
    [['reconcile', 'stripe', '--account', 'nope'], 'there is no account nope: see ACCOUNTS_FILE'],
    [['find', ' #'], 'the id is empty: name an order, an event or a dedupe id'],
    [['sandbox', '--port', '99999'], "argument '99999' is invalid. must be between 0 and 65535"],
    [['sandbox', '--index-base', '2'], "argument '2' is invalid. must be between 0 and 1"],
    [['sandbox', '--token-ttl', '0'], "argument '0' is invalid. must be at least 1"],
    [['dead-letters', 'list', '--limit', '0'], "argument '0' is invalid. must be at least 1"],
    [['dead-letters', 'replay', '--all', '--max', '0'], "argument '0' is invalid. must be at least 1"],
  ])('says of %j what is wanted, and ends with 2', async (words, message) => {
    const { code, stderr } = await run(words, {});
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });

  it('reads .env as the environment, and says where it cannot', async () => {
    const withFile = await mkdtemp(join(folder, 'env-'));
    await writeFile(join(withFile, '.env'), 'REDIS_ULR=redis://127.0.0.1:1\n');
    expect(await runIn(withFile, ['status'], {})).toMatchObject({
      code: 2,
      stderr: 'capi-forwarder: settings are wrong:\n  - REDIS_ULR: did you mean REDIS_URL?\n',
    });
    await rm(join(withFile, '.env'));
    await mkdir(join(withFile, '.env'));
    expect(await runIn(withFile, ['status'], {})).toMatchObject({
      code: 2,
      stderr: 'capi-forwarder: settings are wrong:\n  - .env: is a folder, not a file\n',
    });
  });

  it('says in words why a file cannot be read', async () => {
    const empty = await mkdtemp(join(folder, 'empty-'));
    const none = join(empty, 'none.json');
    const cases: [string[], string][] = [
      [['map', '--source', 'order', none], `${none}: there is no such file or folder`],
      [['map', '--source', 'order', empty], `${empty}: is a folder, not a file`],
      [['dead-letters', 'import', none], `${none}: there is no such file or folder`],
      [['dead-letters', 'replay', '--all', '--patch', empty], `--patch ${empty}: is a folder, not a file`],
    ];
    for (const [args, text] of cases) {
      expect(await run(args, { REDIS_URL: process.env['REDIS_URL'] ?? '' })).toMatchObject({
        code: 2,
        stderr: `capi-forwarder: ${text}\n`,
      });
    }
  });

  it.each([
    [['stauts'], "unknown command 'stauts'\n(Did you mean status?)"],
    [['dead-letters', 'lits'], "unknown command 'lits'\n(Did you mean list?)"],
    [['map', '--source', 'ordr'], 'conversion, ga4, order, shopify, woocommerce, stripe, csv: did you mean order?'],
    [['reconcile', 'shopfy'], 'shopify, woocommerce, stripe: did you mean shopify?'],
    [['map', '--source', 'order', '--explian'], "unknown option '--explian'\n(Did you mean --explain?)"],
  ])('%j: names the near one', async (args, text) => {
    const { code, stderr } = await run(args, {});
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(text) });
    expect(stderr).toMatch(/^capi-forwarder: (?!error)/);
  });

  it('tells the first refused record of an import and why, where no file was asked for that does', async () => {
    const records = [{ ...conversionPayload(), countryCode: 'XX' }, { clientDedupeId: 'b' }];
    const file = join(folder, 'refused.ndjson');
    await writeFile(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const url = { REDIS_URL: process.env['REDIS_URL'] ?? '' };
    const first = 'capi-forwarder: the first refused record is line 1: ';
    const enqueue = ['enqueue', file, '--source', 'conversion'];
    const { code, stdout, stderr } = await run(enqueue, url);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '0 accepted, 2 refused: see all with --rejects FILE\n' });
    expect(stderr).toContain(first);
    expect(stderr).toContain('countryCode is a code');
    const rejects = join(folder, 'rejects.ndjson');
    expect(await run([...enqueue, '--rejects', rejects], url)).toMatchObject({
      stdout: `0 accepted, 2 refused: see ${rejects}\n`,
      stderr: '',
    });
  });
});
