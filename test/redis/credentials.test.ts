// Real: Redis, BullMQ, undici, the sandbox over HTTP, which knows each combination of credentials and refuses the others.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { API_TOKEN, CREDENTIAL_COMBINATIONS } from '../support/credential-combinations.js';
import { eventOf } from '../support/events.js';
import { metricOf, until, World } from '../support/world.js';

let world: World;
afterEach(() => world.close());

const heldFor = () =>
  world.logLines.flatMap((line) => {
    const { msg, reason } = JSON.parse(line) as { msg: string; reason?: string };
    return msg === 'account.held' ? [reason] : [];
  });

describe.each(CREDENTIAL_COMBINATIONS)('with %s', (_name, settings, account) => {
  const isToken = 'AMAZON_ADS_API_TOKEN' in settings;

  async function sendAfter(faults: readonly { status: number; times?: number }[]) {
    world = await World.open(settings);
    for (const { status, times } of faults) {
      world.sandbox.faults.add({ kind: 'status', status, ...(times !== undefined && { times }) });
    }
    await world.enqueue([eventOf('a')]);
    return world.startWorker();
  }

  it('a 207 delivers, for the account that is named', async () => {
    await sendAfter([]);
    await world.untilSettled({ delivered: 1 });
    expect(world.sandbox.received.list(account)).toHaveLength(1);
    expect(world.sandbox.stats).toMatchObject({ requests: 1, tokenRequests: isToken ? 0 : 1 });
    expect(heldFor()).toEqual([]);
  });

  it('one 401 is a token that has ended: a new one is got, or the account is held at once', async () => {
    await sendAfter([{ status: 401, times: 1 }]);
    await world.untilSettled({ delivered: 1 });
    expect(world.sandbox.stats).toMatchObject({ requests: 2, tokenRequests: isToken ? 0 : 2 });
    expect(heldFor()).toEqual(isToken ? ['unauthorized'] : []);
  });

  it('a 401 that stays holds the account, and no attempt is spent', async () => {
    const { metrics } = await sendAfter([{ status: 401 }]);
    await until(() => expect(heldFor()).toContain('unauthorized'));
    expect(world.sandbox.stats.requests).toBeGreaterThanOrEqual(isToken ? 1 : 2);
    const retries = { account: world.account, reason: 'server_error' };
    expect(await metricOf(metrics, 'capi_event_retries_total', retries)).toBe(0);
    world.sandbox.faults.clear();
    await world.untilSettled({ delivered: 1, dead_lettered: 0 });
  });

  it.each([
    [400, 'rejected'],
    [403, 'forbidden'],
  ])('a %i makes a dead letter: %s', async (status, reason) => {
    await sendAfter([{ status }]);
    await world.untilSettled({ dead_lettered: 1 });
    expect((await world.letters()).map((letter) => letter.reason)).toEqual([reason]);
  });

  it('a 415 holds the account as misconfigured', async () => {
    await sendAfter([{ status: 415, times: 1 }]);
    await world.untilSettled({ delivered: 1 });
    expect(heldFor()).toEqual(['misconfigured']);
  });

  it.each([429, 500, 503])('after one %i it delivers', async (status) => {
    await sendAfter([{ status, times: 1 }]);
    await world.untilSettled({ delivered: 1 });
    expect(heldFor()).toEqual([]);
    expect(world.logLines.join('')).not.toContain('canary');
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
