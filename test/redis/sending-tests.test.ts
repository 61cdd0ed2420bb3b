// Real: the sandbox over HTTP with each combination of credentials and its faults; Redis, which must stay unchanged.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CheckResult } from '../../src/checks/result.js';
import { sendTest } from '../../src/checks/send-test.js';
import { TEST_ID_PREFIX } from '../../src/checks/test-event.js';
import type { Fault } from '../../src/sandbox/faults.js';
import { WIRES } from '../../src/settings/account-entry.js';
import type { Account } from '../../src/settings/accounts.js';
import { CREDENTIAL_COMBINATIONS } from '../support/credential-combinations.js';
import { lwaCredentials } from '../support/credentials.js';
import { World } from '../support/world.js';

const TIMEOUT_MS = 20_000;
/** For an answer that does not come. */
const SHORT_TIMEOUT_MS = 300;

let world: World;
afterEach(() => world.close());

async function send(
  overrides: Partial<Account> = {},
  isFromFile = false,
  timeoutMs = TIMEOUT_MS,
): Promise<CheckResult> {
  const account = { ...world.advertiser, name: 'shop', ...overrides };
  const results = await sendTest(account, { timeoutMs, country: undefined, isFromFile });
  expect(results).toHaveLength(1);
  const [result] = results;
  if (!result) throw new Error('there is no result');
  expect(JSON.stringify(result)).not.toContain('canary');
  expect(result).toMatchObject({ name: 'test event shop', advice: expect.any(String) });
  expect(`${result.found}${result.advice}`).not.toMatch(/\n|undefined/);
  return result;
}

describe.each(CREDENTIAL_COMBINATIONS)('sending a test event with %s', (_name, settings, account) => {
  const isToken = 'AMAZON_ADS_API_TOKEN' in settings;
  beforeEach(async () => {
    world = await World.open(settings);
  });

  it('is accepted once, for the account and the dataset that are set, and leaves nothing in Redis', async () => {
    const { level, found, advice } = await send();
    expect(level).toBe('ok');
    const received = world.sandbox.received.list(account);
    expect(received).toMatchObject([{ received: 1, hasPlaintext: false }]);
    expect(received[0]?.id.startsWith(TEST_ID_PREFIX)).toBe(true);
    const dataSet = settings['AMAZON_ADS_DATASET_NAME'] ?? settings['AMAZON_ADS_DATASET_ID'];
    const { host } = new URL(world.sandboxUrl);
    const into = dataSet ? ` into dataset ${dataSet}` : '';
    expect(found).toBe(`${host} accepted ${received[0]?.id}${into} (207, request sandbox-1)`);
    expect(advice).toContain('Events Manager within two hours');
    expect(world.sandbox.stats).toMatchObject({ requests: 1, tokenRequests: isToken ? 0 : 1 });
    const { ledger, queuedEvents } = await world.state();
    expect(Object.values({ ...ledger, queuedEvents }).filter((count) => count !== 0)).toEqual([]);
  });

  it('has an id of its own each time', async () => {
    await send();
    await send();
    expect(world.sandbox.received.list(account)).toMatchObject([{ received: 1 }, { received: 1 }]);
  });

  it('goes once more after one 401 where there is another token, and never with an API token', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 401, times: 1 });
    const { level } = await send();
    expect(level).toBe(isToken ? 'fail' : 'ok');
    expect(world.sandbox.stats).toMatchObject(
      isToken ? { requests: 1, tokenRequests: 0 } : { requests: 2, tokenRequests: 2 },
    );
  });

  it('says of a 401 that stays which credentials are refused', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 401 });
    const { level, found, advice } = await send();
    expect(level).toBe('fail');
    expect(found).toMatch(/ refuses the credentials: 401 UNAUTHORIZED: the sandbox answers 401 \(request sandbox-/);
    expect(advice).toContain(
      isToken ? 'AMAZON_ADS_API_TOKEN was revoked or is wrong' : 'LWA_CLIENT_ID must be approved',
    );
    expect(world.sandbox.stats.requests).toBe(isToken ? 1 : 2);
  });

  it('says of a 403 which id to look at', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 403 });
    const { level, found, advice } = await send();
    expect(level).toBe('fail');
    expect(found).toContain('forbids it: 403 FORBIDDEN');
    const isManager = 'AMAZON_ADS_MANAGER_ACCOUNT_ID' in settings;
    const id = isManager ? 'MANAGER_ACCOUNT_ID' : 'AMAZON_ADS_WIRE' in settings ? 'ACCOUNT_ID' : 'PROFILE_ID';
    expect(advice).toContain(`AMAZON_ADS_${id}`);
    if (isToken) expect(advice).toContain('AMAZON_ADS_DATASET_ID must belong together');
    expect(world.sandbox.stats.requests).toBe(1);
  });
});

