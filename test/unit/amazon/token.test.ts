// Real: undici over loopback, with a server that sends any bytes.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LwaTokens } from '../../../src/amazon/token.js';
import { lwaAt } from '../../support/credentials.js';
import { answerText, RawServer } from '../../support/raw-server.js';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 150);

let server: RawServer;
beforeEach(async () => {
  server = await RawServer.open();
});
afterEach(() => server.close());

describe('refreshing a token at a server that answers anything', () => {
  it('has a token only where the answer is a 200 that names one with its lifetime', async () => {
    const bodies = fc.oneof(
      fc.json(),
      fc.string({ maxLength: 50 }),
      fc
        .record({ access_token: fc.oneof(fc.string(), fc.jsonValue()), expires_in: fc.jsonValue() })
        .map((body) => JSON.stringify(body)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(200, 201, 400, 401, 403, 429, 500),
        bodies,
        fc.boolean(),
        async (status, body, isCut) => {
          server.answer = { bytes: answerText(status, body), isCut };
          const tokens = new LwaTokens(lwaAt(server.url));
          const result = await tokens.get();
          if (result.kind === 'token') {
            expect(status).toBe(200);
            expect(body).toContain('access_token');
            expect(result.token).not.toBe('');
          }
          // A lifetime of almost zero is over before anybody could ask again.
          if (result.kind !== 'token' || tokens.cached !== result.token) expect(tokens.cached).toBeUndefined();
        },
      ),
      { numRuns: RUNS },
    );
  });

  it.each([
    [400, '{"error":"invalid_grant"}', { kind: 'refused', code: 'invalid_grant' }],
    [401, 'no JSON', { kind: 'refused', code: 'status_401' }],
    [503, '{}', { kind: 'failed', code: 'status_503' }],
    [200, '{"access_token":"t","expires_in":-1}', { kind: 'failed', code: 'status_200' }],
    [400, '{"access_token":"t","expires_in":60}', { kind: 'refused', code: 'status_400' }],
  ])('says what a %i of %s means', async (status, body, expected) => {
    server.answer = { bytes: answerText(status, body) };
    expect(await new LwaTokens(lwaAt(server.url)).get()).toEqual(expected);
  });

  it('asks with the refresh token and the secret, in a form', async () => {
    server.answer = { bytes: answerText(200, '{"access_token":"t1","expires_in":3600}') };
    await new LwaTokens(lwaAt(server.url, () => 'the secret')).get();
    const { line, headers, body } = server.takeRequest();
    expect(line).toBe('POST /auth/o2/token HTTP/1.1');
    expect(headers).toMatchObject({ 'content-type': 'application/x-www-form-urlencoded' });
    const { readRefreshToken, clientId } = lwaAt(server.url);
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: readRefreshToken(),
      client_id: clientId,
      client_secret: 'the secret',
    });
  });

  it('asks again after a refresh that failed', async () => {
    const tokens = new LwaTokens(lwaAt(server.url));
    expect(tokens.isRenewable).toBe(true);
    tokens.drop('none is there');
    server.answer = { bytes: answerText(503, '{}') };
    expect(await tokens.get()).toMatchObject({ kind: 'failed' });
    server.answer = { bytes: answerText(200, '{"access_token":"t1","expires_in":3600}') };
    expect(await tokens.get()).toEqual({ kind: 'token', token: 't1' });
  });

  it.each([
    ['a minute before its end', 3_600, 3_540_000],
    ['at half its life where it is short', 60, 30_000],
  ])('renews a token %s', async (_when, lifetimeSeconds, afterMs) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      server.answer = { bytes: answerText(200, `{"access_token":"t1","expires_in":${lifetimeSeconds}}`) };
      const tokens = new LwaTokens(lwaAt(server.url));
      await tokens.get();
      vi.advanceTimersByTime(afterMs - 1);
      expect(tokens.cached).toBe('t1');
      vi.advanceTimersByTime(1);
      expect(tokens.cached).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });

  it('asks once for all who wait, keeps the token, and drops it only while it is the current one', async () => {
    server.answer = { bytes: answerText(200, '{"access_token":"t1","expires_in":"3600"}') };
    const results: string[] = [];
    const tokens = new LwaTokens(lwaAt(server.url), (result) => results.push(result));
    const answers = await Promise.all([tokens.get(), tokens.get(), tokens.get()]);
    expect(answers).toEqual(Array.from({ length: 3 }, () => ({ kind: 'token', token: 't1' })));
    expect(await tokens.get()).toEqual({ kind: 'token', token: 't1' });
    expect(results).toEqual(['ok']);
    tokens.drop('another');
    expect(tokens.cached).toBe('t1');
    tokens.drop('t1');
    expect(tokens.cached).toBeUndefined();
  });

  it.each([
    ['a secret file that is gone', Object.assign(new Error('gone'), { code: 'ENOENT' }), 'ENOENT'],
    ['anything else', new Error('no code'), 'network'],
  ])('fails for %s, to try again', async (_what, error, code) => {
    const broken = lwaAt(server.url, () => {
      throw error;
    });
    expect(await new LwaTokens(broken).get()).toEqual({ kind: 'failed', code });
  });
});
