// Real: the clients over HTTP with the shops' stand-ins, and the mappers. An order read by API and the same state of it
// from the webhook give the same event, to the byte.
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Platform } from '../../../dev/shops/shops.js';
import { DEDUPE_ID_FIELDS, type MappingContext } from '../../../src/mapping/context.js';
import { parseJson } from '../../../src/mapping/json.js';
import { MATCH_KEY_RULES } from '../../../src/mapping/match-key.js';
import { mapPayload } from '../../../src/mapping/source.js';
import { contextAt, NOW_MS } from '../../support/events.js';
import { ordersOf, TestShops } from '../../support/shops.js';
import { changed, payloadOf } from '../../support/source-payloads.js';

type Json = Record<string, unknown>;

let shops: TestShops;
beforeEach(async () => {
  shops = await TestShops.open({ shopify: { bucket: { maximum: 1e6, restoreRate: 1e6 } } });
});
afterEach(() => shops.close());

/** The result of both ways, by order: the event as written to Redis, or the reason of the refusal. */
async function bothWays(
  platform: Platform,
  payloads: readonly Json[],
  { sinceMs = 0, ...overrides }: Partial<MappingContext> & { sinceMs?: number } = {},
) {
  const context = contextAt(NOW_MS, { maxEventAgeHours: 24 * 365, ...overrides });
  for (const payload of payloads) shops.shops.put(platform, payload, NOW_MS);
  const orders = await ordersOf(shops.client(platform, overrides.dedupeIds?.shopify), sinceMs);
  const byApi = orders.map(({ payload }) => outcomeOf(platform, payload, context));
  const byWebhook = payloads.map((payload) => outcomeOf(platform, payload, context));
  return { byWebhook: byWebhook.sort(), byApi: byApi.sort() };
}

function outcomeOf(platform: Platform, payload: unknown, context: MappingContext): string {
  return mapPayload(platform, payload, context)
    .map((mapped) => (mapped.ok ? JSON.stringify(mapped.event) : mapped.reason))
    .join();
}

const VECTORS: { platform: Platform; name: string }[] = (['shopify', 'woocommerce', 'stripe'] as const).flatMap(
  (platform) =>
    readdirSync(`test/vectors/sources/${platform}`).map((file) => ({ platform, name: file.replace('.json', '') })),
);
/** What no list of orders contains: the rest of a deleted order, and an event about something else. */
const NO_ORDERS = new Set(['deleted', 'payment-intent']);

describe('orders of the vectors', () => {
  it.each(VECTORS.filter(({ name }) => !NO_ORDERS.has(name)))(
    '$platform $name gives the same by API as by webhook',
    async ({ platform, name }) => {
      const { byWebhook, byApi } = await bothWays(platform, [payloadOf(platform, name)]);
      expect(byApi).toEqual(byWebhook);
    },
  );
});

interface FieldCase {
  readonly name: string;
  readonly source: string;
  readonly payload: Json;
}
const FIELD_CASES = (parseJson(readFileSync('test/vectors/field-cases.json', 'utf8')) as { cases: FieldCase[] }).cases;
/** Payloads of webhooks about drafts, checkouts and refunds are not orders of the Admin API. */
const isOrder = ({ payload }: FieldCase) =>
  payload['id'] !== undefined &&
  ['abandoned_checkout_url', 'invoice_url', 'completed_at', 'refund_line_items'].every((field) => !(field in payload));

describe('orders from the field', () => {
  const cases = FIELD_CASES.filter(
    (fieldCase) => ['shopify', 'woocommerce'].includes(fieldCase.source) && isOrder(fieldCase),
  );

  it('there are some', () => expect(cases.length).toBeGreaterThan(5));

  it.each(cases)('$source $name', async ({ source, payload }) => {
    const nowMs = Date.parse('2026-11-27T12:00:00Z');
    const { byWebhook, byApi } = await bothWays(source as Platform, [payload], { nowMs });
    expect(byApi).toEqual(byWebhook);
  });
});

/** This many orders per reading, each a different one. */
const LOT = { minLength: 20, maxLength: 40 };

