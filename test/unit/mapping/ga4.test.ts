import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { MappingContext } from '../../../src/mapping/context.js';
import { mapPayload } from '../../../src/mapping/source.js';
import { contextAt, EMAIL_DIGEST, NOW_MS } from '../../support/events.js';

const DIGEST = createHash('sha256').update('x').digest('hex');

function purchase(overrides: object = {}) {
  return {
    event_name: 'purchase',
    event_id: 'evt-1',
    timestamp_ms: NOW_MS - 60_000,
    country_code: 'DE',
    ecommerce: {
      transaction_id: 'T-1',
      value: 59.98,
      currency: 'EUR',
      items: [
        { item_id: 'SKU 1', item_brand: 'Möbel & Co', item_category: 'Chairs', quantity: 2 },
        { item_id: 'SKU-2' },
      ],
    },
    user_data: { email_address: 'test.user@example.com' },
    ...overrides,
  };
}

const mapAll = (payload: unknown, overrides: Partial<MappingContext> = {}) =>
  mapPayload('ga4', payload, contextAt(NOW_MS, overrides));
const map = (payload: unknown, overrides: Partial<MappingContext> = {}) => {
  const [mapped] = mapAll(payload, overrides);
  return mapped?.ok ? mapped.event : undefined;
};
const refusalOf = (payload: unknown, overrides: Partial<MappingContext> = {}) => {
  const [mapped] = mapAll(payload, overrides);
  return mapped && !mapped.ok ? mapped : undefined;
};

