// Real: each example, compiled as its reader would against the built library and run with a real Redis.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConversionJob } from '../../src/queue/job.js';
import { Cable } from '../support/cable.js';
import { orderOf } from '../support/events.js';
import { endAllPrograms, Program, runNode } from '../support/program.js';
import { compile, ROOT, Scratch } from '../support/scratch.js';
import { until, World } from '../support/world.js';

let compiled: Scratch;
let world: World;
let cable: Cable;
let environment: Record<string, string>;

beforeAll(async () => {
  compiled = Scratch.inTree();
  const emit = ['--noEmit', 'false', '--rootDir', join(ROOT, 'examples'), '--outDir', compiled.folder];
  expect(await compile('-p', join(ROOT, 'tsconfig.examples.json'), ...emit)).toBe('');
});
afterAll(() => compiled[Symbol.dispose]());

beforeEach(async () => {
  world = await World.open();
  cable = await Cable.to(world.settings.REDIS_URL);
  environment = { REDIS_URL: cable.url, CAPI_ACCOUNT: world.account, PORT: '0' };
});
afterEach(async () => {
  await endAllPrograms();
  await cable.cut();
  await world.close();
});

const order = (id: string, overrides: object = {}) => ({
  ...orderOf({ id, customer: { email: 'canary@example.com' } }),
  ...overrides,
});

async function queuedIds(): Promise<string[]> {
  return world.withQueue(async (queue) => {
    const jobs = await queue.getJobs(['waiting']);
    const data = jobs.map((job) => job.data as ConversionJob);
    return data.flatMap(({ events }) => events.map(({ event }) => event.clientDedupeId)).toSorted();
  });
}

it('each file of code has a test here and a line in the README', () => {
  const files = readdirSync(join(ROOT, 'examples'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'README.md')
    .map((entry) => join(entry.parentPath, entry.name).slice(join(ROOT, 'examples').length + 1));
  // The two that run in a shop are tested in test/unit/consent-page.test.ts.
  const inShops = ['shopify-theme/consent.html', 'woocommerce-hook/consent.php'];
  const ours = ['express-shop/server.ts', 'nextjs-route/route.ts', 'plain-script/send-orders.mjs'];
  expect(files.toSorted()).toEqual([...ours, ...inShops]);
  const readme = readFileSync(join(ROOT, 'examples', 'README.md'), 'utf8');
  for (const file of files) expect(readme).toContain(`](${file})`);
});

describe('the Express shop', () => {
  const start = () => Program.startServer(compiled.path('express-shop', 'server.js'), environment);
  const place = async (shop: Program, body: object) => {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(`${shop.address('shop')}/orders`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  };
  const { total, currency, country, items, customer } = order('');
  const basket = { total, currency, country, items, customer };

  it('answers the customer and puts the order on the queue', async () => {
    const shop = await start();
    expect(await place(shop, basket)).toEqual({ status: 201, body: { id: '1001' } });
    await until(async () => expect(await queuedIds()).toEqual(['order:OFF_AMAZON_PURCHASES:1001']));
    expect(await shop.end('SIGTERM')).toBe(0);
  });

  it('takes orders that cannot be forwarded, and says why without the customer’s data', async () => {
    const shop = await start();
    expect(await place(shop, { ...basket, country: 'Nowhere' })).toMatchObject({ status: 201 });
    await until(() => expect(shop.log).toMatch(/order 1001 is not forwarded invalid .*"path":"country"/));
    expect(shop.log).not.toContain('canary');
    expect(await queuedIds()).toEqual([]);
    expect(await shop.end('SIGTERM')).toBe(0);
  });

  it('takes orders while Redis is away, and catches up', async () => {
    const shop = await start();
    await cable.cut();
    expect(await place(shop, basket)).toMatchObject({ status: 201 });
    await until(() => expect(shop.log).toContain('order 1001 is forwarded later'));
    await cable.mend();
    await until(async () => expect(await queuedIds()).toContain('order:OFF_AMAZON_PURCHASES:1001'));
    expect(await shop.end('SIGTERM')).toBe(0);
  });
});

describe('the plain script', () => {
  // Unchanged: it needs no compiler.
  const send = async (lines: readonly string[]) => {
    using scratch = Scratch.outside();
    writeFileSync(scratch.path('orders.ndjson'), lines.map((line) => `${line}\n`).join(''));
    const file = join(ROOT, 'examples', 'plain-script', 'send-orders.mjs');
    return await runNode([file, scratch.path('orders.ndjson')], environment);
  };

  it('sends thousands and ends with 0', async () => {
    const lines = Array.from({ length: 2_500 }, (_, number) => JSON.stringify(order(`n${number}`)));
    expect(await send(lines)).toEqual({ code: 0, stdout: '2500 on the queue, 0 refused\n', stderr: '' });
    expect(await queuedIds()).toHaveLength(2_500);
  });

  it('sends the good ones, names the lines of the others without their data, and ends with 1', async () => {
    const broken = '{"customer": {"email": "canary@example.com"';
    const lines = [order('a'), order('b', { channel: 'wep' }), order('c')].map((line) => JSON.stringify(line));
    const { code, stdout, stderr } = await send([...lines, broken]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '2 on the queue, 2 refused\n' });
    expect(stderr).toMatch(/^line 2: channel must be one of .*\nline 4: .*\n$/);
    expect(stderr).not.toContain('canary');
    expect(await queuedIds()).toEqual(['order:OFF_AMAZON_PURCHASES:a', 'order:OFF_AMAZON_PURCHASES:c']);
  });

  it('ends with 2 where Redis is away', async () => {
    await cable.cut();
    expect(await send([JSON.stringify(order('a'))])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Run it again'),
    });
  });
});

