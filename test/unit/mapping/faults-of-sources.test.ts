// Faults that one source alone can have, to the word, and values that one source alone reads.
import { describe, expect, it } from 'vitest';
import { mapPayload, type Source } from '../../../src/mapping/source.js';
import { contextAt, conversionPayload, NOW_MS } from '../../support/events.js';
import { csv, eventOf, ga4, mapFirst, order, reasonOf, shopify, stripe } from '../../support/field-payloads.js';

const told = (source: Source, payload: unknown) =>
  mapPayload(source, payload, contextAt()).flatMap((mapped) =>
    mapped.ok ? [] : mapped.issues.map(({ path, message }) => `${path} ${message}`.trim()),
  );

const body = (events: unknown, overrides: object = {}) => ({
  client_id: '1.1',
  timestamp_micros: (NOW_MS - 60_000) * 1_000,
  country_code: 'US',
  user_data: { email: 'jane@example.com' },
  events,
  ...overrides,
});
const purchase = (params: object, own: object = {}) => [{ name: 'purchase', ...own, params }];
const T1 = { transaction_id: 'T-1', value: 1, currency: 'EUR' };
const WHOLE = 'data.object.amount_total is no whole number of the smallest unit of the currency';

describe('the only fault', () => {
  it.each<[Source, unknown, string]>([
    ['ga4', body(3), 'events must be a list'],
    ['ga4', body([]), 'events holds no event'],
    ['ga4', body([7]), 'events[0] must be an object with name and params'],
    [
      'ga4',
      body(purchase({ ...T1, currency: 'quid' })),
      'events[0].params.currency is not an ISO 4217 currency, such as EUR',
    ],
    [
      'ga4',
      body(purchase({}, { ...T1, currency: 'quid' })),
      'events[0].currency is not an ISO 4217 currency, such as EUR',
    ],
    [
      'ga4',
      body(purchase({ transaction_id: 'T-1' }), { currency: 'quid' }),
      'currency is not an ISO 4217 currency, such as EUR',
    ],
    [
      'ga4',
      body(purchase({ value: 1 })),
      'events[0].params.transaction_id is required for a purchase, or event_id: without it, it counts twice',
    ],
    ['ga4', body([{ params: T1 }]), 'events[0].name is required: the name of the GA4 event'],
    [
      'ga4',
      body(purchase(T1), { user_data: undefined }),
      'user_data holds no usable e-mail address, phone number or name',
    ],
    [
      'ga4',
      body(purchase(T1), { timestamp_micros: 'soon' }),
      'timestamp_micros is no number of microseconds since 1970',
    ],
    ['ga4', ga4('flat', {}, { timestamp_ms: 'soon' }), 'timestamp_ms is no number of milliseconds since 1970'],
    [
      'ga4',
      ga4('flat', { transaction_id: undefined }),
      'transaction_id is required for a purchase, or event_id: without it, it counts twice',
    ],
    [
      'ga4',
      ga4('flat', {}, { consent: { ad_storage: 'perhaps' } }),
      'consent.ad_storage is no signal of consent: write granted or denied',
    ],
    [
      'stripe',
      stripe({ type: 'refund.created' }),
      'type is an event of a refund, of a subscription or of a payment that failed',
    ],
    [
      'stripe',
      stripe({ type: 'invoice.paid' }),
      'type must be checkout.session.completed or checkout.session.async_payment_succeeded',
    ],
    ['stripe', stripe({ data: null }), 'data.object must be an object: the Checkout Session'],
    ['stripe', stripe({ 'data.object.amount_total': 'x1299' }), WHOLE],
    ['stripe', stripe({ 'data.object.amount_total': '1299x' }), WHOLE],
    ['stripe', stripe({ 'data.object.amount_total': -5 }), 'data.object.amount_total is below 0'],
    ['woocommerce', { id: 1 }, 'holds nothing but an id: the order was deleted'],
    ['order', order({ customer: { email: 'a@b.example', mail: 'x' } }), 'customer.mail is not a field of this format'],
    ['order', order({ channel: undefined }), 'channel must be one of web, store, phone, app_ios, app_android'],
    ['csv', csv({ unitsSold: '2 pieces' }), 'unitsSold must be a whole number'],
    ['csv', csv({ unitsSold: 'x2' }), 'unitsSold must be a whole number'],
    ['csv', csv({ unitsSold: '2x' }), 'unitsSold must be a whole number'],
    [
      'conversion',
      conversionPayload({ clientDedupeId: 7 }),
      'clientDedupeId is required: the id of this conversion at the caller',
    ],
    ['conversion', conversionPayload({ clientDedupeId: '' }), 'clientDedupeId must not be empty'],
  ])('of %s %#', (source, payload, issue) => {
    const issues = told(source, payload);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toContain(issue);
  });

  it('of an event of GA4 that stands for none of Amazon’s types names the types', () => {
    expect(told('ga4', ga4('flat', {}, { event: 'scroll' }))).toContainEqual(
      expect.stringMatching(
        /^event stands for no Amazon event type: name one of ADD_TO_SHOPPING_CART, .*OTHER with the call$/,
      ),
    );
  });

  it.each<[Source, unknown, string]>([
    ['ga4', ga4('flat', {}, { event: 'refund' }), 'event is a refund: money that goes back to the customer is no sale'],
    ['order', order({ customer: undefined }), 'customer is required: an object with email, phone, …'],
  ])('of %s stands beside another: %#', (source, payload, issue) => {
    expect(told(source, payload)).toContain(issue);
  });

  it('of an object with one field is not that it was deleted', () => {
    expect(told('woocommerce', { total: '1.00' }).join()).not.toContain('deleted');
  });
});

