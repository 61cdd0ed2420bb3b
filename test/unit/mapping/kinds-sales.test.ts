// Kinds of fault in what is a sale: field-cases.json has one or two cases of each, here are their siblings in every source.
import { describe, expect, it } from 'vitest';
import { conversionPayload } from '../../support/events.js';
import {
  AT,
  csv,
  digest,
  eventOf,
  ga4,
  keysOf,
  mapFirst,
  order,
  reasonOf,
  shopify,
  stripe,
  woo,
} from '../../support/field-payloads.js';

type Json = Record<string, unknown>;

describe('no sale off Amazon', () => {
  it.each([
    ['shopify', shopify({ processed_at: '2024-05-01T10:00:00+02:00' }), 'too_old'],
    ['shopify', shopify({ processed_at: 'long ago' }), 'invalid'],
    ['shopify', shopify({ source_name: 'Amazon FBA' }), 'not_a_purchase'],
    ['shopify', shopify({ source_name: 'amazon_pay' }), 'accepted'],
    ['shopify', shopify({ email: 'x@m.marketplace.amazon.co.uk' }), 'not_a_purchase'],
    ['shopify', shopify({ email: null, customer: { email: 'x@marketplace.amazon.de' } }), 'not_a_purchase'],
    ['shopify', shopify({ abandoned_checkout_url: 'https://shop.example/recover' }), 'not_a_purchase'],
    ['shopify', shopify({ invoice_url: 'https://shop.example/invoice' }), 'not_a_purchase'],
    ['shopify', shopify({ completed_at: AT }), 'not_a_purchase'],
    ['shopify', shopify({ admin_graphql_api_id: 'gid://shopify/DraftOrder/1' }), 'not_a_purchase'],
    ['shopify', shopify({ refund_line_items: [] }), 'not_a_purchase'],
    ['shopify', shopify({ total_price: '-5.00', total_price_set: null }), 'not_a_purchase'],
    ['shopify', shopify({ test: true, cancelled_at: AT }), 'not_a_purchase'],
    ['woocommerce', woo({ parent_id: '9700' }), 'not_a_purchase'],
    ['woocommerce', woo({ parent_id: 0 }), 'accepted'],
    ['woocommerce', woo({ billing_period: 'year' }), 'not_a_purchase'],
    ['woocommerce', woo({ next_payment_date_gmt: '2026-12-20T10:00:00' }), 'not_a_purchase'],
    ['woocommerce', woo({ type: 'shop_subscription' }), 'not_a_purchase'],
    ['woocommerce', woo({ created_via: 'amazon' }), 'not_a_purchase'],
    ['woocommerce', woo({ created_via: 'amazon_payments_advanced' }), 'accepted'],
    ['woocommerce', woo({ 'billing.email': 'x@marketplace.amazon.it' }), 'not_a_purchase'],
    ['woocommerce', woo({ status: 'wc-refunded' }), 'not_a_purchase'],
    ['woocommerce', woo({ date_paid_gmt: '2020-01-01T00:00:00' }), 'too_old'],
    ['woocommerce', woo({ total: '-1054.85' }), 'not_a_purchase'],
    ['stripe', stripe({ 'data.object.customer_details.email': 'x@marketplace.amazon.com' }), 'not_a_purchase'],
    ['stripe', stripe({ type: 'refund.created' }), 'not_a_purchase'],
    ['order', order({ customer: { email: 'x@marketplace.amazon.com' } }), 'not_a_purchase'],
    ['order', order({ type: 'refund' }), 'not_a_purchase'],
    ['order', order({ channel: 'amazon' }), 'not_a_purchase'],
    ['order', order({ total: '-20.00' }), 'not_a_purchase'],
    ['csv', csv({ email: 'x@marketplace.amazon.com' }), 'not_a_purchase'],
    ['csv', csv({ name: 'refund' }), 'not_a_purchase'],
    ['csv', csv({ value: '-10.00' }), 'not_a_purchase'],
    [
      'conversion',
      conversionPayload({ matchKeys: [{ type: 'EMAIL', values: ['x@marketplace.amazon.com'] }] }),
      'not_a_purchase',
    ],
    ['ga4', ga4('flat', {}, { user_data: { email: 'x@marketplace.amazon.com' } }), 'not_a_purchase'],
    ['ga4', ga4('flat', {}, { event: 'sign_up', user_data: { email: 'x@marketplace.amazon.com' } }), 'accepted'],
  ] as const)('%s %#: %s', (source, payload, reason) => {
    expect(reasonOf(source, payload)).toBe(reason);
  });
});

