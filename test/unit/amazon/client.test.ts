// Real: undici over loopback, with a server that sends any bytes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConversionsClient, failureOf } from '../../../src/amazon/client.js';
import { accountAt } from '../../support/credentials.js';
import { answerText, RawServer } from '../../support/raw-server.js';

const TIMEOUT_MS = 500;
const LISTED = '{"success":[{"index":0},{"index":1},{"index":2}]}';

let server: RawServer;
let client: ConversionsClient;
beforeEach(async () => {
  server = await RawServer.open();
  client = new ConversionsClient(accountAt(server.url), TIMEOUT_MS, 1);
});
afterEach(async () => {
  await client.close();
  await server.close();
});

describe('sending', () => {
  it('posts the body with the headers of the wire, and asks for no encoding', async () => {
    server.answer = { bytes: answerText(207, LISTED) };
    await client.send('{"eventData":[]}', 'Atza|1');
    const { line, headers, body } = server.takeRequest();
    expect(line).toBe('POST /events/v1/conversions HTTP/1.1');
    expect(headers).toMatchObject({
      authorization: 'Bearer Atza|1',
      'content-type': 'application/vnd.amcconversionevent.v1+json',
      'accept-encoding': 'identity',
    });
    expect(body).toBe('{"eventData":[]}');
  });

  it.each([
    ['/stand-in//', '/stand-in/events/v1/conversions'],
    ['/a//b', '/a//b/events/v1/conversions'],
  ])('goes below the path of the endpoint: %s', async (path, expected) => {
    server.answer = { bytes: answerText(207, LISTED) };
    const below = new ConversionsClient(accountAt(`${server.url}${path}`), TIMEOUT_MS, 1);
    await below.send('{}', 'token');
    await below.close();
    expect(server.takeRequest().line).toBe(`POST ${expected} HTTP/1.1`);
  });

  it('opens no more connections than it may, and none after it was closed', async () => {
    server.answer = { bytes: answerText(207, LISTED) };
    const narrow = new ConversionsClient(accountAt(server.url), TIMEOUT_MS, 1);
    await Promise.all([1, 2, 3].map(() => narrow.send('{}', 'token')));
    expect(server.connections).toBe(1);
    await narrow.close();
    expect(await narrow.send('{}', 'token')).toMatchObject({ kind: 'failure', reason: 'network' });
  });

  it('reads an answer that is as long as any may be', async () => {
    server.answer = { bytes: answerText(207, 'x'.repeat(4_000_000)) };
    expect(await client.send('{}', 'token')).toMatchObject({ kind: 'answer', answer: { status: 207 } });
  });

  it('knows the request by Amazon’s own id before any other', async () => {
    server.answer = { bytes: answerText(207, LISTED, 'x-amz-request-id: b\r\nx-amzn-requestid: a\r\n') };
    expect(await client.send('{}', 'token')).toMatchObject({ answer: { requestId: 'a' } });
  });
});

describe('failing', () => {
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

  it('treats every exception as a failure that may have come after the sending', () => {
    for (const thrown of ['text', undefined, null]) {
      expect(failureOf(thrown)).toEqual({ kind: 'failure', reason: 'network', code: '', isMaybeDelivered: true });
    }
  });

  it.each([
    ['HeadersTimeoutError', 'UND_ERR_HEADERS_TIMEOUT', true],
    ['BodyTimeoutError', 'UND_ERR_BODY_TIMEOUT', true],
    ['ConnectTimeoutError', 'UND_ERR_CONNECT_TIMEOUT', false],
  ])('takes a %s for a timeout', (name, code, isMaybeDelivered) => {
    const error = Object.assign(new Error('late'), { name, code });
    expect(failureOf(error)).toEqual({ kind: 'failure', reason: 'timeout', code, isMaybeDelivered });
  });

  it('reads the first of headers that come twice', async () => {
    server.answer = {
      bytes: answerText(429, '{}', 'x-amz-request-id: a\r\nx-amz-request-id: b\r\nRetry-After: 3\r\n'),
    };
    expect(await client.send('{}', 'token')).toMatchObject({ answer: { requestId: 'a', retryAfter: '3' } });
  });
});
