import { describe, expect, it } from 'vitest';
import { contextAt, NOW_MS } from '../../support/events.js';
import { changed, eventFrom, hashed, payloadOf, refusalFrom } from '../../support/source-payloads.js';

const guest = () => payloadOf('shopify', 'de-guest-created');
const event = (payload: unknown, context = contextAt()) => eventFrom('shopify', payload, context);
const refusal = (payload: unknown) => refusalFrom('shopify', payload);
const typesOf = (payload: unknown) => event(payload).matchKeys.map(({ type }) => type);

describe('mapping a Shopify order', () => {
  it('maps a guest’s order to the byte: shop money, billing country, national phone, accents kept', () => {
    expect(JSON.stringify(event(guest()))).toBe(
      JSON.stringify({
        name: 'purchase',
        eventType: 'OFF_AMAZON_PURCHASES',
        eventActionSource: 'WEBSITE',
        countryCode: 'DE',
        timestamp: '2026-11-20T10:58:07.000Z',
        clientDedupeId: 'shopify:OFF_AMAZON_PURCHASES:820982911946154508',
        value: 219.8,
        currencyCode: 'EUR',
        unitsSold: 6,
        matchKeys: [
          hashed('EMAIL', 'jörg.müller@beispiel.example'),
          hashed('PHONE', '+494030901820'),
          hashed('FIRST_NAME', 'jörg'),
          hashed('LAST_NAME', 'müller-lüdenscheid'),
          hashed('ADDRESS', 'große bleichen 12 hinterhaus'),
          hashed('CITY', 'hamburg'),
          hashed('POSTAL', '20354'),
        ],
      }),
    );
  });

  it('sends the phone of the order itself, beside that of the address', () => {
    const { matchKeys } = event(changed(guest(), { phone: '+4915112345678' }));
    expect(matchKeys.filter(({ type }) => type === 'PHONE')).toEqual([
      hashed('PHONE', '+4915112345678'),
      hashed('PHONE', '+494030901820'),
    ]);
  });

  it('sends the name of the address alone where it has one: the customer’s may be another person’s', () => {
    const { matchKeys } = event(changed(guest(), { customer: { first_name: 'Eva', last_name: 'Klein' } }));
    expect(matchKeys.filter(({ type }) => type.endsWith('_NAME'))).toEqual([
      hashed('FIRST_NAME', 'jörg'),
      hashed('LAST_NAME', 'müller-lüdenscheid'),
    ]);
  });

  it('maps an app’s order to the byte: yen, a Japanese phone, the shipping address, the customer’s name', () => {
    expect(JSON.stringify(event(payloadOf('shopify', 'jp-app')))).toBe(
      JSON.stringify({
        name: 'purchase',
        eventType: 'OFF_AMAZON_PURCHASES',
        eventActionSource: 'APP_IOS',
        countryCode: 'JP',
        timestamp: '2026-11-20T10:02:11.000Z',
        clientDedupeId: 'shopify:OFF_AMAZON_PURCHASES:6504412479776',
        value: 12800,
        currencyCode: 'JPY',
        unitsSold: 1,
        matchKeys: [
          hashed('EMAIL', 'hanako.yamada@example.co.jp'),
          hashed('PHONE', '+81351234567'),
          hashed('PHONE', '+819012345678'),
          hashed('FIRST_NAME', '花子'),
          hashed('LAST_NAME', '山田'),
          hashed('ADDRESS', '神南1-19-11'),
          hashed('CITY', '渋谷区'),
          hashed('STATE', 'jp-13'),
          hashed('POSTAL', '150-0041'),
        ],
      }),
    );
  });

  it('maps a till’s free order to the byte: OFFLINE, a value of 0, two e-mails, the default address', () => {
    expect(JSON.stringify(event(payloadOf('shopify', 'us-pos')))).toBe(
      JSON.stringify({
        name: 'purchase',
        eventType: 'OFF_AMAZON_PURCHASES',
        eventActionSource: 'OFFLINE',
        countryCode: 'US',
        timestamp: '2026-11-19T21:20:00.000Z',
        clientDedupeId: 'shopify:OFF_AMAZON_PURCHASES:6504412479999',
        value: 0,
        currencyCode: 'USD',
        unitsSold: 1,
        matchKeys: [
          hashed('EMAIL', 'maria.ramirez@example.com'),
          hashed('EMAIL', 'm.ramirez@work.example.com'),
          hashed('PHONE', '+14155552671'),
          hashed('FIRST_NAME', 'maria'),
          hashed('LAST_NAME', 'ramirez'),
          hashed('ADDRESS', '1600 amphitheatre pkwy'),
          hashed('CITY', 'mountain view'),
          hashed('STATE', 'california'),
          hashed('POSTAL', '94043'),
        ],
      }),
    );
  });

  it('gives the same bytes for an order created, paid, and delivered again', () => {
    const created = JSON.stringify(event(guest()));
    expect(JSON.stringify(event(payloadOf('shopify', 'de-guest-paid')))).toBe(created);
    const tenMinutesLater = contextAt(NOW_MS + 600_000);
    expect(JSON.stringify(event(guest(), tenMinutesLater))).toBe(created);
  });

  it('tells orders apart whose ids differ only past 2^53', () => {
    const other = changed(guest(), { id: '820982911946154509' });
    expect(event(other).clientDedupeId).not.toBe(event(guest()).clientDedupeId);
  });

  it.each([
    ['web', 'WEBSITE'],
    ['pos', 'OFFLINE'],
    ['iphone', 'APP_IOS'],
    ['android', 'APP_ANDROID'],
    ['shopify_draft_order', 'WEBSITE'],
    ['580111', 'WEBSITE'],
    ['constructor', 'WEBSITE'],
    [null, 'WEBSITE'],
  ])('the source name %s is the action source %s', (source_name, eventActionSource) => {
    expect(event({ ...guest(), source_name }).eventActionSource).toBe(eventActionSource);
  });

  it('takes the caller’s word for the action source only where Shopify does not say', () => {
    const context = contextAt(NOW_MS, { eventActionSource: 'OFFLINE' });
    expect(event({ ...guest(), source_name: 'shopify_draft_order' }, context).eventActionSource).toBe('OFFLINE');
    expect(event(guest(), context).eventActionSource).toBe('WEBSITE');
  });

  it('takes total and currency of the order where there is no shop money', () => {
    const payload = changed(guest(), { total_price_set: null, total_price: '1.5', currency: 'GBP' });
    expect(event(payload)).toMatchObject({ value: 1.5, currencyCode: 'GBP' });
  });

  it('takes the country from billing, then shipping, then the customer, then the setting', () => {
    const none = { ...guest(), billing_address: null, shipping_address: null };
    expect(event({ ...guest(), billing_address: null }).countryCode).toBe('AT');
    const customer = { email: 'a@b.example', default_address: { country_code: 'LU' } };
    expect(event({ ...none, customer }).countryCode).toBe('LU');
    expect(event(none, contextAt(NOW_MS, { defaultCountry: 'CH' })).countryCode).toBe('CH');
  });

  it('never mixes two addresses: a street comes with its own city, name and phone', () => {
    const payload = { ...guest(), billing_address: { country_code: 'DE', first_name: ' ', address1: null } };
    const mapped = event(payload);
    expect(mapped.countryCode).toBe('DE');
    expect(mapped.matchKeys).toEqual([
      hashed('EMAIL', 'jörg.müller@beispiel.example'),
      hashed('PHONE', '+4315144422'),
      hashed('FIRST_NAME', 'renate'),
      hashed('LAST_NAME', 'hoppenstedt'),
      hashed('ADDRESS', 'opernring 3'),
      hashed('CITY', 'wien'),
      hashed('POSTAL', '1010'),
    ]);
  });

  it.each([
    ['first', { first_name: 'Renate', last_name: null }, [hashed('FIRST_NAME', 'renate')]],
    ['last', { first_name: null, last_name: 'Hoppenstedt' }, [hashed('LAST_NAME', 'hoppenstedt')]],
  ])('adds nothing of the customer’s name to an address with a %s name alone', (_which, names, expected) => {
    const billing = { ...(guest()['billing_address'] as object), ...names };
    const customer = { first_name: 'Klaus', last_name: 'Müller' };
    const { matchKeys } = event({ ...guest(), billing_address: billing, customer });
    expect(matchKeys.filter(({ type }) => type.endsWith('_NAME'))).toEqual(expected);
  });

  it('leaves out a phone that is none in its address’s country', () => {
    expect(typesOf(changed(guest(), { 'billing_address.phone': 'keine' }))).not.toContain('PHONE');
    expect(typesOf(changed(guest(), { 'billing_address.phone': '12' }))).not.toContain('PHONE');
  });

  it('reads a phone by the event’s country where its address names none', () => {
    const payload = changed(guest(), { 'billing_address.country_code': null, 'shipping_address.country_code': 'DE' });
    expect(event(payload).matchKeys).toContainEqual(hashed('PHONE', '+494030901820'));
  });

  it('sends no IP address and no other field of the order', () => {
    expect(typesOf(guest())).not.toContain('FIP');
    expect(JSON.stringify(event(guest()))).not.toContain('203.0.113.7');
  });

  it('leaves units out where an order lists nothing', () => {
    expect(event({ ...guest(), line_items: [] })).not.toHaveProperty('unitsSold');
    expect(event(changed(guest(), { line_items: undefined }))).not.toHaveProperty('unitsSold');
  });

  it.each(['pending', 'authorized', 'partially_paid', 'paid', null])('keeps an order that is %s', (status) => {
    expect(event({ ...guest(), financial_status: status }).value).toBe(219.8);
  });

  it('refuses a test order; one that was cancelled too is no purchase in the first place', () => {
    expect(refusal({ ...guest(), test: true })).toMatchObject({ reason: 'test_order', issues: [{ path: 'test' }] });
    const { reason, issues } = refusal(payloadOf('shopify', 'test-order'));
    expect(reason).toBe('not_a_purchase');
    expect(issues.map(({ path }) => path)).toEqual(['cancelled_at', 'financial_status', 'test']);
  });

  it('refuses a refunded order', () => {
    expect(refusal(payloadOf('shopify', 'refunded'))).toMatchObject({
      reason: 'not_a_purchase',
      issues: [{ path: 'financial_status' }],
    });
  });

  it.each([
    ['financial_status', 'refunded'],
    ['financial_status', 'voided'],
    ['financial_status', 'expired'],
    ['cancelled_at', '2026-11-20T11:59:00+01:00'],
  ])('refuses an order whose %s is %s', (path, value) => {
    expect(refusal({ ...guest(), [path]: value })).toMatchObject({ reason: 'not_a_purchase', issues: [{ path }] });
  });

  it.each([
    ['no id', { id: undefined }, 'id'],
    ['an id that lost its digits', { id: 2 ** 60 }, 'id'],
    ['no time', { created_at: undefined }, 'created_at'],
    ['a time that is none', { created_at: 'yesterday' }, 'created_at'],
    ['no total', { total_price: null, total_price_set: null }, 'total_price'],
    ['a total that is none', { total_price: '1.299,00', total_price_set: null }, 'total_price'],
    [
      'shop money that is none',
      { 'total_price_set.shop_money.amount': '1,299.00' },
      'total_price_set.shop_money.amount',
    ],
    ['no currency', { currency: '', total_price_set: null }, 'currency'],
    ['a currency that is none', { currency: 'quid', total_price_set: null }, 'currency'],
    ['a country that is none', { 'billing_address.country_code': 'Germany' }, 'billing_address.country_code'],
    ['no country', { billing_address: null, shipping_address: null }, 'billing_address.country_code'],
    ['too many units', { line_items: [{ quantity: 1_000_001 }] }, 'line_items'],
    ['a street of 1001 characters', { 'billing_address.address2': 'x'.repeat(1000) }, 'billing_address.address1'],
  ])('refuses %s under Shopify’s own name for it', (_what, changes, path) => {
    const { reason, issues } = refusal(changed(guest(), changes));
    expect(reason).toBe('invalid');
    expect(issues.map((issue) => issue.path)).toEqual([path]);
  });

  it('counts a total below zero for no purchase', () => {
    const payload = changed(guest(), { total_price: '-1.00', total_price_set: null });
    expect(refusal(payload)).toMatchObject({ reason: 'not_a_purchase', issues: [{ path: 'total_price' }] });
  });

  it('names every fault at once', () => {
    const { issues } = refusal({ email: 'a@b.example' });
    expect(issues.map(({ path }) => path).toSorted()).toEqual([
      'billing_address.country_code',
      'created_at',
      'currency',
      'id',
      'total_price',
    ]);
  });

  it('refuses an order without match keys', () => {
    const payload = { ...guest(), email: null, contact_email: null, billing_address: null, shipping_address: null };
    const mapped = refusalFrom('shopify', payload, contextAt(NOW_MS, { defaultCountry: 'DE' }));
    expect(mapped).toMatchObject({ reason: 'no_match_key', issues: [{ path: 'email' }] });
  });

  it.each([
    ['2026-11-20T11:58:05+01:00', '2026-11-20T10:58:07.000Z'],
    ['2026-11-20T10:57:08Z', '2026-11-20T10:58:07.000Z'],
    ['2026-11-20T11:57:06+01:00', '2026-11-20T10:57:06.000Z'],
    ['2026-11-18T09:00:00+01:00', '2026-11-18T08:00:00.000Z'],
  ])('dates an order that was processed %s and written 11:58:07 as %s', (processed_at, timestamp) => {
    expect(event({ ...guest(), created_at: '2026-11-20T11:58:07+01:00', processed_at }).timestamp).toBe(timestamp);
  });

  it('refuses an order that is too old or ahead of the clock', () => {
    expect(refusal({ ...guest(), created_at: '2026-11-13T12:59:59+01:00' }).reason).toBe('too_old');
    expect(refusal({ ...guest(), created_at: '2026-11-20T13:10:01+01:00', processed_at: null })).toMatchObject({
      reason: 'in_future',
      issues: [{ path: 'created_at' }],
    });
  });

  it('says no value in a refusal', () => {
    const canary = 'jane.doe@example.com';
    const fields = ['id', 'created_at', 'currency', 'total_price', 'source_name', 'financial_status'];
    const payload = Object.fromEntries(fields.map((field) => [field, canary]));
    expect(JSON.stringify(refusal({ ...payload, billing_address: { country_code: canary } }))).not.toContain(canary);
  });

  it.each([null, [], 3, 'text'])('refuses %j, which is no order', (payload) => {
    expect(refusal(payload).reason).toBe('invalid');
  });
});
