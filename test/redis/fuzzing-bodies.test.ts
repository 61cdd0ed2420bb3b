// Real: Redis, the intake over HTTP, zlib. Bodies in any encoding and compression, whole and damaged, declared as
// packed or not. More: FUZZ_RUNS=5000 npx vitest run --project redis test/redis/fuzzing-bodies.test.ts
import { createHmac } from 'node:crypto';
import { brotliCompressSync, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, Door, SECRETS } from '../support/door.js';
import { conversionPayload } from '../support/events.js';
import { mutationsOf } from '../support/mutations.js';
import { damaged, encode, encodings, pack } from '../support/packed-bytes.js';
import { World } from '../support/world.js';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 60);

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

const good = () => conversionPayload({ timestamp: new Date().toISOString() });
const enqueued = async () => (await world.state()).ledger.enqueued;
const post = (body: Buffer, headers: Record<string, string>) => door.post(Buffer.from(body), headers);

const NDJSON = 'application/x-ndjson';
const documents = fc.oneof(
  mutationsOf([good(), good()]).map((payload) => ({ type: 'application/json', text: JSON.stringify(payload) ?? '' })),
  fc.array(mutationsOf(good()), { maxLength: 4 }).map((payloads) => ({
    type: NDJSON,
    text: payloads.map((payload) => `${JSON.stringify(payload)}\n`).join(''),
  })),
  fc.json().map((text) => ({ type: 'application/json', text })),
);

/** What an answer says of its records. */
function toldBy({ status, accepted, rejected, error }: Answer): object {
  return { status, accepted, rejected, code: error?.code };
}

describe('taking bodies of any encoding and packing', () => {
  it('answers the same as to the plain text in UTF-8', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(documents, encodings, fc.constantFrom(0, 1, 3), async ({ type, text }, form, members) => {
        // Without a mark, UTF-16 that does not start with a Latin letter cannot be detected.
        const hasMark = form.hasMark || !/^[\x20-\x7e]{2}/.test(text);
        const bytes = encode(text, form.encoding, hasMark);
        const plain = await post(Buffer.from(text), { 'Content-Type': type });
        const headers = { 'Content-Type': type, ...(members > 0 && { 'Content-Encoding': 'gzip' }) };
        const other = await post(members === 0 ? bytes : pack(bytes, members), headers);
        expect(toldBy(other)).toEqual(toldBy(plain));
        accepted += (plain.accepted ?? 0) + (other.accepted ?? 0);
      }),
      { numRuns: RUNS },
    );
    expect(accepted).toBeGreaterThan(0);
    expect(await enqueued()).toBe(accepted);
  });

  const bodies = fc
    .tuple(documents, encodings, fc.constantFrom('plain', 'gzip', 'br', 'deflate'))
    .map(([{ text }, { encoding, hasMark }, packing]) => {
      const bytes = encode(text, encoding, hasMark);
      if (packing === 'gzip') return pack(bytes, 1);
      if (packing === 'br') return brotliCompressSync(bytes);
      return packing === 'deflate' ? deflateSync(bytes) : bytes;
    });
  const said = fc.constantFrom(
    undefined,
    'gzip',
    'GZIP',
    'x-gzip',
    'identity',
    '',
    'br',
    'deflate',
    'gzip, gzip',
    '__proto__',
  );
  const types = fc.constantFrom('application/json', NDJSON, 'application/json; charset=utf-16');

  it('answers whatever is damaged, or said to be what it is not, and counts as accepted just what is in Redis', async () => {
    const statuses = new Map<number, number>();
    let accepted = 0;
    const whole = Buffer.from(JSON.stringify(good()));
    // Random cases alone may not give one of each answer.
    const examples: [Buffer, string | undefined, string][] = [
      [pack(whole, 1), 'gzip', 'application/json'],
      [Buffer.from('{'), undefined, 'application/json'],
      [whole, 'br', 'application/json'],
    ];
    await fc.assert(
      fc.asyncProperty(fc.oneof(bodies, damaged(bodies)), said, types, async (body, encoding, type) => {
        const headers = { 'Content-Type': type, ...(encoding !== undefined && { 'Content-Encoding': encoding }) };
        const answer = await post(body, headers);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        expect([202, 400, 415]).toContain(answer.status);
        accepted += answer.accepted ?? 0;
      }),
      { numRuns: RUNS * 2, examples },
    );
    expect(new Set(statuses.keys())).toEqual(new Set([202, 400, 415]));
    expect(await enqueued()).toBe(accepted);
    expect(await door.post(JSON.stringify(good()))).toMatchObject({ status: 202, accepted: 1 });
  });

  it('answers every signed webhook in any encoding with 2xx, and none that is packed', async () => {
    await fc.assert(
      fc.asyncProperty(documents, encodings, fc.boolean(), async ({ text }, { encoding, hasMark }, isPacked) => {
        const body = isPacked ? pack(encode(text, encoding, hasMark), 1) : encode(text, encoding, hasMark);
        const headers = {
          'Content-Type': 'application/json',
          'X-Shopify-Hmac-Sha256': createHmac('sha256', SECRETS.shopify).update(body).digest('base64'),
          'X-Shopify-Topic': 'orders/create',
          ...(isPacked && { 'Content-Encoding': 'gzip' }),
        };
        const { status } = await door.send('/v1/webhooks/shopify', Buffer.from(body), headers);
        expect(isPacked ? [415] : [200, 202]).toContain(status);
      }),
      { numRuns: RUNS },
    );
  });
});
