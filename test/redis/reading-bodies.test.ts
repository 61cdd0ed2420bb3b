// Real: Redis, the intake over HTTP, zlib. Bodies as various programs send them: packed, with a byte order mark, in
// UTF-16.
import { createHmac } from 'node:crypto';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BODY_MAX_BYTES } from '../../src/producer/http/request-body.js';
import { Door, SECRETS } from '../support/door.js';
import { conversionPayload } from '../support/events.js';
import { World } from '../support/world.js';

let world: World;
let door: Door;
beforeEach(async () => {
  world = await World.open();
  door = await Door.open(world);
});
afterEach(async () => {
  await door.close();
  await world.close();
});

const payload = (id: string) => conversionPayload({ clientDedupeId: id, timestamp: new Date().toISOString() });
const text = JSON.stringify(payload('a'));
const lines = ['a', 'b'].map((id) => `${JSON.stringify(payload(id))}\n`).join('');
const NDJSON = { 'Content-Type': 'application/x-ndjson' };
const GZIP = { 'Content-Encoding': 'gzip' };
const enqueued = async () => (await world.state()).ledger.enqueued;

describe('reading the body of a request', () => {
  it.each<[string, Buffer, Record<string, string>, number]>([
    ['with a byte order mark', Buffer.from(`\uFEFF${text}`), {}, 1],
    ['of lines, with a byte order mark', Buffer.from(`\uFEFF${lines}`), NDJSON, 2],
    ['in UTF-16 with a mark', Buffer.from(`\uFEFF${text}`, 'utf16le'), {}, 1],
    ['in UTF-16 without a mark, the high byte first', Buffer.from(text, 'utf16le').swap16(), {}, 1],
    ['in gzip', gzipSync(text), GZIP, 1],
    ['of lines in gzip', gzipSync(lines), { ...NDJSON, ...GZIP }, 2],
    ['in gzip, by its old name and in capitals', gzipSync(text), { 'Content-Encoding': 'X-GZIP' }, 1],
    ['in gzip of two members', Buffer.concat([gzipSync(text.slice(0, 9)), gzipSync(text.slice(9))]), GZIP, 1],
    ['in gzip, with a byte order mark inside', gzipSync(`\uFEFF${text}`), GZIP, 1],
    ['that says that it is not packed', Buffer.from(text), { 'Content-Encoding': 'identity' }, 1],
  ])('takes one %s', async (_what, body, headers, accepted) => {
    expect(await door.post(Buffer.from(body), headers)).toMatchObject({ status: 202, accepted, rejected: [] });
    expect(await enqueued()).toBe(accepted);
  });

  it.each<[string, Buffer, Record<string, string>, number, string]>([
    ['gzip that is cut off', gzipSync(text).subarray(0, -6), GZIP, 400, 'NOT_GZIP'],
    ['gzip that is damaged', gzipSync(text).fill(7, 14, 40), GZIP, 400, 'NOT_GZIP'],
    ['text that is called gzip', Buffer.from(text), GZIP, 400, 'NOT_GZIP'],
    ['nothing that is called gzip', Buffer.alloc(0), GZIP, 400, 'NOT_GZIP'],
    ['gzip of no JSON', gzipSync('{'), GZIP, 400, 'NOT_JSON'],
    ['brotli', brotliCompressSync(text), { 'Content-Encoding': 'br' }, 415, 'UNSUPPORTED_ENCODING'],
    ['deflate', deflateSync(text), { 'Content-Encoding': 'deflate' }, 415, 'UNSUPPORTED_ENCODING'],
    ['gzip of gzip', gzipSync(gzipSync(text)), { 'Content-Encoding': 'gzip, gzip' }, 415, 'UNSUPPORTED_ENCODING'],
    [
      'an encoding that nobody knows',
      Buffer.from(text),
      { 'Content-Encoding': 'constructor' },
      415,
      'UNSUPPORTED_ENCODING',
    ],
  ])('refuses %s', async (...[, body, headers, status, code]) => {
    const answer = await door.post(Buffer.from(body), headers);
    expect(answer).toMatchObject({ status, error: { code } });
    expect(answer.headers.get('accept-encoding')).toBe(status === 415 ? 'gzip' : null);
    expect(await enqueued()).toBe(0);
  });

  it.each<[string, Buffer, string]>([
    ['NDJSON as JSON', Buffer.from(lines), 'application/x-ndjson'],
    ['gzip without saying so', gzipSync(text), 'Content-Encoding'],
  ])('tells who sends %s what to change', async (_what, body, advice) => {
    const answer = await door.post(Buffer.from(body));
    expect(answer).toMatchObject({ status: 400, error: { code: 'NOT_JSON' } });
    expect(answer.error?.message).toContain(advice);
  });

  it('takes a body that unpacks to just as much as is allowed, and none that unpacks to more', async () => {
    const most = gzipSync(text.padEnd(BODY_MAX_BYTES));
    const more = gzipSync(text.padEnd(BODY_MAX_BYTES + 1));
    expect(await door.post(Buffer.from(most), GZIP)).toMatchObject({ status: 202, accepted: 1 });
    expect(await door.post(Buffer.from(more), GZIP)).toMatchObject({ status: 413, error: { code: 'BODY_TOO_LARGE' } });
  });

  it('stops to unpack at the limit: 4 GB in 4 MB cost no more than 5 MB do', async () => {
    const member = gzipSync(Buffer.alloc(1_000_000, ' '));
    const bomb = Buffer.concat(Array.from({ length: Math.floor(4_000_000 / member.length) }, () => member));
    const limits = async (body: Buffer) => {
      const from = performance.now();
      expect(await door.post(Buffer.from(body), GZIP)).toMatchObject({ status: 413 });
      return performance.now() - from;
    };
    const small = gzipSync(Buffer.alloc(BODY_MAX_BYTES + 1, ' '));
    const ofSmall = Math.min(await limits(small), await limits(small));
    const before = process.memoryUsage().rss;
    // All of it takes some ten seconds.
    expect(await limits(bomb)).toBeLessThan(10 * ofSmall + 500);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  it('unpacks nothing for who has no key', async () => {
    const headers = { ...GZIP, Authorization: 'Bearer the-key-of-nobody' };
    expect(await door.post(gzipSync(text), headers)).toMatchObject({ status: 401 });
    expect(await door.post(gzipSync(text), { ...headers, 'Content-Encoding': 'br' })).toMatchObject({ status: 401 });
  });
});

describe('reading the body of a webhook', () => {
  const signed = (body: string | Buffer) => ({
    'Content-Type': 'application/json',
    'X-Shopify-Hmac-Sha256': createHmac('sha256', SECRETS.shopify).update(body).digest('base64'),
    'X-Shopify-Topic': 'orders/create',
  });
  const order = JSON.stringify({ id: 1, created_at: new Date().toISOString(), total_price: '1.00', currency: 'USD' });
  const send = (body: string | Buffer, headers: Record<string, string>) =>
    door.send('/v1/webhooks/shopify', Buffer.from(body), headers);

  it('takes a byte order mark, which is signed with the rest', async () => {
    const body = `\uFEFF${order}`;
    const answer = await send(body, signed(body));
    // It was read, but has no match keys. Without the mark it would not be JSON.
    expect(answer).toMatchObject({ status: 200, accepted: 0 });
    expect(JSON.stringify(answer.rejected)).toContain('holds no usable e-mail address');
    expect(await send(order, signed(body))).toMatchObject({ status: 401 });
  });

  it('refuses a packed one before it is read: no platform packs, and the signature is over what was sent', async () => {
    const packed = gzipSync(order);
    const answer = await send(packed, { ...signed(packed), ...GZIP });
    expect(answer).toMatchObject({ status: 415, error: { code: 'UNSUPPORTED_ENCODING' } });
    expect(answer.headers.get('accept-encoding')).toBe('identity');
    expect(await send(order, { ...signed(order), 'Content-Encoding': 'identity' })).toMatchObject({ status: 200 });
  });
});
