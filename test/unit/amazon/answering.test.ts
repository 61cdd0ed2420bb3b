// Real: undici over loopback, against a server that sends any bytes. What comes back is an answer or a failure, never a
// throw, and an answer that was cut off is never one.
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readAnswer } from '../../../src/amazon/answer.js';
import { ConversionsClient, failureOf } from '../../../src/amazon/client.js';
import { listProfiles } from '../../../src/amazon/profiles.js';
import { LwaTokens } from '../../../src/amazon/token.js';
import { verdictOf } from '../../../src/amazon/verdict-of.js';
import { eventsManagerV1 as wire } from '../../../src/amazon/wires/events-manager-v1.js';
import type { Account } from '../../../src/settings/accounts.js';
import type { LwaCredentials } from '../../../src/settings/credentials.js';
import { lwaCredentials } from '../../support/credentials.js';
import { NOW_MS } from '../../support/events.js';
import { answerText, RawServer } from '../../support/raw-server.js';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 150);
const TIMEOUT_MS = 500;
const COUNT = 3;
const LISTED = '{"success":[{"index":0},{"index":1},{"index":2}]}';

let server: RawServer;
let account: Account;
let client: ConversionsClient;

beforeAll(async () => {
  server = await RawServer.open();
  account = accountAt(server.url);
  client = new ConversionsClient(account, TIMEOUT_MS, 1);
});
afterAll(async () => {
  await client.close();
  await server.close();
});
beforeEach(() => {
  server.answer = { bytes: '' };
});

function lwaAt(url: string, readClientSecret = () => 's'): LwaCredentials {
  return lwaCredentials({ tokenUrl: `${url}/auth/o2/token`, readClientSecret });
}

function accountAt(url: string, overrides: Partial<Account> = {}): Account {
  return {
    name: 'default',
    region: 'NA',
    wire: 'events-manager-v1',
    endpoint: url,
    profileId: '1',
    credentials: lwaAt(url),
    ...overrides,
  };
}