describe('any order', () => {
  const name = fc.constantFrom('Jürgen', "O'Connor", ' Anna  Maria ', '李', '', null);
  const phone = fc.constantFrom('+49 30 901820', '030 901820', '(415) 555-2671', '', null);
  const address = fc.option(
    fc.record({
      first_name: name,
      last_name: name,
      address1: fc.constantFrom('12 Main St, Apt #4', 'Domkloster 4', '', null),
      address2: fc.constantFrom('Suite 300', '', null),
      city: fc.constantFrom('Köln', 'San Francisco', '', null),
      province: fc.constantFrom('Bayern', 'California', null),
      province_code: fc.constantFrom('BY', 'US-CA', 'CA', null),
      zip: fc.constantFrom('50667', 'SW1A 1AA', null),
      country_code: fc.constantFrom('DE', 'US', 'GB', null),
      phone,
    }),
    { nil: null },
  );
  const amount = fc.constantFrom('0.00', '129.90', '129.9', '12800', '12800.0', '1.5', '99999.99');
  const money = fc.record({ amount, currency_code: fc.constantFrom('EUR', 'JPY', 'USD') });
  const order = fc.record({
    name: fc.constantFrom('#1001', 'JP2088', 'EN1001'),
    order_number: fc.constantFrom(1001, 2088),
    checkout_token: fc.constantFrom('c3f1a2b4d5e6', null),
    test: fc.boolean(),
    financial_status: fc.constantFrom('paid', 'pending', 'partially_refunded', 'refunded', 'voided', 'authorized'),
    cancelled_at: fc.constantFrom(null, '2026-11-20T11:00:00+01:00'),
    created_at: fc.constantFrom('2026-11-20T10:02:11+01:00', '2026-11-19T16:20:00-05:00', '2026-11-19T22:00:00Z'),
    processed_at: fc.constantFrom(null, '2026-11-20T10:02:10+01:00', '2026-10-01T08:00:00Z'),
    currency: fc.constantFrom('EUR', 'JPY'),
    total_price: amount,
    total_price_set: fc.option(fc.record({ shop_money: money }), { nil: null }),
    source_name: fc.constantFrom('web', 'pos', 'iphone', '580111', 'amazon', null),
    email: fc.constantFrom('Jane.Doe+tag@Example.com', '', null),
    phone,
    customer: fc.option(
      fc.record({
        email: fc.constantFrom('other@example.com', null),
        phone,
        first_name: name,
        last_name: name,
        default_address: address,
      }),
      { nil: null },
    ),
    billing_address: address,
    shipping_address: address,
    note_attributes: fc.constantFrom(
      [],
      [{ name: 'amzn_user_data', value: 'granted' }],
      [
        { name: 'gpc', value: '1' },
        { name: 'gift', value: null },
      ],
    ),
    line_items: fc.array(fc.record({ quantity: fc.integer({ min: 0, max: 9 }) }), { maxLength: 45 }),
  });
  const settings = fc.record({
    matchKeyRules: fc.constantFrom(...MATCH_KEY_RULES),
    defaultCountry: fc.constantFrom('US', undefined),
    dedupeIds: fc.record({ shopify: fc.constantFrom(...DEDUPE_ID_FIELDS.shopify) }),
  });

  it('of Shopify, under any setting', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(order, LOT), settings, async (drawn, overrides) => {
        shops.shops.shopify.orders.clear();
        // Above 2^53, where a number would lose its last digits.
        const payloads = drawn.map((fields, place) => ({ id: `90071992547409${90 + place}`, ...fields }));
        const { byWebhook, byApi } = await bothWays('shopify', payloads, overrides);
        expect(byApi).toEqual(byWebhook);
      }),
      { numRuns: 15 },
    );
  });

  const change = (choices: Readonly<Record<string, readonly unknown[]>>) =>
    fc.record(Object.fromEntries(Object.entries(choices).map(([path, values]) => [path, fc.constantFrom(...values)])), {
      requiredKeys: [],
    });

  it('of WooCommerce', async () => {
    const changes = change({
      status: ['processing', 'completed', 'on-hold', 'pending', 'refunded', 'wc-packed'],
      total: ['0.00', '1054.85', '1054.8500'],
      currency: ['EUR', 'USD', 'XBT'],
      date_paid_gmt: [null, '2026-11-20T11:40:02', '2026-10-01T08:00:00'],
      'billing.phone': ['', '01 42 68 53 00'],
      'billing.country': ['FR', 'XK', ''],
      line_items: [[], [{ quantity: 3 }], [{ quantity: 0.5 }, {}]],
    });
    await fc.assert(
      fc.asyncProperty(fc.array(changes, LOT), async (drawn) => {
        shops.shops.woocommerce.orders.clear();
        const payloads = drawn.map((fields, place) =>
          changed(payloadOf('woocommerce', 'fr-updated'), { ...fields, id: 700 + place }),
        );
        const { byWebhook, byApi } = await bothWays('woocommerce', payloads);
        expect(byApi).toEqual(byWebhook);
      }),
      { numRuns: 10 },
    );
  });

  it('of Stripe, whether its session is listed or only its event', async () => {
    const changes = change({
      type: ['checkout.session.completed', 'checkout.session.async_payment_succeeded'],
      livemode: [true, false],
      'data.object.payment_status': ['paid', 'unpaid', 'no_payment_required'],
      'data.object.amount_total': [12990, 0, 5],
      'data.object.currency': ['usd', 'jpy', 'kwd'],
      'data.object.customer_details.business_name': ['Anna Maria  van-Dyke', null],
      'data.object.created': [1795169730, 1795169760],
    });
    const created = Math.floor(Date.now() / 1000);
    await fc.assert(
      fc.asyncProperty(fc.array(changes, LOT), async (drawn) => {
        shops.shops.stripe.events.length = 0;
        shops.shops.stripe.sessions.clear();
        const payloads = drawn.map((fields, place) =>
          changed(payloadOf('stripe', 'us-paid'), {
            ...fields,
            id: `evt_${place}`,
            created,
            'data.object.id': `cs_live_${place}`,
          }),
        );
        const { byWebhook, byApi } = await bothWays('stripe', payloads, { sinceMs: 1795169750_000 });
        expect(byApi).toEqual(byWebhook);
      }),
      { numRuns: 15 },
    );
  });
});
