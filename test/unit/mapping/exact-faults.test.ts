// What is refused, to the word: one fault a mistake, at its place, and no other beside it. Where nothing should be refused: the event.
import { describe, expect, it } from 'vitest';
import type { MappingContext } from '../../../src/mapping/context.js';
import type { Source } from '../../../src/mapping/source.js';
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
  shopify,
  stripe,
} from '../../support/field-payloads.js';

type Json = Record<string, unknown>;

const issuesOf = (source: Source, payload: unknown, overrides: Partial<MappingContext> = {}) => {
  const mapped = mapFirst(source, payload, overrides);
  return mapped?.ok === false ? mapped.issues.map(({ path, message }) => `${path} ${message}`) : 'accepted';
};

const TIME = 'must be text: ISO 8601 with a time zone';
const MONEY = 'must be a number or decimal text such as "129.90"';
const DIGITS = 'must be text or a whole number that has kept its digits';
const THOUSANDS =
  'has three decimals, more than the currency: it could be thousands. Write two decimals, and nothing between the thousands';
const NO_COUNTRY = 'is a code that ISO 3166-1 has given to no country: Amazon does not know it';
const SECONDS = 'data.object.created is no number of seconds since 1970';

describe('a fault is told once, at its place', () => {
  it.each<[Source, unknown, string]>([
    ['shopify', shopify({ created_at: {} }), `created_at ${TIME}`],
    ['shopify', shopify({ processed_at: 7.5 }), 'processed_at is in no form of time'],
    ['shopify', shopify({ source_name: {} }), 'source_name must be text'],
    ['shopify', shopify({ id: {} }), `id ${DIGITS}`],
    ['shopify', shopify({ id: 2 ** 60 }), `id ${DIGITS}`],
    ['shopify', shopify({ id: null }), 'id is required: the id of this conversion at the caller'],
    [
      'shopify',
      shopify({ total_price_set: null, total_price: null }),
      'total_price is required: a plain decimal amount such as "129.90"',
    ],
    [
      'shopify',
      shopify({ total_price_set: null, total_price: 'NaN' }),
      'total_price is not a plain decimal amount, such as 129.90',
    ],
    ['shopify', shopify({ total_price_set: null, total_price: Number.NaN }), `total_price ${MONEY}`],
    ['shopify', shopify({ total_price_set: null, total_price: true }), `total_price ${MONEY}`],
    [
      'shopify',
      shopify({ total_price_set: null, currency: null, total_price: '5.00' }),
      'currency is required: ISO 4217, such as EUR',
    ],
    [
      'shopify',
      shopify({ total_price_set: null, currency: [1], total_price: '5.00' }),
      'currency must be text: ISO 4217, such as EUR',
    ],
    ['shopify', shopify({ 'billing_address.country_code': {} }), 'billing_address.country_code must be text'],
    [
      'shopify',
      shopify({ 'billing_address.country_code': 'XK', shipping_address: null }),
      `billing_address.country_code ${NO_COUNTRY}`,
    ],
    ['shopify', shopify({ line_items: 'x' }), 'line_items must be a list'],
    ['shopify', shopify({ line_items: ['x'] }), 'line_items[0].quantity is no number'],
    [
      'shopify',
      shopify({ line_items: [{ quantity: 1 }, { quantity: 'many' }] }),
      'line_items[1].quantity is no number',
    ],
    ['stripe', stripe({ 'data.object.created': {} }), 'data.object.created must be a number: seconds since 1970'],
    [
      'stripe',
      stripe({ 'data.object.created': 1795168800000 }),
      'data.object.created holds milliseconds, not seconds since 1970',
    ],
    ['stripe', stripe({ 'data.object.created': '1795168800000x' }), SECONDS],
    ['stripe', stripe({ 'data.object.created': 'x1795168800000' }), SECONDS],
    ['stripe', stripe({ 'data.object.created': 'x1795168800' }), SECONDS],
    [
      'stripe',
      stripe({ 'data.object.amount_total': {} }),
      'data.object.amount_total must be a whole number of the smallest unit',
    ],
    [
      'stripe',
      stripe({ 'data.object.amount_total': 12.5 }),
      'data.object.amount_total is no whole number of the smallest unit of the currency',
    ],
    [
      'stripe',
      stripe({ 'data.object.amount_total': '1'.repeat(20) }),
      'data.object.amount_total has more digits than an amount can have',
    ],
    ['order', order({ total: '1.249', currency: 'EUR' }), `total ${THOUSANDS}`],
    ['order', order({ customer: { lastName: 'x'.repeat(1001) } }), 'customer.lastName is longer than 1000 characters'],
    ['ga4', ga4('flat', {}, { event: {} }), 'event must be text'],
    ['ga4', ga4('flat', {}, { event: undefined }), 'event_name is required: the name of the GA4 event'],
    ['ga4', ga4('flat', {}, { timestamp_ms: undefined, timestamp: {} }), `timestamp ${TIME}`],
    ['ga4', ga4('flat', { value: {} }), `value ${MONEY}`],
    [
      'ga4',
      ga4('flat', {}, { country_code: undefined, user_data: { email: 'a@b.example', address: ['x'] } }),
      'user_data.address.0 must be an object',
    ],
    ['csv', csv({ unitsSold: 'two' }), 'unitsSold must be a whole number'],
    ['conversion', conversionPayload({ value: Number.POSITIVE_INFINITY }), 'value must be a number'],
    ['conversion', conversionPayload({ unitsSold: '2' }), 'unitsSold must be a number'],
    ['conversion', conversionPayload({ unitsSold: 0 }), 'unitsSold must be at least 1'],
    [
      'conversion',
      conversionPayload({ eventType: 'LEAD', unitsSold: undefined }),
      'currencyCode belongs to OFF_AMAZON_PURCHASES only',
    ],
    [
      'conversion',
      conversionPayload({ eventType: 'LEAD', currencyCode: undefined }),
      'unitsSold belongs to OFF_AMAZON_PURCHASES only',
    ],
    [
      'conversion',
      conversionPayload({ name: `${'x'.repeat(249)} refund` }),
      'name says that money went back to the customer',
    ],
  ])('of %s %#', (source, payload, issue) => {
    const issues = issuesOf(source, payload);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toContain(issue);
  });

  it.each(['x', { shop_money: 'x' }])('shop money that is no object is told by its name: %j', (total_price_set) => {
    const path = typeof total_price_set === 'string' ? 'total_price_set' : 'total_price_set.shop_money';
    expect(issuesOf('shopify', shopify({ total_price_set }))).toContain(`${path} must be an object`);
  });

  it('a chosen id that is damaged is refused: the order’s other id does not stand in', () => {
    const refused = mapFirst('shopify', shopify({ name: '6.5E+12' }), { dedupeIds: { shopify: 'name' } });
    expect(refused).toMatchObject({ ok: false, clientDedupeId: undefined, issues: [{ path: 'name' }] });
    expect(refused?.ok === false && refused.issues).toHaveLength(1);
  });
});