describe('sending to a server that answers anything', () => {
  const bodies = fc.oneof(
    fc.constant(LISTED),
    fc.json(),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.nat(LISTED.length).map((length) => LISTED.slice(0, length)),
  );

  it('gives as many verdicts as events, or a failure, for any status and any body', async () => {
    let answers = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 200, max: 599 }), bodies, fc.boolean(), async (status, body, isCut) => {
        server.answer = { bytes: answerText(status, status === 204 || status === 304 ? '' : body), isCut };
        const result = await client.send('{}', 'token');
        if (result.kind === 'failure') return;
        answers += 1;
        const verdict = readAnswer(result.answer, wire, COUNT, NOW_MS);
        if (verdict.kind === 'items') expect(verdict.items).toHaveLength(COUNT);
        else if (status < 300) expect(verdict).toMatchObject({ kind: 'unavailable', isMaybeDelivered: true });
        if (status >= 300) expect(verdict.kind).not.toBe('items');
      }),
      { numRuns: RUNS },
    );
    expect(answers).toBeGreaterThan(RUNS / 4);
  });

  it('takes no answer for one that ends before its length', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(LISTED.length - 1), fc.constantFrom(200, 207, 401, 500), async (length, status) => {
        server.answer = { bytes: answerText(status, LISTED.slice(0, length), '', LISTED.length), isCut: true };
        expect(await client.send('{}', 'token')).toMatchObject({ kind: 'failure', isMaybeDelivered: true });
      }),
      { numRuns: RUNS / 2 },
    );
  });

  it('takes no answer for one that is no HTTP', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        fc.pre(!Buffer.from(bytes).toString('latin1').startsWith('HTTP/1.'));
        server.answer = { bytes: Buffer.from(bytes), isCut: true };
        expect(await client.send('{}', 'token')).toMatchObject({ kind: 'failure', isMaybeDelivered: true });
      }),
      { numRuns: RUNS / 2 },
    );
  });

  it.each([
    ['longer than any answer is', answerText(207, 'x'.repeat(4_000_001)), 'network', 'ANSWER_TOO_LONG'],
    ['that never comes', '', 'timeout', 'TimeoutError'],
  ] as const)('gives up an answer %s', async (_what, bytes, reason, code) => {
    server.answer = { bytes };
    expect(await client.send('{}', 'token')).toEqual({ kind: 'failure', reason, code, isMaybeDelivered: true });
  });

  it('knows that nothing was sent where nobody listens', async () => {
    const gone = await RawServer.open();
    const lonely = new ConversionsClient(accountAt(gone.url), TIMEOUT_MS, 1);
    await gone.close();
    expect(await lonely.send('{}', 'token')).toMatchObject({ reason: 'network', isMaybeDelivered: false });
    await lonely.close();
  });

  it.each([
    { code: 'ETIMEDOUT', syscall: 'connect' },
    { code: 'EBUSY', syscall: 'getaddrinfo' },
    { code: 'ERR_TLS_HANDSHAKE_TIMEOUT' },
    { code: 'ENOTFOUND' },
  ])('knows that nothing was sent where $code says so', (fields) => {
    expect(failureOf(Object.assign(new Error('no'), fields))).toMatchObject({ isMaybeDelivered: false });
  });

  it.each([
    { code: 'ECONNRESET', syscall: 'read' },
    { code: 'UND_ERR_SOCKET' },
    { code: 'ERR_SSL_BAD_RECORD_MAC' },
    {},
  ])('does not know it where the failure is %j', (fields) => {
    expect(failureOf(Object.assign(new Error('no'), fields))).toMatchObject({ isMaybeDelivered: true });
  });

  it('takes whatever is thrown for a failure that may have come after the sending', () => {
    expect(failureOf('text')).toEqual({ kind: 'failure', reason: 'network', code: '', isMaybeDelivered: true });
  });

  it('reads the first of headers that come twice', async () => {
    server.answer = {
      bytes: answerText(429, '{}', 'x-amz-request-id: a\r\nx-amz-request-id: b\r\nRetry-After: 3\r\n'),
    };
    expect(await client.send('{}', 'token')).toMatchObject({ answer: { requestId: 'a', retryAfter: '3' } });
  });

  it('waits at least a moment and at most an hour, whatever Retry-After says', () => {
    const headers = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    );
    fc.assert(
      fc.property(headers, (retryAfter) => {
        const verdict = readAnswer({ status: 429, body: '', retryAfter, requestId: undefined }, wire, COUNT, NOW_MS);
        const afterMs = verdict.kind === 'throttled' ? verdict.afterMs : Number.NaN;
        expect(afterMs === undefined || (afterMs > 0 && afterMs <= 3_600_000)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('reading a compressed answer', () => {
  const listed = Buffer.from(LISTED);
  const sendAndRead = async (body: Buffer, encoding: string) => {
    const head = answerText(200, '', `Content-Encoding: ${encoding}\r\n`, body.length);
    server.answer = { bytes: Buffer.concat([Buffer.from(head), body]) };
    const result = await client.send('{}', 'token');
    if (result.kind !== 'answer') throw new Error(`the request failed: ${result.code}`);
    return { body: result.answer.body, verdict: readAnswer(result.answer, wire, COUNT, NOW_MS) };
  };

  it.each([
    ['gzip', gzipSync(listed)],
    ['X-GZIP', gzipSync(listed)],
    ['deflate', deflateSync(listed)],
    ['br', brotliCompressSync(listed)],
    ['gzip, br', brotliCompressSync(gzipSync(listed))],
    ['identity', listed],
    [' , identity', listed],
  ])('reads what was sent as %s', async (encoding, bytes) => {
    const { body, verdict } = await sendAndRead(bytes, encoding);
    expect(body).toBe(LISTED);
    expect(verdict.kind).toBe('items');
  });

  it.each([
    ['in an encoding that nobody knows', 'zip', listed],
    ['that is not in its encoding', 'gzip', listed],
    ['that is cut off', 'gzip', gzipSync(listed).subarray(0, 20)],
    ['that unpacks to more than any answer is', 'gzip', gzipSync(Buffer.alloc(4_000_001, ' '))],
  ])('concludes nothing from a body %s', async (_what, encoding, bytes) => {
    const { body, verdict } = await sendAndRead(bytes, encoding);
    expect(body).toBeUndefined();
    expect(verdict).toMatchObject({ reason: 'unknown_answer', isMaybeDelivered: true });
  });
});

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
          // A lifetime of next to nothing is over before anybody could ask again.
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
  ])('says what a %i of %s means', async (status, body, expected) => {
    server.answer = { bytes: answerText(status, body) };
    expect(await new LwaTokens(lwaAt(server.url)).get()).toEqual(expected);
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

describe('listing profiles at a server that answers anything', () => {
  it.each([
    [
      200,
      '[{"profileId":12345678901234567890},{"profileId":"2"}]',
      { kind: 'profiles', ids: ['12345678901234567890', '2'] },
    ],
    [200, '{"profileId":1}', { kind: 'refused', status: 200 }],
    [200, '[{"profileId":1}', { kind: 'refused', status: 200 }],
    [401, '[]', { kind: 'refused', status: 401 }],
  ])('reads a %i of %s', async (status, body, expected) => {
    server.answer = { bytes: answerText(status, body) };
    expect(await listProfiles(account.endpoint, { clientId: 'c', token: 'token' }, TIMEOUT_MS)).toEqual(expected);
  });

  it('never throws', async () => {
    server.answer = { bytes: 'no HTTP', isCut: true };
    expect(await listProfiles(account.endpoint, { clientId: 'c', token: 'token' }, TIMEOUT_MS)).toMatchObject({
      kind: 'failed',
      reason: 'network',
    });
  });
});

describe('verdicts', () => {
  it('are of what Amazon answers', async () => {
    server.answer = { bytes: answerText(207, LISTED) };
    const result = await client.send('{}', 'token');
    expect(verdictOf(result, wire, COUNT, NOW_MS)).toMatchObject({ kind: 'items' });
  });

  it('are of requests that get no answer, too', () => {
    const failure = { kind: 'failure', reason: 'timeout', code: 'X', isMaybeDelivered: true } as const;
    expect(verdictOf(failure, wire, COUNT, NOW_MS)).toEqual({
      kind: 'unavailable',
      reason: 'timeout',
      isMaybeDelivered: true,
      afterMs: undefined,
      detail: { code: 'X' },
    });
  });
});
