// Real: the client over HTTP with Shopify's stand-in, which answers queries by Shopify's schema and charges for them.
import { afterEach, describe, expect, it } from 'vitest';
import type { ShopifyShop } from '../../../dev/shops/shopify/shopify.js';
import type { ShopsOptions } from '../../../dev/shops/shops.js';
import type { ShopifyClient } from '../../../src/shops/shopify/shopify.js';
import { ordersOf, TestShops } from '../../support/shops.js';
import { payloadOf } from '../../support/source-payloads.js';

const DAY = Date.parse('2026-11-20T00:00:00Z');
const template = payloadOf('shopify', 'de-guest-created');

let shops: TestShops;
let shop: ShopifyShop;
afterEach(() => shops.close());

async function open(options: ShopsOptions['shopify'] = {}): Promise<void> {
  shops = await TestShops.open({ shopify: options });
  shop = shops.shops.shopify;
}

/** Orders 1 to count, each changed a second after the one before. */
function fill(count: number): void {
  for (let number = 1; number <= count; number += 1) {
    shop.put({ ...template, id: number, name: `#${number}` }, DAY + number * 1000);
  }
}

const idsOf = async (client: ShopifyClient, sinceMs = 0) =>
  (await ordersOf(client, sinceMs)).map(({ id }) => Number(id));
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('listing', () => {
  it('every order that changed since then comes once, over all pages', async () => {
    await open({ bucket: { maximum: 1e6, restoreRate: 1e6 } });
    fill(120);
    expect(await idsOf(shops.shopify(), DAY + 21_000)).toEqual(numbers(21, 120));
    expect(shop.counts.queries).toBeGreaterThan(2);
  });

  it('an order that changes while they are read is not skipped, nor is any other', async () => {
    await open({ bucket: { maximum: 1e6, restoreRate: 1e6 } });
    fill(80);
    const seen = new Set<number>();
    let pages = 0;
    for await (const page of shops.shopify().listOrders(0, new AbortController().signal)) {
      for (const { id } of page) seen.add(Number(id));
      pages += 1;
      // One that was read, and one that was not: both move to the end.
      if (pages === 1) for (const id of [3, 70]) shop.put({ ...template, id, name: `#${id}` }, DAY + 500_000 + id);
    }
    expect([...seen].sort((left, right) => left - right)).toEqual(numbers(1, 80));
  });

  it('an order with more items than fit in its first page has all of them', async () => {
    await open();
    const items = Array.from({ length: 300 }, (_, number) => ({ id: number + 1, quantity: 2 }));
    shop.put({ ...template, line_items: items }, DAY);
    const [order] = await ordersOf(shops.shopify());
    const payload = order?.payload as { line_items: { quantity: number }[] };
    expect(payload.line_items.map(({ quantity }) => quantity)).toEqual(items.map(({ quantity }) => quantity));
  });

  it('the checkout token is asked for only where it is the dedupe id: older versions have none', async () => {
    await open();
    shop.put({ ...template, checkout_token: 'c3f1' }, DAY);
    const [order] = await ordersOf(shops.shopify({ dedupeId: 'checkout_token', version: '2026-07' }));
    expect(order?.payload).toMatchObject({ checkout_token: 'c3f1' });
    expect(await idsOf(shops.shopify({ version: '2026-04' }))).toHaveLength(1);
    await expect(idsOf(shops.shopify({ dedupeId: 'checkout_token', version: '2026-04' }))).rejects.toMatchObject({
      code: 'SHOP_VERSION',
    });
  });
});