describe('consent that cannot be read', () => {
  const said = { amazonConsent: { amznUserData: 'GRANTED' } } as const;

  it.each<[Source, Json, string]>([
    ['csv', csv({ tcf: true }), 'tcf must be text'],
    ['csv', csv({ amznUserData: 7 }), 'amznUserData must be text'],
    [
      'ga4',
      ga4('flat', {}, { eventModel: { consent: { ad_user_data: 'perhaps' } } }),
      'eventModel.consent.ad_user_data is no signal of consent: write granted or denied',
    ],
    [
      'ga4',
      ga4('flat', {}, { consent: { ad_user_data: 'perhaps' } }),
      'consent.ad_user_data is no signal of consent: write granted or denied',
    ],
  ])('of %s %# is no silence: nobody’s word takes its place', (source, payload, issue) => {
    for (const defaultConsent of [undefined, said]) {
      expect(issuesOf(source, payload, { defaultConsent, isConsentRequired: true })).toEqual([issue]);
    }
  });

  it('that is null in an order is not there', () => {
    expect(eventOf('order', order({ consent: null }))).not.toHaveProperty('consent');
    expect(eventOf('order', order({ consent: null }), { defaultConsent: said }).consent).toEqual(said);
  });
});

describe('what is passed over', () => {
  it.each<[unknown, number]>([
    [[null, { quantity: 2 }], 2],
    [[{ quantity: -0.5 }, { quantity: 2 }], 2],
    [[{ quantity: '3' }, {}], 4],
  ])('of the items %j: %i units are left', (line_items, units) => {
    expect(eventOf('shopify', shopify({ line_items })).unitsSold).toBe(units);
  });

  it.each([false, [], {}, '', { shop_money: null }, { shop_money: { amount: ' ' } }, { shop_money: [] }])(
    'shop money that is %j: the order’s own total stands',
    (total_price_set) => {
      const payload = shopify({ total_price_set, total_price: '2.00', currency: 'EUR' });
      expect(eventOf('shopify', payload)).toMatchObject({ value: 2, currencyCode: 'EUR' });
    },
  );

  it('a blank text in the middle of the places', () => {
    expect(eventOf('ga4', { ...ga4('flat', { value: 3 }), ecommerce: { value: ' ' } }).value).toBe(3);
    expect(eventOf('ga4', ga4('flat', { items: ' ' }))).not.toHaveProperty('unitsSold');
  });

  it('faults in fields that only a purchase has', () => {
    const payload = ga4('flat', { currency: {}, items: 'x' }, { event: 'sign_up' });
    expect(Object.keys(eventOf('ga4', payload))).not.toContain('currencyCode');
  });

  it('a lead that is named after a refund is a lead', () => {
    const lead = { eventType: 'LEAD', currencyCode: undefined, unitsSold: undefined, name: 'refund request' };
    expect(eventOf('conversion', conversionPayload(lead)).name).toBe('refund request');
  });

  it('fields that nobody filled in are not in the event, not even undefined', () => {
    const none = { value: undefined, currencyCode: undefined, unitsSold: undefined };
    expect(Object.keys(eventOf('conversion', conversionPayload(none)))).toEqual([
      'name',
      'eventType',
      'eventActionSource',
      'countryCode',
      'timestamp',
      'clientDedupeId',
      'matchKeys',
    ]);
  });
});

