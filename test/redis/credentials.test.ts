// Real: Redis, BullMQ, undici, the sandbox over HTTP, which accepts each valid combination of credentials and refuses
// the others.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { DeadReason, HoldReason } from '../../src/mapping/outcome.js';
import type { Fault } from '../../src/sandbox/faults.js';
import { API_TOKEN, CREDENTIAL_COMBINATIONS } from '../support/credential-combinations.js';
import { eventOf } from '../support/events.js';
import { metricOf, until, World } from '../support/world.js';

let world: World;
afterEach(() => world.close());

const once = (status: number, body?: string): Fault => ({
  kind: 'status',
  status,
  times: 1,
  ...(body !== undefined && { body }),
});
const always = (status: number): Fault => ({ kind: 'status', status });
const item = (code: string, times?: number): Fault => ({
  kind: 'item_error',
  idHolds: 'a',
  code,
  ...(times !== undefined && { times }),
});

/** DESIGN.md section 7, row by row: a single event becomes this letter, or is delivered after this hold. */
const ANSWERS: readonly (readonly [string, Fault, { letter?: DeadReason; held?: HoldReason }])[] = [
  ['a 200 without a body delivers', once(200, ''), {}],
  ['a 200 that says success delivers', once(200, '{"status":"SUCCESS"}'), {}],
  ['a 200 that lists the item is read like a 207', once(200, '{"success":[{"index":0}],"error":[]}'), {}],
  ['a 200 that is a page is an outage', once(200, '<html>'), {}],
  ['a 207 that cannot be read is an outage', once(207, '{}'), {}],
  ...[302, 404, 405, 406, 415].map(heldAfter),
  ...[408, 429, 500, 502, 503, 504].map((status) => [`after one ${status} it delivers`, once(status), {}] as const),
  ['a 400 makes a dead letter', always(400), { letter: 'rejected' }],
  ['a 422 makes a dead letter', always(422), { letter: 'rejected' }],
  ['a 403 makes a dead letter', always(403), { letter: 'forbidden' }],
  ['a 413 makes a dead letter', always(413), { letter: 'too_large' }],
  ['an item that is refused makes a dead letter', item('INVALID_INPUT'), { letter: 'rejected' }],
  ['an item that is forbidden makes a dead letter', item('FORBIDDEN'), { letter: 'forbidden' }],
  ['an item for later is sent again', item('INTERNAL_ERROR', 1), {}],
  ['an item in conflict is sent again', item('CONFLICT', 1), {}],
  ['an item that is named nowhere is sent again', { kind: 'omit_items', count: 1, times: 1 }, {}],
  ['after a timeout it delivers', { kind: 'latency', ms: 1_500, times: 1 }, {}],
  ['after a cut connection it delivers', { kind: 'drop', times: 1 }, {}],
  ['after a lost answer it delivers', { kind: 'lose_answer', times: 1 }, {}],
  ['after half an answer it delivers', { kind: 'half_answer', times: 1 }, {}],
];

function heldAfter(status: number) {
  return [`a ${status} holds the account as misconfigured`, once(status), { held: 'misconfigured' }] as const;
}

const heldFor = () =>
  world.logLines.flatMap((line) => {
    const { msg, reason } = JSON.parse(line) as { msg: string; reason?: string };
    return msg === 'account.held' ? [reason] : [];
  });

describe.each(CREDENTIAL_COMBINATIONS)('with %s', (_name, settings, account) => {
  const isToken = 'AMAZON_ADS_API_TOKEN' in settings;

  async function sendAfter(...faults: readonly Fault[]) {
    world = await World.open({ ...settings, REQUEST_TIMEOUT_MS: '1000' });
    for (const fault of faults) world.sandbox.faults.add(fault);
    await world.enqueue([eventOf('a')]);
    return world.startWorker();
  }

  it('a 207 delivers, for the account that is named', async () => {
    await sendAfter();
    await world.untilSettled({ delivered: 1 });
    expect(world.sandbox.received.list(account)).toHaveLength(1);
    expect(world.sandbox.stats).toMatchObject({ requests: 1, tokenRequests: isToken ? 0 : 1 });
    expect(heldFor()).toEqual([]);
  });

  it('one 401 is a token that has ended: a new one is got, or the account is held at once', async () => {
    await sendAfter({ kind: 'status', status: 401, times: 1 });
    await world.untilSettled({ delivered: 1 });
    expect(world.sandbox.stats).toMatchObject({ requests: 2, tokenRequests: isToken ? 0 : 2 });
    expect(heldFor()).toEqual(isToken ? ['unauthorized'] : []);
  });

  it('a 401 that stays holds the account, and no attempt is spent', async () => {
    const { metrics } = await sendAfter({ kind: 'status', status: 401 });
    await until(() => expect(heldFor()).toContain('unauthorized'));
    expect(world.sandbox.stats.requests).toBeGreaterThanOrEqual(isToken ? 1 : 2);
    const retries = { account: world.account, reason: 'server_error' };
    expect(await metricOf(metrics, 'capi_event_retries_total', retries)).toBe(0);
    world.sandbox.faults.clear();
    await world.untilSettled({ delivered: 1, dead_lettered: 0 });
  });

  it.each(ANSWERS)('%s', async (_answer, fault, { letter, held }) => {
    await sendAfter(fault);
    await world.untilSettled(letter ? { delivered: 0, dead_lettered: 1 } : { delivered: 1, dead_lettered: 0 });
    expect((await world.letters()).map(({ reason }) => reason)).toEqual(letter ? [letter] : []);
    expect(heldFor()).toEqual(held ? [held] : []);
    expect(world.logLines.join('')).not.toContain('canary');
  });

  if (isToken) return;
  it('a refusal by Login with Amazon holds the account until it ends', async () => {
    await sendAfter({ kind: 'credentials', error: 'invalid_grant', times: 1 });
    await world.untilSettled({ delivered: 1, dead_lettered: 0 });
    expect(heldFor()).toEqual(['credentials_refused']);
  });
});

describe('an API token in a file', () => {
  it('is read again after a refusal: a new one ends the hold without a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'capi-token-'));
    const file = join(folder, 'token');
    writeFileSync(file, 'Atza|the-wrong-kind');
    world = await World.open({ ...API_TOKEN, AMAZON_ADS_API_TOKEN: '', AMAZON_ADS_API_TOKEN_FILE: file });
    await world.enqueue([eventOf('a')]);
    await world.startWorker();
    await until(() => expect(heldFor()).toContain('unauthorized'));
    writeFileSync(file, 'amzn_ads|good');
    await world.untilSettled({ delivered: 1 });
    rmSync(folder, { recursive: true });
  });

  it('that is gone is waited for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'capi-token-'));
    const file = join(folder, 'token');
    writeFileSync(file, 'amzn_ads|good');
    world = await World.open({ ...API_TOKEN, AMAZON_ADS_API_TOKEN: '', AMAZON_ADS_API_TOKEN_FILE: file });
    await world.startWorker();
    rmSync(file);
    await world.enqueue([eventOf('a')]);
    await until(() => expect(world.logLines.join('')).toContain('"reason":"failed"'));
    writeFileSync(file, 'amzn_ads|good');
    await world.untilSettled({ delivered: 1 });
    rmSync(folder, { recursive: true });
  });
});