describe('mapping a GA4 event', () => {
  it('maps a purchase with value, currency, units, attributes and its own id', () => {
    expect(map(purchase())).toEqual({
      name: 'purchase',
      eventType: 'OFF_AMAZON_PURCHASES',
      eventActionSource: 'WEBSITE',
      countryCode: 'DE',
      timestamp: new Date(NOW_MS - 60_000).toISOString(),
      clientDedupeId: 'T-1',
      value: 59.98,
      currencyCode: 'EUR',
      unitsSold: 3,
      matchKeys: [{ type: 'EMAIL', values: [EMAIL_DIGEST] }],
      customAttributes: [
        { name: 'brand', value: 'M_bel_Co' },
        { name: 'category', value: 'Chairs' },
        { name: 'productId', value: 'SKU_1' },
      ],
    });
  });

  it.each([
    ['view_item', 'DETAIL_PAGE_VIEW'],
    ['add_to_cart', 'ADD_TO_SHOPPING_CART'],
    ['begin_checkout', 'CHECKOUT'],
    ['generate_lead', 'LEAD'],
    ['sign_up', 'SIGN_UP'],
    ['search', 'SEARCH'],
    ['view_search_results', 'SEARCH'],
    ['contact', 'CONTACT'],
    ['page_view', 'PAGE_VIEW'],
    ['subscribe', 'SUBSCRIBE'],
  ])('%s is %s', (event_name, eventType) => {
    expect(map(purchase({ event_name }))?.eventType).toBe(eventType);
  });

  it('refuses other names unless the caller says what they are', () => {
    expect(refusalOf(purchase({ event_name: 'scroll' }))).toMatchObject({
      reason: 'unsupported',
      issues: [{ path: 'event_name' }],
    });
    expect(map(purchase({ event_name: 'scroll' }), { eventType: 'OTHER' })?.eventType).toBe('OTHER');
  });

  it('reads the commerce fields at the top level, and 0 as a value', () => {
    const event = map({
      event: 'purchase',
      event_id: 'e',
      timestamp: '2026-11-20T10:00:00Z',
      value: 0,
      currency: 'usd',
      items: [{ quantity: '4' }],
      country_code: 'US',
      user_data: { phone: '+14155552671' },
    });
    expect(event).toMatchObject({ value: 0, currencyCode: 'USD', unitsSold: 4 });
  });

  it('knows a purchase by its transaction, and by event_id where the setting says so or there is nothing else', () => {
    const { event_id: _, ...payload } = purchase();
    expect(map(payload)?.clientDedupeId).toBe('T-1');
    expect(map(payload, { dedupeIds: { ga4: 'event_id' } })?.clientDedupeId).toBe('T-1');
    expect(map(purchase(), { dedupeIds: { ga4: 'event_id' } })?.clientDedupeId).toBe('evt-1');
    expect(map(purchase({ ecommerce: { value: 1, currency: 'EUR' } }))?.clientDedupeId).toBe('evt-1');
  });

  it('puts the type in front of the event_id that all events of a page share', () => {
    expect(map(purchase({ event_name: 'sign_up' }))?.clientDedupeId).toBe('ga4:SIGN_UP:evt-1');
    const { event_id: _, ...payload } = purchase({ event_name: 'begin_checkout' });
    expect(map(payload)?.clientDedupeId).toBe('ga4:CHECKOUT:T-1');
  });

  it('refuses a purchase without any id: it would count twice', () => {
    const { event_id: _, ...payload } = purchase({ ecommerce: { value: 1, currency: 'EUR' } });
    expect(refusalOf(payload)?.issues[0]?.path).toBe('transaction_id');
  });

  it('knows an event without ids by its content, whatever the order of its fields', () => {
    const payload = {
      event_name: 'view_item',
      timestamp_ms: NOW_MS,
      country_code: 'US',
      user_data: { email: 'a@b.example' },
    };
    const reordered = Object.fromEntries(Object.entries(payload).toReversed());
    expect(map(payload)?.clientDedupeId).toMatch(/^ga4:DETAIL_PAGE_VIEW:[0-9a-f]{32}$/);
    expect(map(reordered)?.clientDedupeId).toBe(map(payload)?.clientDedupeId);
    expect(map({ ...payload, timestamp_ms: NOW_MS - 1 })?.clientDedupeId).not.toBe(map(payload)?.clientDedupeId);
  });

  it('takes the country from the address, else the default', () => {
    const { country_code: _, ...payload } = purchase({
      user_data: { email: 'a@b.example', address: [{ city: 'Paris' }, { country: 'fr' }] },
    });
    expect(map(payload)?.countryCode).toBe('FR');
    const { country_code: __, ...none } = purchase();
    expect(map(none, { defaultCountry: 'IT' })?.countryCode).toBe('IT');
    expect(refusalOf(none)?.issues[0]?.path).toBe('country_code');
  });

  it.each([
    [{ timestamp_ms: undefined, timestamp_micros: '1795176000123456' }, '2026-11-20T12:00:00.123Z'],
    [{ timestamp_ms: String(NOW_MS) }, '2026-11-20T12:00:00.000Z'],
    [{ timestamp_ms: undefined, timestamp: '2026-11-20T11:00:00.5+01:00' }, '2026-11-20T10:00:00.500Z'],
  ])('reads the time of %j', (time, expected) => {
    expect(map(purchase(time))?.timestamp).toBe(expected);
  });

  it('refuses an event without a time', () => {
    expect(refusalOf(purchase({ timestamp_ms: undefined }))?.issues[0]?.path).toBe('timestamp');
  });

  it('says of a Measurement Protocol body without a time what to add', () => {
    const body = { client_id: '1.2', user_data: { email: 'a@b.example' }, events: [{ name: 'sign_up' }] };
    const [refused] = mapAll({ ...body, country_code: 'US' });
    expect(refused).toMatchObject({ ok: false, reason: 'invalid' });
    expect(JSON.stringify(refused)).toContain('is required: add timestamp_micros');
  });

  it('takes the time of receipt where that was asked for, and the payload has none', () => {
    const asked = { isTimedOnReceipt: true };
    const now = new Date(NOW_MS).toISOString();
    for (const none of [undefined, null, '']) {
      const { timestamp_ms: _, ...payload } = purchase({ timestamp_micros: none, timestamp: none });
      expect(map(payload, asked)).toMatchObject({ timestamp: now });
    }
    const body = { client_id: '1.2', country_code: 'US', user_data: { email: 'a@b.example' } };
    const events = [{ name: 'sign_up' }, { name: 'sign_up', timestamp_micros: (NOW_MS - 1000) * 1000 }];
    expect(mapAll({ ...body, events }, asked).map((mapped) => mapped.ok && mapped.event.timestamp)).toEqual([
      now,
      new Date(NOW_MS - 1000).toISOString(),
    ]);
  });

  it.each([{ timestamp_micros: NOW_MS }, { timestamp: 'yesterday' }, { timestamp: {} }, { timestamp_ms: 'soon' }])(
    'takes no time of receipt in place of %j, which is a time that cannot be read',
    (time) => {
      const payload = { ...purchase({ timestamp_ms: undefined }), ...time };
      expect(refusalOf(payload, { isTimedOnReceipt: true })?.reason).toBe('invalid');
    },
  );

  it('reads user data in all its forms, raw and hashed, one or many', () => {
    const event = map(
      purchase({
        user_data: {
          email: ['test.user@example.com', ' '],
          sha256_email_address: DIGEST.toUpperCase(),
          phone_number: ['089 / 123456'],
          phone_hash: 'not a digest',
          address: {
            first_name: 'Jürgen',
            sha256_last_name: DIGEST,
            street: 'Hauptstr. 1',
            city: 'München',
            region: 'BY',
            postal_code: '80331',
          },
        },
      }),
    );
    expect(event?.matchKeys.map(({ type }) => type)).toEqual([
      'EMAIL',
      'EMAIL',
      'PHONE',
      'FIRST_NAME',
      'LAST_NAME',
      'ADDRESS',
      'CITY',
      'STATE',
      'POSTAL',
    ]);
    expect(event?.matchKeys[1]?.values).toEqual([DIGEST]);
  });

  it('keeps the first 15 match keys of a customer with many', () => {
    const email = Array.from({ length: 40 }, (_, n) => `a${n}@b.example`);
    expect(map(purchase({ user_data: { email } }))?.matchKeys).toHaveLength(15);
  });

  it.each([
    [
      { consent_state: { ad_storage: 'granted', ad_user_data: 'denied' } },
      { amznAdStorage: 'GRANTED', amznUserData: 'DENIED' },
    ],
    [{ consent_state: { ad_user_data: true } }, { amznUserData: 'GRANTED' }],
    [{ 'x-ga-gcs': 'G101' }, { amznAdStorage: 'DENIED', amznUserData: 'DENIED' }],
    [{ 'x-ga-gcs': 'G111' }, { amznAdStorage: 'GRANTED', amznUserData: 'GRANTED' }],
  ])('reads consent from %j', (consent, amazonConsent) => {
    expect(map(purchase(consent))?.consent).toEqual({ amazonConsent });
  });

  it('says nothing of consent where the payload does not', () => {
    expect(map(purchase())).toMatchObject({ clientDedupeId: 'T-1' });
    expect(map(purchase())).not.toHaveProperty('consent');
  });

  it('maps each event of a Measurement Protocol body and names the faulty one', () => {
    const params = { currency: 'EUR', value: 3, transaction_id: 'T-9' };
    const results = mapAll({
      client_id: '1.2',
      timestamp_micros: (NOW_MS - 1000) * 1000,
      country_code: 'DE',
      user_data: { email_address: 'test.user@example.com' },
      events: [
        { name: 'purchase', params },
        { name: 'purchase', params: { ...params, value: 'three' } },
        { name: 'sign_up', params: {} },
        'nonsense',
      ],
    });
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true, false]);
    expect(results[1]).toMatchObject({ issues: [{ path: 'events[1].params.value' }] });
    expect(results[3]).toMatchObject({ issues: [{ path: 'events[3]' }] });
  });

  it.each([[null], [[]], [3], [{ events: [] }], [{ events: 3 }]])('refuses %j', (payload) => {
    expect(refusalOf(payload)?.reason).toBe('invalid');
  });

  it('leaves no unit where every quantity is nonsense', () => {
    const event = map(purchase({ ecommerce: { transaction_id: 'T', items: [{ quantity: -3 }] } }));
    expect(event).toMatchObject({ clientDedupeId: 'T' });
    expect(event).not.toHaveProperty('unitsSold');
  });

  it('takes from the top what `ecommerce` does not say', () => {
    const { ecommerce, ...flat } = purchase();
    const items = ecommerce.items;
    const beside = { ...flat, value: 7, currency: 'SEK', transaction_id: 'TOP', ecommerce: { items } };
    expect(map(beside)).toMatchObject({ clientDedupeId: 'TOP', value: 7, currencyCode: 'SEK', unitsSold: 3 });
    expect(map({ ...flat, items, ecommerce: { value: 8, currency: 'EUR', transaction_id: 'IN' } })).toMatchObject({
      clientDedupeId: 'IN',
      value: 8,
      unitsSold: 3,
    });
    expect(map({ ...beside, ecommerce: { ...ecommerce } })).toMatchObject({ clientDedupeId: 'T-1', value: 59.98 });
  });

  it('tells events without ids apart by their content, however much their body shares', () => {
    const bodyWith = (note: string) => ({
      client_id: '1.2',
      timestamp_micros: (NOW_MS - 1000) * 1000,
      country_code: 'DE',
      user_data: { email_address: 'test.user@example.com' },
      note: note.repeat(5_000),
      events: [
        { name: 'page_view', params: { page: 1 } },
        { name: 'page_view', params: { page: 2 } },
        { name: 'contact' },
      ],
    });
    const idsOf = (note: string) => mapAll(bodyWith(note)).map((mapped) => mapped.ok && mapped.event.clientDedupeId);
    expect(new Set([...idsOf('x'), ...idsOf('y')]).size).toBe(6);
    expect(idsOf('x')).toEqual(idsOf('x'));
  });

  it('counts the units of a list that the events of a body share, for each of them', () => {
    const bodies = mapAll({
      client_id: '1.2',
      timestamp_micros: (NOW_MS - 1000) * 1000,
      country_code: 'DE',
      user_data: { email_address: 'test.user@example.com' },
      items: [{ item_id: 'A', quantity: 2 }, { item_id: 'B' }],
      events: ['T-1', 'T-2'].map((id) => ({
        name: 'purchase',
        params: { transaction_id: id, currency: 'EUR', value: 1 },
      })),
    });
    expect(bodies).toMatchObject([
      { ok: true, event: { clientDedupeId: 'T-1', unitsSold: 3 } },
      { ok: true, event: { clientDedupeId: 'T-2', unitsSold: 3 } },
    ]);
  });
});