describe('match keys that are close to their limits', () => {
  it('a first name that is the last name too makes two keys', () => {
    const payload = order({ customer: { firstName: 'Jane', lastName: 'Jane' } });
    expect(keysOf('order', payload, 'FIRST_NAME')).toEqual([digest('jane')]);
    expect(keysOf('order', payload, 'LAST_NAME')).toEqual([digest('jane')]);
  });

  it('1000 characters are taken', () => {
    const payload = order({ customer: { lastName: 'x'.repeat(1000) } });
    expect(keysOf('order', payload, 'LAST_NAME')).toEqual([digest('x'.repeat(1000))]);
  });

  it('only an e-mail address says that Amazon sold', () => {
    const customer = { email: 'jane@example.com', lastName: 'x@marketplace.amazon.de' };
    expect(keysOf('order', order({ customer }), 'EMAIL')).toEqual([digest('jane@example.com')]);
  });

  it('a national phone number may be one once its country is known: only the country is missing', () => {
    const withKey = (type: string, value: string) =>
      conversionPayload({ countryCode: undefined, matchKeys: [{ type, values: [value] }] });
    const country = 'countryCode is required: ISO 3166-1 alpha-2, such as US';
    expect(issuesOf('conversion', withKey('PHONE', '(415) 555-2671'))).toEqual([country]);
    const nobody = 'matchKeys holds no usable e-mail address, phone number or name';
    expect(issuesOf('conversion', withKey('EMAIL', 'n/a'))).toEqual([nobody, country]);
  });
});

describe('when an imported order was sold', () => {
  it.each([
    // Exactly a minute: the order was written in the course of its processing.
    ['2026-11-20T09:59:00Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T09:58:59Z', '2026-11-20T09:58:59.000Z'],
    // The same minute on the clock of another zone.
    ['2026-11-20T10:00:00+08:00', '2026-11-20T02:00:00.000Z'],
  ])('processed %s and written at ten is %s', (processed_at, timestamp) => {
    expect(eventOf('shopify', shopify({ created_at: AT, processed_at })).timestamp).toBe(timestamp);
  });
});

describe('explaining what came from elsewhere', () => {
  const rowsOf = (source: Source, payload: unknown, overrides: Partial<MappingContext>) => {
    const mapped = mapFirst(source, payload, { ...overrides, isExplained: true });
    return mapped?.ok ? (mapped.explanation ?? []) : [];
  };

  it('names the setting of a bare id', () => {
    const rows = rowsOf('shopify', shopify({ name: '#1001' }), { dedupeIds: { shopify: 'name' } });
    expect(rows).toContainEqual(
      expect.objectContaining({ field: 'clientDedupeId', from: 'name', rule: 'bare: DEDUPE_ID_SHOPIFY is name' }),
    );
  });

  it('names the call, also for an event of a body', () => {
    const said = { defaultConsent: { amazonConsent: { amznUserData: 'GRANTED' } }, eventType: 'OTHER' } as const;
    const rows = rowsOf('ga4', ga4('Measurement Protocol', {}, { event: 'scroll' }), said);
    expect(rows).toContainEqual(expect.objectContaining({ field: 'eventType', from: '(the call)' }));
    expect(rows).toContainEqual(
      expect.objectContaining({
        field: 'consent.amazonConsent.amznUserData',
        from: expect.stringContaining('(the call)') as string,
        rule: 'said with the call or by the settings',
      }),
    );
  });
});