describe('the Next.js route', () => {
  const shared: typeof globalThis & { capiProducer?: { close(): Promise<void> } } = globalThis;
  let post: (request: Request) => Promise<Response>;

  beforeEach(async () => {
    Object.assign(process.env, { CAPI_ACCOUNT: world.account, ORDER_SERVICE_TOKEN: 'token-of-the-test' });
    const redisUrl = process.env['REDIS_URL'];
    process.env['REDIS_URL'] = cable.url;
    // The query makes it a new module, evaluated again, as `next dev` does.
    const route: { POST: typeof post } = await import(`${compiled.path('nextjs-route', 'route.js')}?${world.account}`);
    process.env['REDIS_URL'] = redisUrl;
    post = route.POST;
  });
  afterEach(async () => {
    await shared.capiProducer?.close();
    delete shared.capiProducer;
    delete process.env['CAPI_ACCOUNT'];
    delete process.env['ORDER_SERVICE_TOKEN'];
  });

  const send = async (body: string, token = 'token-of-the-test') => {
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await post(new Request('http://shop.example/api/conversions', { method: 'POST', headers, body }));
    return { status: answer.status, retryAfter: answer.headers.get('Retry-After'), body: await answer.json() };
  };

  it('takes an order of the order service, and of nobody else', async () => {
    const body = JSON.stringify(order('7'));
    expect(await send(body, 'guessed-by-nobody')).toMatchObject({ status: 401 });
    expect(await queuedIds()).toEqual([]);
    expect(await send(body)).toMatchObject({ status: 202, body: { accepted: true } });
    expect(await queuedIds()).toEqual(['order:OFF_AMAZON_PURCHASES:7']);
  });

  it('says why an order is refused', async () => {
    const refused = await send(JSON.stringify(order('7', { customer: {} })));
    expect(refused).toMatchObject({ status: 422, body: { error: 'no_match_key', issues: [{ path: 'customer' }] } });
    expect(await send('{')).toMatchObject({ status: 422, body: { error: 'invalid' } });
  });

  it('asks to send again where Redis is away', async () => {
    await cable.cut();
    expect(await send(JSON.stringify(order('7')))).toMatchObject({ status: 503, retryAfter: '5' });
    await cable.mend();
    await until(async () => expect(await send(JSON.stringify(order('7')))).toMatchObject({ status: 202 }));
  });
});
