// Real: Redis, a worker, the sandbox over HTTP: what is known of a refresh token's end, and what happens at its end.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkRefreshToken } from '../../src/checks/check-refresh-token.js';
import { collectAccountStates } from '../../src/queue/account-state.js';
import { keysOf } from '../../src/queue/queue.js';
import { forgetRefreshToken, noteRefreshToken, readRefreshToken } from '../../src/queue/refresh-token.js';
import { refreshTokenFileText } from '../../src/settings/refresh-token-file.js';
import { eventOf } from '../support/events.js';
import { metricOf, until, World } from '../support/world.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-11-27T10:00:00Z');
const METRIC = 'capi_refresh_token_expires_timestamp_seconds';

let world: World;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capi-refresh-'));
});
afterEach(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

const known = () => readRefreshToken(world.account, world.connection);

describe('noting a refresh token', () => {
  beforeEach(async () => {
    world = await World.open();
  });
  const note = (token: string, nowMs: number, consentedAtMs?: number) =>
    noteRefreshToken(world.account, world.connection, { token, consentedAtMs, nowMs });

  it('guesses by the day on which it was first seen, and keeps that day', async () => {
    expect(await known()).toBeUndefined();
    await note('Atzr|a', NOW_MS);
    await note('Atzr|a', NOW_MS + DAY_MS);
    expect(await known()).toEqual({ consentedAtMs: NOW_MS, endsAtMs: NOW_MS + 365 * DAY_MS, isGuess: true });
  });

  it('takes another token for one that was just given', async () => {
    await note('Atzr|a', NOW_MS);
    await note('Atzr|b', NOW_MS + DAY_MS);
    expect(await known()).toMatchObject({ consentedAtMs: NOW_MS + DAY_MS, isGuess: true });
  });

  it('believes who says when a person consented, also afterwards, and once it is not said any more', async () => {
    await note('Atzr|a', NOW_MS);
    await note('Atzr|a', NOW_MS + DAY_MS, NOW_MS - 90 * DAY_MS);
    const said = { consentedAtMs: NOW_MS - 90 * DAY_MS, endsAtMs: NOW_MS + 275 * DAY_MS, isGuess: false };
    expect(await known()).toEqual(said);
    await note('Atzr|a', NOW_MS + 2 * DAY_MS);
    expect(await known()).toEqual(said);
    await note('Atzr|b', NOW_MS + 3 * DAY_MS);
    expect(await known()).toMatchObject({ consentedAtMs: NOW_MS + 3 * DAY_MS, isGuess: true });
  });

  it('keeps no token in Redis, and forgets', async () => {
    await note('Atzr|canary', NOW_MS);
    const record = await world.connection.hgetall(keysOf(world.account).refreshToken);
    expect(JSON.stringify(record)).not.toContain('canary');
    expect(record['digest']).toMatch(/^[0-9a-f]{20}$/);
    await forgetRefreshToken(world.account, world.connection);
    expect(await known()).toBeUndefined();
  });
});

describe('a worker', () => {
  it('notes the token at its start, exports its end, and check tells it', async () => {
    world = await World.open({ LWA_CONSENT_DATE: '2026-09-01' });
    const { metrics } = await world.startWorker();
    const endsAtMs = Date.parse('2027-09-01');
    await until(async () => expect(await known()).toMatchObject({ endsAtMs, isGuess: false }));
    const labels = { account: world.account };
    await expect(metricOf(metrics, METRIC, labels)).rejects.toThrow('no series');
    await collectAccountStates({ ...world.watched(metrics), metrics });
    expect(await metricOf(metrics, METRIC, labels)).toBe(endsAtMs / 1000);
    const [result] = await checkRefreshToken(world.advertiser, world.settings.REDIS_URL);
    expect(result).toMatchObject({
      name: `refresh token ${world.account}`,
      found: expect.stringContaining('2027-09-01'),
    });
  });

  it('reports the end of an undated token as a guess', async () => {
    world = await World.open();
    expect(await checkRefreshToken(world.advertiser, world.settings.REDIS_URL)).toMatchObject([
      { level: 'warn', found: expect.stringContaining('is not known') },
    ]);
    await world.startWorker();
    await until(async () => expect(await known()).toMatchObject({ isGuess: true }));
    expect(await checkRefreshToken(world.advertiser, world.settings.REDIS_URL)).toMatchObject([
      { level: 'warn', found: expect.stringContaining('a guess'), advice: expect.stringContaining('LWA_CONSENT_DATE') },
    ]);
  });

  it('exports nothing for a token without an end, and for an API token', async () => {
    world = await World.open({ LWA_CONSENT_DATE: '2025-09-01' });
    const { metrics } = await world.startWorker();
    await until(async () => expect(await known()).toMatchObject({ endsAtMs: undefined }));
    await collectAccountStates({ ...world.watched(metrics), metrics });
    await expect(metricOf(metrics, METRIC, { account: world.account })).rejects.toThrow('no series');
    await world.stopWorkers();
    await world.startWorker({
      wire: 'ads-api-v1',
      credentials: { kind: 'api_token', readToken: () => 'amzn_ads|1' },
      managerAccountId: 'amzn1.ads1.ma1.a1',
      dataSetId: 'amzn1.adm.ds1.evnt1.x',
    });
    await until(async () => expect(await known()).toBeUndefined());
    expect(
      await checkRefreshToken({ ...world.advertiser, credentials: { kind: 'api_token', readToken: () => '' } }, ''),
    ).toEqual([]);
  });

  it('is held when the token ends, and goes on with a new one from its file, whose date it takes', async () => {
    const file = join(folder, 'refresh-token');
    writeFileSync(file, refreshTokenFileText('Atzr|old', Date.now() - 365 * DAY_MS));
    world = await World.open({ LWA_REFRESH_TOKEN: '', LWA_REFRESH_TOKEN_FILE: file });
    await world.startWorker();
    await world.enqueue([eventOf('a')]);
    await world.untilSettled({ delivered: 1 });
    world.sandbox.tokens.expireRefreshTokens();
    world.sandbox.tokens.expireAll();
    await world.enqueue([eventOf('b')]);
    await until(async () => {
      expect((await world.state()).gate).toMatchObject({ reason: 'credentials_refused', detail: 'invalid_grant' });
    });
    const consentedAtMs = Date.now() - DAY_MS;
    writeFileSync(file, refreshTokenFileText('Atzr|new', consentedAtMs));
    await world.untilSettled({ delivered: 2, dead_lettered: 0 });
    await until(async () => expect(await known()).toMatchObject({ consentedAtMs, isGuess: false }));
    expect(world.logLines.join('')).not.toContain('Atzr|');
  });
});
