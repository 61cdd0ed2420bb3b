// Real: the client over HTTP with WooCommerce's stand-in, whose pages move like the plug-in's.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WooCommerceShop } from '../../../dev/shops/woocommerce.js';
import type { Shop } from '../../../src/shops/shop.js';
import { ordersOf, TestShops } from '../../support/shops.js';
import { payloadOf } from '../../support/source-payloads.js';

const DAY = Date.parse('2026-11-20T00:00:00Z');
const template = payloadOf('woocommerce', 'fr-updated');

let shops: TestShops;
let shop: WooCommerceShop;
beforeEach(async () => {
  shops = await TestShops.open();
  shop = shops.shops.woocommerce;
});
afterEach(() => shops.close());

const put = (id: number, updatedMs: number) => shop.put({ ...template, id, number: String(id) }, updatedMs);
const idsOf = async (client: Shop, sinceMs = 0) =>
  (await ordersOf(client, sinceMs)).map(({ id }) => Number(id)).sort((left, right) => left - right);
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('listing', () => {
  it('every order that changed since then comes once, including those of that second', async () => {
    for (const id of numbers(1, 350)) put(id, DAY + id * 1000);
    expect(await idsOf(shops.woocommerce(), DAY + 51_000)).toEqual(numbers(51, 350));
  });

  it('an empty list is one', async () => {
    expect(await idsOf(shops.woocommerce())).toEqual([]);
  });

  it('a thousand orders of one second come all', async () => {
    for (const id of numbers(1, 1000)) put(id, DAY);
    expect(await idsOf(shops.woocommerce(), DAY)).toEqual(numbers(1, 1000));
  });

  it.each([
    ['changes', (id: number) => put(id, DAY + 900_000 + id)],
    ['is deleted', (id: number) => shop.orders.delete(id)],
  ])('no order is skipped where another one %s while they are read', async (_what, happens) => {
    for (const id of numbers(1, 400)) put(id, DAY + id * 1000);
    const touched = [2, 110, 111, 205, 320, 399];
    shop.afterPage = () => {
      const id = touched.shift();
      if (id !== undefined) happens(id);
    };
    const gone = [2, 110, 111, 205, 320, 399];
    const seen = new Set(await idsOf(shops.woocommerce()));
    expect(numbers(1, 400).filter((id) => !seen.has(id) && !gone.includes(id))).toEqual([]);
    expect(touched.length).toBeLessThan(gone.length);
  });

  it('the shop’s own offset from UTC moves nothing', async () => {
    put(1, DAY - 30 * 60_000);
    put(2, DAY + 30 * 60_000);
    expect(await idsOf(shops.woocommerce(), DAY)).toEqual([2]);
  });
});

describe('keys', () => {
  it.each([
    ['a wrong key', ['ck_wrong-canary', 'cs_secret-of-the-shop']],
    ['a wrong secret', ['ck_of-the-shop', 'cs_wrong-canary']],
  ])('%s is told, and not shown', async (_what, [key, secret]) => {
    const reading = idsOf(shops.woocommerce(key, secret));
    await expect(reading).rejects.toMatchObject({
      code: 'SHOP_CREDENTIALS',
      message: expect.stringMatching(/WOOCOMMERCE_CONSUMER_KEY.*may read/),
    });
    await expect(reading).rejects.not.toThrow(/canary/);
  });

  it('a key whose user may not see orders is told apart', async () => {
    const body = JSON.stringify({ code: 'woocommerce_rest_cannot_view', message: 'Sorry', data: { status: 401 } });
    shops.shops.faults.add({ kind: 'status', status: 401, body });
    await expect(idsOf(shops.woocommerce())).rejects.toMatchObject({ code: 'SHOP_FORBIDDEN' });
  });

  it('an address without the API, and a page of a firewall, are told apart', async () => {
    await expect(idsOf(shops.woocommerce('ck', 'cs', `${shops.url}/shop`))).rejects.toMatchObject({
      code: 'SHOP_NOT_FOUND',
      message: expect.stringContaining(`${shops.url}/shop`),
    });
    shops.shops.faults.add({ kind: 'status', status: 200, body: '<html>' });
    await expect(idsOf(shops.woocommerce())).rejects.toMatchObject({ code: 'SHOP_UNREADABLE' });
  });

  it('429, 503 and a broken connection are tried again', async () => {
    put(1, DAY);
    const { faults } = shops.shops;
    faults.add({ kind: 'status', status: 429, times: 1 });
    faults.add({ kind: 'status', status: 503, times: 1 });
    faults.add({ kind: 'drop', times: 1 });
    expect(await idsOf(shops.woocommerce())).toEqual([1]);
  });
});