describe('units', () => {
  const items = [{ quantity: 2.5 }, { quantity: 0.4 }, { quantity: 1 }, { quantity: null }];
  it.each([
    ['order', order({ items })],
    ['shopify', shopify({ line_items: items })],
    ['woocommerce', woo({ line_items: items })],
    ['ga4', ga4('ecommerce', { items })],
  ] as const)('of %s: a fraction is one piece', (source, payload) => {
    expect(eventOf(source, payload).unitsSold).toBe(4);
  });
});

describe('names of Stripe', () => {
  const named = (details: Json, collected?: Json) =>
    stripe({
      'data.object.customer_details.name': null,
      ...Object.fromEntries(
        Object.entries(details).map(([field, value]) => [`data.object.customer_details.${field}`, value]),
      ),
      ...(collected && { 'data.object.collected_information': collected }),
    });

  it.each([
    [named({ name: 'Acme Ltd', business_name: 'Acme Ltd', individual_name: 'Jane Doe' }), ['jane', 'doe']],
    [named({ name: 'Acme Ltd', business_name: 'ACME Ltd ' }), []],
    [named({ name: 'Acme Ltd' }, { business_name: 'acme ltd' }), []],
    [named({ name: 'Jane Doe', business_name: 'Acme Ltd' }), ['jane', 'doe']],
    [named({}, { individual_name: 'Jane Doe', business_name: 'Acme Ltd' }), ['jane', 'doe']],
    [named({}, { shipping_details: { name: 'Jane Doe', address: null } }), ['jane', 'doe']],
  ])('%#', (payload, names) => {
    const [first, last] = names;
    expect(keysOf('stripe', payload, 'FIRST_NAME')).toEqual(first === undefined ? [] : [digest(first)]);
    expect(keysOf('stripe', payload, 'LAST_NAME')).toEqual(last === undefined ? [] : [digest(last)]);
  });
});

describe('sparse payloads', () => {
  it('keep the phone of an address without more', () => {
    const sparse = shopify({
      billing_address: null,
      shipping_address: { country_code: 'US', phone: '(415) 555-2671' },
    });
    expect(keysOf('shopify', sparse, 'PHONE')).toContain(digest('+14155552671'));
    expect(
      keysOf('woocommerce', woo({ billing: { country: 'US', phone: '(415) 555-2671' }, shipping: [] }), 'PHONE'),
    ).toEqual([digest('+14155552671')]);
  });
});

describe('the reason of a refusal', () => {
  const faulty = (changes: Json) => shopify({ total_price_set: null, total_price: 'x', ...changes });

  it('is the first of the order, and all faults are told', () => {
    const all = { cancelled_at: AT, test: true, created_at: '2020-01-01T00:00:00Z', email: null, currency: 'BTC' };
    expect(reasonOf('shopify', faulty(all))).toBe('not_a_purchase');
    expect(reasonOf('shopify', faulty({ ...all, cancelled_at: null }))).toBe('test_order');
    expect(reasonOf('shopify', faulty({ ...all, cancelled_at: null, test: false }))).toBe('too_old');
    const recent = { ...all, cancelled_at: null, test: false, created_at: AT, processed_at: AT };
    expect(reasonOf('shopify', faulty(recent))).toBe('unsupported');
    const nobody = {
      ...recent,
      contact_email: null,
      customer: null,
      billing_address: { country_code: 'XK' },
      shipping_address: null,
    };
    expect(reasonOf('shopify', faulty(nobody), { isConsentRequired: true })).toBe('no_match_key');
    expect(reasonOf('shopify', faulty(recent), { isConsentRequired: true })).toBe('consent_missing');
    expect(reasonOf('shopify', faulty({ email: 'a@b.example' }))).toBe('invalid');
    const mapped = mapFirst('shopify', faulty(all));
    expect(mapped?.ok === false && mapped.issues.map(({ path }) => path)).toEqual([
      'cancelled_at',
      'test',
      'created_at',
      'currency',
      'total_price',
    ]);
  });

  it('counts a row from the future before what else is wrong', () => {
    expect(reasonOf('csv', csv({ timestamp: '2027-01-01T00:00:00Z', currencyCode: 'BTC' }))).toBe('in_future');
  });
});