describe.each(WIRES)('what Amazon answers to a test event over %s', (wire) => {
  beforeEach(async () => {
    world = await World.open({ AMAZON_ADS_WIRE: wire });
  });

  const status = (code: number, body?: string): Fault => ({
    kind: 'status',
    status: code,
    ...(body !== undefined && { body }),
  });
  const item = (code: string, told: Partial<Fault> = {}) =>
    ({ kind: 'item_error', code, idHolds: TEST_ID_PREFIX, ...told }) as Fault;

  it.each<[string, Fault, CheckResult['level'], { found: RegExp; advice: string }]>([
    [
      '200 without a body',
      status(200, ''),
      'ok',
      { found: /accepted capi-forwarder-test-\S+ \(200, request /, advice: 'Events Manager' },
    ],
    [
      '200 that says success',
      status(200, '{"status":"SUCCESS"}'),
      'ok',
      { found: /accepted .* \(200, /, advice: 'Events Manager' },
    ],
    [
      '200 that is a page',
      status(200, '<html>'),
      'fail',
      { found: /no known form: 200: <html>.*may have arrived/, advice: 'report it' },
    ],
    [
      '207 with an error',
      item('INVALID_INPUT', { message: 'no such country' }),
      'fail',
      {
        found: /refuses the event: (400|207) INVALID_INPUT: no such country \(request (item|sandbox)-1\)/,
        advice: 'check AMAZON_ADS_WIRE',
      },
    ],
    [
      '207 that forbids it',
      item('FORBIDDEN', { status: 403 }),
      'fail',
      { found: /forbids it: (403|207) FORBIDDEN/, advice: 'check AMAZON_ADS_' },
    ],
    [
      '207 for later',
      item('INTERNAL_ERROR', { status: 500 }),
      'fail',
      { found: /server error: (500|207) INTERNAL_ERROR/, advice: 'later' },
    ],
    [
      '207 that names no event',
      { kind: 'omit_items', count: 1 },
      'fail',
      { found: /no known form: 207.*may have arrived/, advice: 'Events Manager' },
    ],
    [
      '302',
      status(302),
      'fail',
      { found: /takes no events there: 302/, advice: 'AMAZON_ADS_ENDPOINT, AMAZON_ADS_REGION and AMAZON_ADS_WIRE' },
    ],
    [
      '400',
      status(400),
      'fail',
      { found: /refuses the event: 400 BAD_REQUEST: the sandbox answers 400 \(request /, advice: 'AMAZON_ADS_WIRE' },
    ],
    [
      '400 without words',
      status(400, ''),
      'fail',
      { found: /refuses the event: 400 \(request /, advice: 'AMAZON_ADS_WIRE' },
    ],
    ['404', status(404), 'fail', { found: /takes no events there: 404 NOT_FOUND/, advice: 'AMAZON_ADS_ENDPOINT' }],
    ['413', status(413), 'fail', { found: /takes no events there: 413/, advice: 'AMAZON_ADS_ENDPOINT' }],
    ['415', status(415), 'fail', { found: /takes no events there: 415/, advice: 'check AMAZON_ADS_CONTENT_TYPE' }],
    ['429', status(429), 'warn', { found: /throttling us: 429/, advice: 'in a minute' }],
    ['500', status(500), 'fail', { found: /^Amazon has a server error: 500 INTERNAL_ERROR/, advice: 'later' }],
    ['503', status(503), 'fail', { found: /^Amazon has a server error: 503/, advice: 'later' }],
    [
      'nothing in time',
      { kind: 'latency', ms: 2_000 },
      'fail',
      { found: /no answer within 0.3 s; the event may have arrived/, advice: 'run it again' },
    ],
    [
      'a cut connection',
      { kind: 'drop' },
      'fail',
      { found: /gives no answer \(UND_ERR_SOCKET\); the event may/, advice: 'may connect to' },
    ],
    [
      'an answer that is lost',
      { kind: 'lose_answer' },
      'fail',
      { found: /gives no answer \(UND_ERR_SOCKET\); the event may/, advice: 'connect' },
    ],
  ])('%s', async (_what, fault, level, { found, advice }) => {
    world.sandbox.faults.add(fault);
    const result = await send({}, false, fault.kind === 'latency' ? SHORT_TIMEOUT_MS : TIMEOUT_MS);
    expect(result).toMatchObject({ level, found: expect.stringMatching(found) });
    expect(result.advice).toContain(advice);
    // It is never sent again.
    expect(world.sandbox.stats.requests).toBe(1);
  });

  it('nobody at the address: nothing has left', async () => {
    const { found } = await send({ endpoint: 'http://127.0.0.1:1' });
    expect(found).toBe('127.0.0.1:1 gives no answer (ECONNREFUSED)');
  });

  it('no token: nothing is sent', async () => {
    world.sandbox.faults.add({ kind: 'credentials', error: 'invalid_grant' });
    expect(await send()).toMatchObject({
      level: 'fail',
      found: 'not sent: there is no token (invalid_grant)',
      advice: expect.stringContaining('token shop'),
    });
    const tokenUrl = 'http://127.0.0.1:1/token';
    expect(await send({ credentials: lwaCredentials({ tokenUrl }) })).toMatchObject({ level: 'fail' });
    expect(world.sandbox.stats.requests).toBe(0);
  });

  it('a token that cannot be got again after a 401: it is sent once', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 401 });
    // The first token is given; the second is refused.
    let reads = 0;
    const { credentials } = world.advertiser;
    if (credentials.kind !== 'lwa') throw new Error('the world has Login with Amazon');
    const readRefreshToken = () => {
      reads += 1;
      if (reads > 1) world.sandbox.faults.add({ kind: 'credentials', error: 'invalid_grant' });
      return credentials.readRefreshToken();
    };
    const { found } = await send({ credentials: { ...credentials, readRefreshToken } });
    expect(found).toMatch(/refuses the credentials: 401/);
    expect(world.sandbox.stats.requests).toBe(1);
  });

  it('names the fields of ACCOUNTS_FILE where the account stands there', async () => {
    world.sandbox.faults.add(status(404));
    const { advice } = await send({}, true);
    expect(advice).toBe('check endpoint (ACCOUNTS_FILE), region (ACCOUNTS_FILE) and wire (ACCOUNTS_FILE)');
  });
});
