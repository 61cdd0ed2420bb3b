// Real: Redis, the intake over HTTP, signatures made as the platforms make them, payloads of test/vectors/sources.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer } from '../../scripts/redis.mjs';
import { EventWriter } from '../../src/producer/event-writer.js';
import type { IntakeOptions } from '../../src/producer/http/route-options.js';
import { connectRedis } from '../../src/redis/connect.js';
import type { WebhookSender } from '../../src/settings/webhook-senders.js';
import { Door, NO_SENDERS, SECRETS, senderOf } from '../support/door.js';
import { contextAt } from '../support/events.js';
import { SlowClient, stalledRequest } from '../support/slow-client.js';
import { JSON_TYPE, ORDERS, PLATFORMS, type Platform, signed } from '../support/webhook-orders.js';
import { metricOf, until, World } from '../support/world.js';

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

const deliver = (platform: Platform, body: string, headers = signed(platform, body), query = '') =>
  door.send(`/v1/webhooks/${platform}?account=${world.account}${query}`, body, headers);

describe.each(PLATFORMS)('taking webhooks of %s', (platform) => {
  it('answers 202 when the order is in Redis', async () => {
    expect(await deliver(platform, ORDERS[platform])).toMatchObject({ status: 202, accepted: 1, rejected: [] });
    expect((await world.state()).ledger.enqueued).toBe(1);
    const labels = { account: world.account, source: platform };
    expect(await metricOf(door.metrics, 'capi_events_enqueued_total', labels)).toBe(1);
  });

  it('answers 401 to another secret, to a changed body and to none, and enqueues nothing', async () => {
    const body = ORDERS[platform];
    for (const headers of [signed(platform, body, 'wrong'), signed(platform, `${body} `), JSON_TYPE]) {
      expect(await deliver(platform, body, headers)).toMatchObject({ status: 401, error: { code: 'BAD_SIGNATURE' } });
    }
    expect((await world.state()).ledger.enqueued).toBe(0);
  });

  it('names the header that an unsigned delivery lacks, and no header where the signature is wrong', async () => {
    const header = Object.keys(signed(platform, '')).find((name) => /hmac|signature/i.test(name));
    const unsigned = await deliver(platform, ORDERS[platform], JSON_TYPE);
    expect(unsigned.error?.message?.toLowerCase()).toContain(`the header ${header?.toLowerCase()} is missing`);
    const wrong = await deliver(platform, ORDERS[platform], signed(platform, ORDERS[platform], 'wrong'));
    expect(wrong.error?.message).toContain('the signature does not match the body');
  });

  it('takes the bytes as they came, whatever type they are said to be', async () => {
    const body = ORDERS[platform];
    const headers = { ...signed(platform, body), 'Content-Type': 'text/plain; charset=latin1' };
    expect(await deliver(platform, body, headers)).toMatchObject({ status: 202 });
  });

  it('makes one delivery to Amazon of a thousand at once', async () => {
    const body = ORDERS[platform];
    const headers = signed(platform, body);
    const statuses: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => deliver(platform, body, headers)));
      statuses.push(...answers.map(({ status }) => status));
    }
    expect(new Set(statuses)).toEqual(new Set([202]));
    await world.startWorker();
    await world.untilSettled({ enqueued: 1000, delivered: 1, duplicate: 999 });
    expect(world.sandbox.received.list()).toMatchObject([{ received: 1, counted: 1 }]);
  });

  it('answers 200 to signed deliveries that are invalid', async () => {
    expect(await deliver(platform, 'no json', signed(platform, 'no json'))).toMatchObject({
      status: 200,
      accepted: 0,
      rejected: [{ issues: [{ message: 'is not valid JSON' }] }],
    });
  });

  it('answers 503 while Redis is away, so that the platform sends it again', async () => {
    const redis = await startServer();
    const connection = connectRedis(redis.url, 'prompt', 'own');
    connection.on('error', () => undefined);
    const other = await Door.open(world, connection);
    await redis.kill();
    const body = ORDERS[platform];
    const answer = await other.send(`/v1/webhooks/${platform}?account=${world.account}`, body, signed(platform, body));
    expect(answer).toMatchObject({ status: 503, error: { code: 'QUEUE_UNAVAILABLE' } });
    expect(answer.headers.get('retry-after')).toBe('5');
    await other.close();
    connection.disconnect();
    await redis.stop();
  });

  it('answers 404 where its secret is not set, and says which setting', async () => {
    const other = await Door.open(world, world.connection, { webhookSenders: () => NO_SENDERS });
    const answer = await other.send(`/v1/webhooks/${platform}?account=${world.account}`, '{}', JSON_TYPE);
    expect(answer).toMatchObject({ status: 404, error: { code: 'NOT_SET_UP' } });
    expect(answer.error?.message).toContain(`${platform.toUpperCase()}_WEBHOOK_SECRET`);
    await other.close();
  });
});

