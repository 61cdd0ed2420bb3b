// Real: Redis, the intake over HTTP and on raw sockets.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readApiKeys } from '../../src/producer/http/api-keys.js';
import { describeIntake } from '../../src/producer/http/openapi.js';
import { WatchedSecret } from '../../src/settings/watched-secret.js';
import { type Answer, Door } from '../support/door.js';
import { conversionPayload } from '../support/events.js';
import { until, World } from '../support/world.js';

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

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly security?: readonly object[] }>>>>;
  readonly components: { readonly schemas: object; readonly securitySchemes: object };
}

/** Writes bytes to the intake's port and reads until it closes the connection. */
async function speak(bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(door.url);
  const socket = connect({ host: hostname, port: Number(port) });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.end(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

/** The documented forms: a 2xx with accepted and rejected, anything else with an error. */
function expectDocumented({ status, accepted, rejected, error }: Answer): void {
  if (status >= 200 && status < 300) {
    expect(accepted).toBeTypeOf('number');
    expect(rejected).toBeInstanceOf(Array);
  } else {
    expect([400, 401, 403, 404, 413, 415, 422, 503]).toContain(status);
    expect(error?.code).toMatch(/^[A-Z_]+$/);
    expect(error?.message).toBeTypeOf('string');
  }
}

describe('holding limits', () => {
  it('answers what is not HTTP, and headers that are too large, in the documented form', async () => {
    expect(await speak('nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"BAD_REQUEST"/);
    const header = `X-Long: ${'x'.repeat(20_000)}`;
    expect(await speak(`POST /v1/events HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 [\s\S]*"code":"HEADERS_TOO_LARGE"/,
    );
    expect(await speak('POST /v1/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*"error"/,
    );
  });

  it('puts off with 503 what comes when it is full, and is free again afterwards', async () => {
    const narrow = await Door.open(world, world.connection, { inFlightMax: 1 });
    const { hostname, port } = new URL(narrow.url);
    // A request whose body never arrives takes the only place.
    const slow = connect({ host: hostname, port: Number(port) });
    slow.write(
      'POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer the-key-of-the-shop\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    );
    await until(async () => {
      const answer = await narrow.post('{}');
      expect(answer).toMatchObject({ status: 503, error: { code: 'BUSY' } });
      expect(answer.headers.get('retry-after')).toBe('5');
    });
    slow.destroy();
    await until(async () => expect((await narrow.post('{}')).status).toBe(400));
    await narrow.close();
  });
});

describe('keeping keys', () => {
  const KEY_A = 'a-key-of-sixteen-characters';
  const KEY_B = 'b-key-of-sixteen-characters';

  it('binds keys to accounts and sources', async () => {
    const keys = readApiKeys(
      JSON.stringify([
        { name: 'orders', key: KEY_A, sources: ['order'] },
        { name: 'elsewhere', key: KEY_B, accounts: ['other'] },
      ]),
    );
    const bound = await Door.open(world, world.connection, { apiKeys: () => keys });
    const as = (key: string, query: string) => bound.post('{}', { Authorization: `Bearer ${key}` }, query);
    expect(await as(KEY_A, '&source=ga4')).toMatchObject({ status: 403, error: { code: 'KEY_NOT_ALLOWED' } });
    expect(await as(KEY_A, '&source=order')).toMatchObject({ status: 400, error: { code: 'NONE_ACCEPTED' } });
    expect(await as(KEY_B, '')).toMatchObject({ status: 403 });
    await bound.close();
  });

  it('takes a changed file up without a restart, and keeps the old keys where the new ones make no sense', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'capi-keys-'));
    const file = join(folder, 'keys');
    await writeFile(file, `${KEY_A}\n`);
    const watched = new WatchedSecret({
      setting: 'INTAKE_API_KEYS',
      text: undefined,
      file,
      read: readApiKeys,
      unset: [],
      log: world.log,
    });
    const rotating = await Door.open(world, world.connection, { apiKeys: () => watched.value });
    const statusOf = async (key: string) => (await rotating.post('{}', { Authorization: `Bearer ${key}` })).status;
    expect(await statusOf(KEY_A)).toBe(400);
    expect(await statusOf(KEY_B)).toBe(401);
    await writeFile(file, KEY_B);
    await until(async () => expect(await statusOf(KEY_B)).toBe(400));
    expect(await statusOf(KEY_A)).toBe(401);
    await writeFile(file, '[{"broken"');
    await until(async () => {
      await statusOf(KEY_B);
      expect(world.logLines.some((line) => line.includes('secret.unusable'))).toBe(true);
    });
    expect(await statusOf(KEY_B)).toBe(400);
    await rotating.close();
    await rm(folder, { recursive: true });
  });
});

describe('describing itself', () => {
  it('serves OpenAPI 3.1 with every route, and schemas that its own references find', async () => {
    const response = await fetch(`${door.url}/openapi.json`);
    const text = await response.text();
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(describeIntake())));
    expect(Object.keys((JSON.parse(text) as { paths: object }).paths)).toEqual([
      '/openapi.json',
      '/v1/events',
      '/v1/events/{id}',
      '/v1/webhooks/shopify',
      '/v1/webhooks/woocommerce',
      '/v1/webhooks/stripe',
    ]);
    const document = JSON.parse(text) as Description;
    const security = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.values(operations).map((operation) => [path, (operation.security ?? ['missing']).flatMap(Object.keys)]),
    );
    expect(security).toEqual([
      ['/openapi.json', []],
      ['/v1/events', ['key']],
      ['/v1/events/{id}', ['key']],
      ['/v1/webhooks/shopify', ['shopifySignature']],
      ['/v1/webhooks/woocommerce', ['woocommerceSignature']],
      ['/v1/webhooks/stripe', ['stripeSignature']],
    ]);
    expect(Object.keys(document.components.securitySchemes)).toEqual(
      expect.arrayContaining(security.flatMap(([, names]) => names)),
    );
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(Object.keys(document.components.schemas)).toContain(name);
    }
  });
});

describe('taking any bytes', () => {
  // More by hand: FUZZ_BODIES=100000 npm test -- test/redis/intake-limits.test.ts
  const bodies = Number(process.env['FUZZ_BODIES'] ?? 2_000);
  const good = conversionPayload({ timestamp: new Date().toISOString() });

  /** JSON close to a valid event: no field, one or two are replaced. */
  const nearEvent = fc
    .dictionary(
      fc.constantFrom(...Object.keys(good), 'extra', '__proto__'),
      fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, '', 0, 'US', '2026-11-20T10:00:00Z', -1, 1e21)),
      { maxKeys: 2 },
    )
    .map((changes) => JSON.stringify({ ...good, ...changes }));
  const near = fc.oneof(
    nearEvent.map((text) => Buffer.from(text)),
    fc.array(nearEvent, { maxLength: 4 }).map((texts) => Buffer.from(`[${texts.join(',')}]`)),
    fc.array(nearEvent, { maxLength: 4 }).map((texts) => Buffer.from(texts.join('\n'))),
  );
  const far = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)),
    fc.integer({ min: 1, max: 4000 }).map((depth) => Buffer.from('['.repeat(depth))),
  );
  const events = fc
    .constantFrom('conversion', 'conversion', 'ga4', 'order', 'shopify', 'woocommerce', 'stripe', 'csv', 'nonsense')
    .map((source) => (account: string) => `/v1/events?account=${account}&source=${source}`);
  const elsewhere = fc.oneof(
    fc
      .constantFrom('shopify', 'woocommerce', 'stripe', 'nonsense')
      .map((name) => (account: string) => `/v1/webhooks/${name}?account=${account}`),
    fc.webPath().map((text) => () => text || '/'),
  );
  const jsonTypes = fc.constantFrom('application/json', 'application/x-ndjson');
  const request = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(events, jsonTypes, near) },
    { weight: 2, arbitrary: fc.tuple(events, jsonTypes, far) },
    {
      weight: 1,
      arbitrary: fc.tuple(elsewhere, fc.constantFrom('application/json', 'text/plain'), fc.oneof(near, far)),
    },
    { weight: 1, arbitrary: fc.tuple(events, fc.constantFrom('text/plain', 'multipart/form-data', 'x/;='), far) },
  );

  it(`answers ${bodies} bodies in the documented form: no crash, no hang, no 500`, async () => {
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(request, async ([pathOf, contentType, bytes]) => {
        const answer = await door.send(pathOf(door.account), new Uint8Array(bytes), {
          Authorization: 'Bearer the-key-of-the-shop',
          'Content-Type': contentType,
        });
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        expectDocumented(answer);
      }),
      { numRuns: bodies },
    );
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([202, 400, 401, 404, 415]));
    if (process.env['FUZZ_BODIES']) process.stderr.write(`fuzz: ${JSON.stringify(Object.fromEntries(statuses))}\n`);
  }, 600_000);
});