describe('a flag', () => {
  it.each([
    ['shopify', shopify({ test: 'true' }), 'test_order'],
    ['shopify', shopify({ test: 'false' }), 'accepted'],
    ['shopify', shopify({ cancelled_at: false }), 'accepted'],
    ['stripe', stripe({ livemode: 'false' }), 'test_order'],
    ['stripe', stripe({ livemode: 'true' }), 'accepted'],
  ] as const)('of %s %#: %s', (source, payload, reason) => {
    expect(reasonOf(source, payload)).toBe(reason);
  });
});

describe('signals of Google', () => {
  it.each<readonly [Record<string, unknown>, string | undefined]>([
    [{ consent: { ad_personalization: 'granted' } }, undefined],
    [{ consent: { ad_user_data: '1' } }, 'GRANTED'],
    [{ consent: { ad_user_data: 'true' } }, 'GRANTED'],
    [{ consent: { ad_user_data: 0 } }, 'DENIED'],
    [{ consent: { ad_user_data: 'false' } }, 'DENIED'],
    [{ consent: { ad_user_data: 'Denied' } }, 'DENIED'],
    [{ 'x-ga-gcs': 'xG111' }, undefined],
    [{ 'x-ga-gcs': 'G1' }, undefined],
    [{ 'x-ga-gcd': '' }, undefined],
    [{ 'x-ga-gcd': '11' }, undefined],
    ...['t', 'r', 'n', 'v'].map((letter) => [{ 'x-ga-gcd': `13l3l3${letter}3l1` }, 'GRANTED'] as const),
    ...['p', 'q', 'm', 'u'].map((letter) => [{ 'x-ga-gcd': `13l3l3${letter}3l1` }, 'DENIED'] as const),
  ])('%j say %s of the customer’s data', (signals, word) => {
    expect(eventOf('ga4', ga4('flat', {}, signals)).consent?.amazonConsent?.amznUserData).toBe(word);
  });
});

describe('a time of GA4', () => {
  it.each([
    [{ timestamp_ms: undefined, timestamp_micros: `${NOW_MS - 1}789.5` }, NOW_MS - 1],
    [{ timestamp_ms: `${NOW_MS - 1}.9` }, NOW_MS - 1],
    [{ timestamp_ms: NOW_MS - 1.5 }, NOW_MS - 2],
  ])('%j is %i', (time, ms) => {
    expect(Date.parse(eventOf('ga4', ga4('flat', {}, time)).timestamp)).toBe(ms);
  });
});

describe('an id of a caller’s own', () => {
  it('stays as it is, blanks included: the caller’s other events have the same', () => {
    expect(eventOf('conversion', conversionPayload({ clientDedupeId: ' a-1 ' })).clientDedupeId).toBe(' a-1 ');
    expect(eventOf('conversion', conversionPayload({ clientDedupeId: '="a-1"' })).clientDedupeId).toBe('a-1');
  });
});

describe('attributes of GA4', () => {
  it('are cut at 256 characters, and left out where nothing is left', () => {
    const items = [{ item_brand: 'b'.repeat(300), item_category: '***', item_id: 'A' }];
    expect(eventOf('ga4', ga4('flat', { items })).customAttributes).toEqual([
      { name: 'brand', value: 'b'.repeat(256) },
      { name: 'productId', value: 'A' },
    ]);
    expect(eventOf('ga4', ga4('flat', { items: ['x', { item_id: 'B' }].slice(1) })).customAttributes).toHaveLength(1);
    expect(eventOf('ga4', ga4('flat', { items: [{ quantity: 1 }] }))).not.toHaveProperty('customAttributes');
    expect(eventOf('ga4', ga4('flat', { items: [] }))).not.toHaveProperty('customAttributes');
  });
});

describe('a derived id of GA4', () => {
  it.each([
    [{ event_id: 'e-1' }, 'event_id', 'derived: ga4 + event type + event id'],
    [{}, 'transaction_id', 'derived: ga4 + event type + transaction id'],
  ])('of %j comes from %s, and says how', (fields, from, rule) => {
    const mapped = mapFirst('ga4', ga4('flat', {}, { event: 'sign_up', ...fields }), { isExplained: true });
    expect((mapped?.ok && mapped.explanation) || []).toContainEqual(
      expect.objectContaining({ field: 'clientDedupeId', from, rule }),
    );
  });
});