describe('counting requests', () => {
  const requests = (route: string, status: string) =>
    metricOf(door.metrics, 'capi_intake_requests_total', { route, status });

  it('tells bad signatures from what was queued, by route, each request once', async () => {
    const [route, body] = ['/v1/webhooks/shopify', ORDERS.shopify];
    for (const status of ['200', '202', '401']) expect(await requests(route, status)).toBe(0);
    await deliver('shopify', body);
    for (let count = 0; count < 4; count += 1) await deliver('shopify', body, signed('shopify', body, 'of yesterday'));
    await deliver('shopify', '{', signed('shopify', '{'));
    await fetch(`${door.url}/v3/nothing`);
    await until(async () => expect(await requests('other', '404')).toBe(1));
    expect(await requests(route, '202')).toBe(1);
    expect(await requests(route, '401')).toBe(4);
    expect(await requests(route, '200')).toBe(1);
    expect(await requests('/v1/webhooks/stripe', '401')).toBe(0);
  });

  it('counts a caller that hangs up', async () => {
    const client = await new SlowClient(door.url).connected();
    client.send(stalledRequest('/v1/webhooks/shopify', '{', 100)).socket.end();
    await until(async () => expect(await requests('/v1/webhooks/shopify', 'aborted')).toBe(1));
    client.close();
  });

  it('says in the log whose signatures are bad, once', async () => {
    const { shopify: body } = ORDERS;
    for (let count = 0; count < 3; count += 1) await deliver('shopify', body, JSON_TYPE);
    const lines = world.logLines.filter((line) => line.includes('webhook.bad_signature'));
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { source: 'shopify', account: world.account },
    ]);
  });
});

describe('taking what is no conversion', () => {
  it('answers 200 to a test order, and enqueues nothing', async () => {
    const order = ORDERS.shopify.replace('{', '{"test": true,').replace(/"test": false,/, '');
    const answer = await deliver('shopify', order);
    expect(answer).toMatchObject({ status: 200, accepted: 0, rejected: [{ issues: [{ path: 'test' }] }] });
    const labels = { account: world.account, source: 'shopify', reason: 'test_order' };
    expect(await metricOf(door.metrics, 'capi_events_refused_total', labels)).toBe(1);
  });

  it('answers 200 to other topics', async () => {
    const headers = { ...signed('shopify', ORDERS.shopify), 'X-Shopify-Topic': 'customers/update' };
    expect(await deliver('shopify', ORDERS.shopify, headers)).toMatchObject({ status: 200, accepted: 0 });
    const woo = { ...signed('woocommerce', '{"id":1}'), 'X-WC-Webhook-Topic': 'order.deleted' };
    expect(await deliver('woocommerce', '{"id":1}', woo)).toMatchObject({ status: 200, accepted: 0 });
  });

  it('answers 200 to WooCommerce’s unsigned ping, and only to that', async () => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect(await deliver('woocommerce', 'webhook_id=12', form)).toMatchObject({ status: 200, accepted: 0 });
    expect(await deliver('woocommerce', 'webhook_id=12&id=3', form)).toMatchObject({ status: 401 });
    expect(await deliver('shopify', 'webhook_id=12', form)).toMatchObject({ status: 401 });
    expect((await world.state()).ledger.enqueued).toBe(0);
  });

  it('takes the secrets of a rotation, both', async () => {
    const headers = signed('shopify', ORDERS.shopify, `${SECRETS.shopify}-old`);
    expect(await deliver('shopify', ORDERS.shopify, headers)).toMatchObject({ status: 202 });
  });
});

