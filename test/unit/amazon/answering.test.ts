// Real: undici over loopback, with a server that sends any bytes. The result is an answer or a failure, never an
// exception, and a truncated answer is never an answer.
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readAnswer } from '../../../src/amazon/answer.js';
import { ConversionsClient } from '../../../src/amazon/client.js';
import { verdictOf } from '../../../src/amazon/verdict-of.js';
import { eventsManagerV1 as wire } from '../../../src/amazon/wires/events-manager-v1.js';
import { accountAt } from '../../support/credentials.js';
import { NOW_MS } from '../../support/events.js';
import { answerText, RawServer } from '../../support/raw-server.js';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 150);
const TIMEOUT_MS = 500;
const COUNT = 3;
const LISTED = '{"success":[{"index":0},{"index":1},{"index":2}]}';

let server: RawServer;
let client: ConversionsClient;

beforeAll(async () => {
  server = await RawServer.open();
  client = new ConversionsClient(accountAt(server.url), TIMEOUT_MS, 1);
});
afterAll(async () => {
  await client.close();
  await server.close();
});
beforeEach(() => {
  server.answer = { bytes: '' };
});

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