describe('throttling', () => {
  it('queries wait until the bucket can pay for them: none is refused', async () => {
    await open({ bucket: { maximum: 1_000, restoreRate: 2_000 } });
    fill(150);
    expect(await idsOf(shops.shopify())).toEqual(numbers(1, 150));
    expect(shop.counts.throttled).toBe(0);
  });

  it('a query that is throttled, because others use the bucket too, is asked again', async () => {
    await open({ bucket: { maximum: 1_000, restoreRate: 1_500 } });
    fill(100);
    const [first, second] = await Promise.all([idsOf(shops.shopify()), idsOf(shops.shopify())]);
    expect(first).toEqual(numbers(1, 100));
    expect(second).toEqual(numbers(1, 100));
    expect(shop.counts.throttled).toBeGreaterThan(0);
  });

  it('429 with Retry-After, 503 and a broken connection are tried again', async () => {
    await open();
    fill(3);
    const { faults } = shops.shops;
    faults.add({ kind: 'status', status: 429, retryAfterSeconds: 0.02, times: 1 });
    faults.add({ kind: 'status', status: 503, times: 2 });
    faults.add({ kind: 'drop', times: 1 });
    expect(await idsOf(shops.shopify())).toEqual([1, 2, 3]);
    expect(faults.list()).toEqual([]);
  });

  it('a shop that stays down ends the reading, and one that asks for a long wait ends it at once', async () => {
    await open();
    shops.shops.faults.add({ kind: 'status', status: 500 });
    await expect(idsOf(shops.shopify())).rejects.toMatchObject({ code: 'SHOP_UNAVAILABLE' });
    shops.shops.faults.clear();
    shops.shops.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 3600 });
    await expect(idsOf(shops.shopify())).rejects.toThrow(/3600 s/);
  });

  it('a stop ends the wait', async () => {
    await open();
    shops.shops.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 100 });
    const stop = new AbortController();
    const reading = ordersOf(shops.shopify(), 0, stop.signal);
    stop.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('keys and versions', () => {
  it('one token of 24 hours serves all pages, and one that was revoked is asked for anew', async () => {
    await open({ bucket: { maximum: 1e6, restoreRate: 1e6 } });
    fill(80);
    let pages = 0;
    for await (const _ of shops.shopify().listOrders(0, new AbortController().signal)) {
      pages += 1;
      if (pages === 1) shop.revokeTokens();
    }
    expect(pages).toBeGreaterThan(1);
    expect(shop.counts.tokens).toBe(2);
  });

  it('a permanent token of an older app does too', async () => {
    await open();
    fill(1);
    const credentials = { kind: 'token', readAccessToken: () => 'shpat_token-of-the-shop' } as const;
    expect(await idsOf(shops.shopify({ credentials }))).toEqual([1]);
    expect(shop.counts.tokens).toBe(0);
  });

  it.each([
    ['a wrong client secret', { clientSecret: 'shpss_secret-canary' }, 'SHOP_CREDENTIALS', /SHOPIFY_CLIENT_SECRET/],
    [
      'a permanent token that was revoked',
      { credentials: { kind: 'token', readAccessToken: () => 'shpat_secret-canary' } as const },
      'SHOP_CREDENTIALS',
      /SHOPIFY_ACCESS_TOKEN/,
    ],
    ['a version that is retired', { version: '2024-10' }, 'SHOP_VERSION', /retired.*SHOPIFY_API_VERSION=2026-01/],
    ['a version that never was', { version: '2031-10' }, 'SHOP_VERSION', /2031-10/],
  ])('%s is told, and not the secret', async (_what, choices, code, message) => {
    await open();
    fill(1);
    const reading = idsOf(shops.shopify(choices));
    await expect(reading).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await expect(reading).rejects.not.toThrow(/canary/);
  });

  it('an app that may not read customers is told which scope it lacks', async () => {
    await open({ scopes: ['read_orders'] });
    fill(1);
    await expect(idsOf(shops.shopify())).rejects.toMatchObject({
      code: 'SHOP_FORBIDDEN',
      message: expect.stringContaining('read_customers'),
    });
  });

  it('an answer of something else, and a redirect, are told as such', async () => {
    await open();
    shops.shops.faults.add({ kind: 'status', status: 200, body: '<html>', times: 1 });
    await expect(idsOf(shops.shopify())).rejects.toMatchObject({ code: 'SHOP_UNREADABLE' });
    shops.shops.faults.clear();
    shops.shops.faults.add({ kind: 'status', status: 301 });
    await expect(idsOf(shops.shopify())).rejects.toMatchObject({ code: 'SHOP_NOT_FOUND' });
  });
});