describe('counting what the URL of a webhook says', () => {
  const EU = (_account: string, nowMs: number) =>
    contextAt(nowMs, { isConsentRequired: true, maxEventAgeHours: 24 * 365 * 10 });
  const body = ORDERS.shopify;
  const headers = signed('shopify', body);
  const openWith = (senders: readonly WebhookSender[], more: Partial<IntakeOptions> = {}) =>
    Door.open(world, world.connection, { webhookSenders: () => ({ ...NO_SENDERS, shopify: senders }), ...more });

  it('a delivery sent again with consent on its URL gets none by it', async () => {
    const eu = await openWith([senderOf(world, SECRETS.shopify)], { contextOf: EU });
    for (const query of ['', '?consent=granted', `?account=${world.account}&consent=granted&defaultCountry=US`]) {
      expect(await eu.send(`/v1/webhooks/shopify${query}`, body, headers)).toMatchObject({ status: 200, accepted: 0 });
    }
    expect(world.logLines.some((line) => line.includes('webhook.url_ignored'))).toBe(true);
    await eu.close();
  });

  it.each([
    [{ consent: 'granted' }, '', 202],
    [{ consent: 'granted' }, '?consent=denied', 202],
    [{ consent: 'url' }, '?consent=granted', 202],
    [{ consent: 'url' }, '', 200],
    [{ consent: 'url' }, '?consent=maybe', 400],
  ] as const)('where the account says %j, a URL with "%s" is answered %i', async (settings, query, status) => {
    const eu = await openWith([senderOf(world, SECRETS.shopify, settings)], { contextOf: EU });
    expect(await eu.send(`/v1/webhooks/shopify${query}`, body, headers)).toMatchObject({ status });
    await eu.close();
  });

  it('the word that is queued is the account’s, whatever the URL says', async () => {
    const eu = await openWith([senderOf(world, SECRETS.shopify, { consent: 'denied' })], { contextOf: EU });
    expect(await eu.send('/v1/webhooks/shopify?consent=granted', body, headers)).toMatchObject({ status: 202 });
    await world.startWorker();
    await world.untilSettled({ enqueued: 1, delivered: 1, duplicate: 0 });
    expect(JSON.stringify(world.sandbox.received.list())).not.toContain('GRANTED');
    await eu.close();
  });

  it('a delivery sent again to another account is not taken there', async () => {
    const writer = new EventWriter({ account: 'b', connection: world.connection, eventsPerJob: 100 });
    const own = senderOf(world, SECRETS.shopify);
    const others = { ...senderOf(world, 'secret-of-another-shop'), account: 'b' };
    const several = await openWith([own, others], {
      writers: new Map([
        [world.account, writer],
        ['b', writer],
      ]),
    });
    const send = (query: string) => several.send(`/v1/webhooks/shopify${query}`, '{}', signed('shopify', '{}'));
    expect(await send('?account=b')).toMatchObject({ status: 401 });
    // It was read and is not an order: only the secret decides whose it is.
    for (const query of ['', `?account=${world.account}`]) expect(await send(query)).toMatchObject({ status: 200 });
    expect(await send('?account=nobody')).toMatchObject({ status: 400, error: { code: 'UNKNOWN_ACCOUNT' } });
    await several.close();
  });

  it('a secret that belongs to two accounts needs the account on the URL', async () => {
    const writer = new EventWriter({ account: 'b', connection: world.connection, eventsPerJob: 100 });
    const senders = [senderOf(world, SECRETS.shopify), { ...senderOf(world, SECRETS.shopify), account: 'b' }];
    const several = await openWith(senders, {
      writers: new Map([
        [world.account, writer],
        ['b', writer],
      ]),
    });
    const send = (query: string) => several.send(`/v1/webhooks/shopify${query}`, '{}', signed('shopify', '{}'));
    expect(await send('')).toMatchObject({ status: 400, error: { code: 'WHICH_ACCOUNT' } });
    expect(await send('?account=b')).toMatchObject({ status: 200 });
    await several.close();
  });
});
