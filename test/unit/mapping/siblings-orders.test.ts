// Siblings of the field cases as whole orders: what shops, tills, subscriptions and server containers send on an ordinary day.
import { describe, expect, it } from 'vitest';
import type { MappingContext } from '../../../src/mapping/context.js';
import type { Source } from '../../../src/mapping/source.js';
import { conversionPayload, NOW_MS } from '../../support/events.js';
import {
  csv,
  customer,
  digest,
  eventOf,
  FORMS,
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
const session = (fields: Json) =>
  stripe(Object.fromEntries(Object.entries(fields).map(([field, value]) => [`data.object.${field}`, value])));
const money = (amount: string, code: string) => ({ amount, currency_code: code });
const total = (amount: string, code: string) => ({ total_price: amount, currency: code, total_price_set: null });

describe('orders that are ordinary sales', () => {
  it.each<[string, Source, unknown, Json]>([
    ['a subscription’s renewal', 'shopify', shopify({ source_name: 'subscription_contract' }), {}],
    [
      'an app that names itself by a number',
      'shopify',
      shopify({ source_name: '580111' }),
      { eventActionSource: 'WEBSITE' },
    ],
    ['no channel', 'shopify', shopify({ source_name: null }), { eventActionSource: 'WEBSITE' }],
    [
      'empty texts for nothing',
      'shopify',
      shopify({ cancelled_at: '', financial_status: null, note_attributes: null }),
      {},
    ],
    [
      'an edited order',
      'shopify',
      shopify({ ...total('100.00', 'EUR'), current_total_price: '150.00' }),
      { value: 100 },
    ],
    ['a free order', 'shopify', shopify(total('0.00', 'EUR')), { value: 0 }],
    ['taxes included', 'shopify', shopify({ ...total('119.00', 'EUR'), taxes_included: true }), { value: 119 }],
    ['an empty total_price_set', 'shopify', shopify({ ...total('7.5', 'USD'), total_price_set: {} }), { value: 7.5 }],
    [
      'a customer who paid in yen',
      'shopify',
      shopify({ total_price_set: { shop_money: money('100.00', 'USD'), presentment_money: money('15000', 'JPY') } }),
      { value: 100, currencyCode: 'USD' },
    ],
    [
      'a line that was taken out',
      'shopify',
      shopify({ line_items: [{ quantity: 0 }, { quantity: 2 }] }),
      { unitsSold: 2 },
    ],
    ['no lines', 'shopify', shopify({ line_items: null }), { unitsSold: undefined }],
    ['a renewal', 'woocommerce', woo({ created_via: 'subscription' }), {}],
    ['an order of its own', 'woocommerce', woo({ parent_id: null, type: 'shop_order', billing_period: '' }), {}],
    ['a number for a total', 'woocommerce', woo({ total: 30 }), { value: 30 }],
    ['a status of a plugin', 'woocommerce', woo({ status: 'wc-partially-shipped' }), {}],
    ['dinars', 'woocommerce', woo({ total: '1.249', currency: 'KWD' }), { value: 1.25 }],
    [
      'what a customer gave back',
      'woocommerce',
      woo({ line_items: [{ quantity: -1 }, { quantity: '3' }] }),
      { unitsSold: 3 },
    ],
    ['a first payment', 'stripe', session({ mode: 'subscription', payment_intent: null, subscription: 'sub_1' }), {}],
    ['a trial', 'stripe', session({ amount_total: 0, payment_status: 'no_payment_required' }), { value: 0 }],
    ['krónur', 'stripe', session({ amount_total: 50_000, currency: 'isk' }), { value: 500, currencyCode: 'ISK' }],
    ['forint', 'stripe', session({ amount_total: 170_000, currency: 'HUF' }), { value: 1700, currencyCode: 'HUF' }],
    [
      'a customer who paid in euro',
      'stripe',
      session({
        amount_total: 1700,
        currency: 'usd',
        presentment_details: { presentment_amount: 1, presentment_currency: 'eur' },
      }),
      { value: 17, currencyCode: 'USD' },
    ],
    ['a data layer without ecommerce', 'ga4', ga4('flat', {}, { ecommerce: null }), { value: 10 }],
    [
      'gtm’s name beside Google’s',
      'ga4',
      ga4('flat', {}, { event: 'gtm.dom', event_name: 'purchase' }),
      { name: 'purchase' },
    ],
    ['an item that is not there', 'ga4', ga4('flat', { items: [null, { quantity: '2' }, {}] }), { unitsSold: 3 }],
    ['a number for an id', 'ga4', ga4('Measurement Protocol', { transaction_id: 12_345 }), { clientDedupeId: '12345' }],
    ['a number that is no two decimals', 'ga4', ga4('eventModel', { value: 19.989999999999998 }), { value: 19.99 }],
  ])('%s (%s)', (_, source, payload, expected) => {
    const event = eventOf(source, payload);
    expect({ ...event, ...expected }).toEqual({ unitsSold: undefined, ...event });
  });

  it('of a till know a customer by a phone alone', () => {
    const nobody = { email: '', contact_email: null, customer: null, billing_address: null, shipping_address: null };
    const sold = shopify({ ...nobody, source_name: 'pos', phone: '+14155552671' });
    expect(eventOf('shopify', sold, { defaultCountry: 'US' }).matchKeys).toEqual([
      { type: 'PHONE', values: [digest('+14155552671')] },
    ]);
    expect(reasonOf('shopify', shopify({ ...nobody, source_name: 'pos' }), { defaultCountry: 'US' })).toBe(
      'no_match_key',
    );
  });
});

describe('spreadsheets’ guards', () => {
  it('are taken off in every source, but not from names', () => {
    const email = "'jane@example.com";
    expect(eventOf('csv', csv({ countryCode: '="DE"', currencyCode: '="EUR"', value: "'10.00" })).countryCode).toBe(
      'DE',
    );
    for (const [source, payload] of [
      ['csv', csv({ email, city: "'s-Hertogenbosch" })],
      ['order', order({ customer: { email, city: "'s-Hertogenbosch" } })],
      ['ga4', ga4('flat', {}, { user_data: { email, city: "'s-Hertogenbosch" } })],
      ['woocommerce', woo({ 'billing.email': email, 'billing.city': "'s-Hertogenbosch" })],
      ['shopify', shopify({ email, contact_email: null, customer: null, 'billing_address.city': "'s-Hertogenbosch" })],
      ['stripe', session({ 'customer_details.email': email, 'customer_details.address.city': "'s-Hertogenbosch" })],
    ] as const) {
      expect(keysOf(source, payload, 'EMAIL'), source).toEqual([digest('jane@example.com')]);
      expect(keysOf(source, payload, 'CITY'), source).toEqual([digest("'s-hertogenbosch")]);
    }
  });
});

describe('digests of nothing and of another kind', () => {
  it.each(['', ' ', 'null', 'NULL', 'None', 'N/A', '(not set)', 'undefined'])(
    'of %j are left out in every source',
    (text) => {
      const email = digest(text);
      for (const [source, payload] of [
        ['csv', csv({ email, first_name: 'Jane' })],
        ['order', order({ customer: { email, firstName: 'Jane' } })],
        ['ga4', ga4('flat', {}, { user_data: { sha256_email_address: [email.toUpperCase()], first_name: 'Jane' } })],
        ['shopify', shopify({ email, contact_email: null, customer: null })],
        ['woocommerce', woo({ 'billing.email': email })],
        ['stripe', session({ 'customer_details.email': email })],
      ] as const) {
        expect(keysOf(source, payload, 'EMAIL'), source).toEqual([]);
      }
    },
  );
});

describe('a customer’s country', () => {
  it.each<[Source, unknown, string]>([
    [
      'stripe',
      session({ 'customer_details.address': { country: 'XK' }, shipping_details: { address: { country: 'AL' } } }),
      'AL',
    ],
    ['woocommerce', woo({ 'billing.country': 'XK', 'shipping.country': 'AL' }), 'AL'],
    ['shopify', shopify({ 'billing_address.country_code': 'AN', shipping_address: { country_code: 'CW' } }), 'CW'],
    ['ga4', ga4('flat', {}, { country_code: 'XK', user_data: { ...customer, country: 'AL' } }), 'AL'],
  ])('of no assigned code falls to the next address (%s)', (source, payload, code) => {
    expect(eventOf(source, payload, { defaultCountry: 'US' }).countryCode).toBe(code);
  });

  it.each<[Source, unknown]>([
    ['stripe', session({ 'customer_details.address': { country: 'XK' } })],
    ['woocommerce', woo({ 'billing.country': 'XK', 'shipping.country': 'XK' })],
    ['csv', csv({ countryCode: 'AN' })],
    ['order', order({ country: 'TA' })],
    ['conversion', conversionPayload({ countryCode: 'AC' })],
    ['ga4', ga4('flat', {}, { country_code: 'XK' })],
  ])('alone of no assigned code is unsupported, whatever the setting (%s)', (source, payload) => {
    expect(reasonOf(source, payload, { defaultCountry: 'US' })).toBe('unsupported');
  });
});

describe('the first reason that applies', () => {
  const old = '2026-01-01T00:00:00Z';
  const inGermany: Partial<MappingContext> = { isConsentRequiredByCountry: true };
  it.each<[Source, unknown, string]>([
    ['shopify', shopify({ test: true, cancelled_at: old, created_at: old, processed_at: null }), 'not_a_purchase'],
    ['shopify', shopify({ test: true, created_at: old, processed_at: null, ...total('1.00', 'BTC') }), 'test_order'],
    ['stripe', stripe({ livemode: false, 'data.object.customer_details': null }), 'test_order'],
    ['stripe', session({ created: NOW_MS / 1000 - 20 * 86_400, currency: 'btc' }), 'too_old'],
    ['ga4', ga4('flat', { currency: 'BTC' }, { timestamp_ms: NOW_MS - 30 * 86_400_000, user_data: null }), 'too_old'],
    ['csv', csv({ timestamp: '2026-11-21T00:00:00Z', email: '' }), 'in_future'],
    ['order', order({ currency: 'BTC', country: 'DE', customer: { email: 'x' } }), 'no_match_key'],
    ['order', order({ currency: 'BTC', country: 'DE', id: 'nan' }), 'consent_missing'],
    ['csv', csv({ currencyCode: 'RMB', clientDedupeId: '#REF!' }), 'unsupported'],
  ])('of %s is told', (source, payload, reason) => {
    expect(reasonOf(source, payload, inGermany)).toBe(reason);
  });
});

describe('what a server container sends', () => {
  const CONTAINER = {
    client_id: '1234.5678',
    ip_override: '203.0.113.7',
    language: 'de-de',
    page_location: 'https://shop.example/thanks',
    'x-ga-measurement_id': 'G-ABC',
    'x-ga-protocol_version': '2',
  };
  const heard = (headers: Json) => eventOf('ga4', ga4('flat', {}, { ...CONTAINER, ...headers })).consent?.amazonConsent;

  it.each([
    [{ 'x-ga-gcs': 'G101' }, 'DENIED', 'DENIED'],
    [{ 'x-ga-gcs': 'G110' }, 'GRANTED', 'GRANTED'],
    [{ 'x-ga-gcd': '13l3l3q3l1l1' }, undefined, 'DENIED'],
    [{ 'x-ga-gcd': '11n1n1v1n5' }, 'GRANTED', 'GRANTED'],
    [{ 'x-ga-gcd': '11m1t1u1t5l1', 'x-ga-gcs': 'G111' }, 'DENIED', 'DENIED'],
    [{ 'x-ga-gcd': '13l3l3l3l1l1', 'x-ga-gcs': 'G100' }, 'DENIED', 'DENIED'],
    [{ consent_state: { ad_storage: true, ad_user_data: false }, 'x-ga-gcs': 'G111' }, 'GRANTED', 'DENIED'],
  ])('%j is heard', (headers, amznAdStorage, amznUserData) => {
    expect(heard(headers)).toEqual({ ...(amznAdStorage && { amznAdStorage }), amznUserData });
  });

  it.each([{ 'x-ga-gcs': 'G1--' }, { 'x-ga-gcs': '' }, { 'x-ga-gcd': '13l3l3l3l1l1' }, {}])(
    '%j is no signal',
    (headers) => {
      expect(heard(headers)).toBeUndefined();
    },
  );

  it('has no country in its language', () => {
    const event = ga4('flat', {}, { ...CONTAINER, country_code: undefined });
    expect(eventOf('ga4', event, { defaultCountry: 'US' }).countryCode).toBe('US');
  });

  it('never makes a purchase of a refund, beside one that is', () => {
    const [body] = FORMS.slice(-1).map((form) => ga4(form));
    const events = [{ name: 'refund', params: { transaction_id: 'T-1' } }, ...((body?.['events'] as Json[]) ?? [])];
    expect(mapFirst('ga4', { ...body, events }, { eventType: 'OFF_AMAZON_PURCHASES' })).toMatchObject({
      reason: 'not_a_purchase',
    });
  });
});
