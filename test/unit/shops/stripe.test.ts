// Real: the client over HTTP with Stripe's stand-in: sessions as they are now, events as they were.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StripeAccount } from '../../../dev/shops/stripe.js';
import type { Shop } from '../../../src/shops/shop.js';
import { ordersOf, TestShops } from '../../support/shops.js';
import { changed, payloadOf } from '../../support/source-payloads.js';

const NOW = Math.floor(Date.now() / 1000);
const HOUR = 3600;
const template = payloadOf('stripe', 'us-paid');

let shops: TestShops;
let stripe: StripeAccount;
beforeEach(async () => {
  shops = await TestShops.open();
  stripe = shops.shops.stripe;
});
afterEach(() => shops.close());

interface Times {
  readonly createdAt: number;
  readonly happenedAt?: number;
}

function put(id: string, { createdAt, happenedAt = createdAt }: Times, changes: Record<string, unknown> = {}): void {
  const fields = {
    id: `evt_${id}_${happenedAt}`,
    created: happenedAt,
    'data.object.id': id,
    'data.object.created': createdAt,
  };
  stripe.put(changed(template, { ...fields, ...changes }));
}

const idsOf = async (client: Shop, since: number) => (await ordersOf(client, since * 1000)).map(({ id }) => id).sort();

describe('listing', () => {
  it('every session since then comes once, over all pages, though its event says the same', async () => {
    const ids = Array.from({ length: 230 }, (_, number) => `cs_live_${1000 + number}`);
    for (const [number, id] of ids.entries()) put(id, { createdAt: NOW - 300 + number });
    put('cs_live_old', { createdAt: NOW - 5 * HOUR });
    expect(await idsOf(shops.stripe(), NOW - HOUR)).toEqual(ids);
  });

  it('a session of before that was finished or paid since then comes by its event, once, as it was last', async () => {
    const unpaid = { 'data.object.payment_status': 'unpaid' };
    put('cs_live_finished', { createdAt: NOW - 10 * HOUR, happenedAt: NOW - 60 });
    put('cs_live_sepa', { createdAt: NOW - 70 * HOUR, happenedAt: NOW - 120 }, unpaid);
    const paid = { type: 'checkout.session.async_payment_succeeded' };
    put('cs_live_sepa', { createdAt: NOW - 70 * HOUR, happenedAt: NOW - 30 }, paid);
    const orders = await ordersOf(shops.stripe(), (NOW - HOUR) * 1000);
    expect(orders.map(({ id }) => id).sort()).toEqual(['cs_live_finished', 'cs_live_sepa']);
    const sepa = orders.find(({ id }) => id === 'cs_live_sepa')?.payload;
    expect(sepa).toMatchObject({ ...paid, data: { object: { payment_status: 'paid' } } });
  });

  it('a checkout that nobody finished is no order', async () => {
    put('cs_live_open', { createdAt: NOW - 60 }, { type: 'checkout.session.expired', 'data.object.status': 'expired' });
    expect(await idsOf(shops.stripe(), NOW - HOUR)).toEqual([]);
  });
});

describe('keys', () => {
  it('a wrong key is told, and not shown', async () => {
    const reading = idsOf(shops.stripe('rk_live_canary'), NOW);
    await expect(reading).rejects.toMatchObject({
      code: 'SHOP_CREDENTIALS',
      message: expect.stringContaining('STRIPE_API_KEY'),
    });
    await expect(reading).rejects.not.toThrow(/canary/);
  });

  it.each([
    ['checkout_sessions', 'Events'],
    ['events', 'Checkout Sessions'],
  ] as const)('a restricted key that may read only %s lacks %s', async (readable, lacking) => {
    await shops.close();
    shops = await TestShops.open({ stripe: { readable: [readable] } });
    await expect(idsOf(shops.stripe(), NOW)).rejects.toMatchObject({
      code: 'SHOP_FORBIDDEN',
      message: expect.stringContaining(lacking),
    });
  });

  it('429 and a broken connection are tried again', async () => {
    put('cs_live_1', { createdAt: NOW });
    shops.shops.faults.add({ kind: 'status', status: 429, times: 2 });
    shops.shops.faults.add({ kind: 'drop', times: 1 });
    expect(await idsOf(shops.stripe(), NOW - HOUR)).toEqual(['cs_live_1']);
  });
});
