import { describe, expect, it } from 'vitest';
import { contextAt, NOW_MS } from '../../support/events.js';
import { changed, eventFrom, hashed, payloadOf, refusalFrom } from '../../support/source-payloads.js';

const order = () => payloadOf('woocommerce', 'fr-created');
const event = (payload: unknown, context = contextAt()) => eventFrom('woocommerce', payload, context);
const refusal = (payload: unknown) => refusalFrom('woocommerce', payload);

describe('mapping a WooCommerce order', () => {
  it('maps a guest’s order to the byte: UTC without a zone, a national phone, accents kept', () => {
    expect(JSON.stringify(event(order()))).toBe(
      JSON.stringify({
        name: 'purchase',
        eventType: 'OFF_AMAZON_PURCHASES',
        eventActionSource: 'WEBSITE',
        countryCode: 'FR',
        timestamp: '2026-11-20T09:15:30.000Z',
        clientDedupeId: 'woocommerce:OFF_AMAZON_PURCHASES:727',
        value: 1054.85,
        currencyCode: 'EUR',
        unitsSold: 3,
        matchKeys: [
          hashed('EMAIL', 'helene.lefevre@exemple.example'),
          hashed('PHONE', '+33142685300'),
          hashed('FIRST_NAME', 'hélène'),
          hashed('LAST_NAME', 'lefèvre'),
          hashed('ADDRESS', '12 rue de l’église'),
          hashed('CITY', 'saint-étienne'),
          hashed('POSTAL', '42000'),
        ],
      }),
    );
  });

  it('maps a till’s order to the byte: three decimals rounded to two, Arabic, the shipping address', () => {
    expect(JSON.stringify(event(payloadOf('woocommerce', 'kw-pos')))).toBe(
      JSON.stringify({
        name: 'purchase',
        eventType: 'OFF_AMAZON_PURCHASES',
        eventActionSource: 'OFFLINE',
        countryCode: 'KW',
        timestamp: '2026-11-20T08:00:00.000Z',
        clientDedupeId: 'woocommerce:OFF_AMAZON_PURCHASES:100245',
        value: 12.35,
        currencyCode: 'KWD',
        unitsSold: 3,
        matchKeys: [
          hashed('EMAIL', 'fatima@example.com.kw'),
          hashed('PHONE', '+96522225555'),
          hashed('FIRST_NAME', 'فاطمة'),
          hashed('LAST_NAME', 'الصباح'),
          hashed('ADDRESS', 'شارع الخليج العربي مبنى ٧'),
          hashed('CITY', 'الكويت'),
          hashed('POSTAL', '13001'),
        ],
      }),
    );
  });

  it('sends the state of the address', () => {
    const { matchKeys } = event(changed(order(), { 'billing.state': 'Loire' }));
    expect(matchKeys).toContainEqual(hashed('STATE', 'loire'));
  });

  it('sends the buyer’s phone, never that of the recipient of a gift', () => {
    const shipping = { ...(order()['shipping'] as object), phone: '+33611223344' };
    const { matchKeys } = event(changed(order(), { shipping }));
    expect(matchKeys.filter(({ type }) => type === 'PHONE')).toEqual([hashed('PHONE', '+33142685300')]);
  });

  it('gives the same bytes for an order created, updated when paid, and delivered again', () => {
    const created = JSON.stringify(event(order()));
    expect(JSON.stringify(event(payloadOf('woocommerce', 'fr-updated')))).toBe(created);
    expect(JSON.stringify(event(order(), contextAt(NOW_MS + 3_600_000)))).toBe(created);
  });

  it('reads a time that names its zone as it is', () => {
    expect(event({ ...order(), date_created_gmt: '2026-11-20T09:15:30Z' }).timestamp).toBe('2026-11-20T09:15:30.000Z');
  });

  it('takes the country from shipping where billing has none, then from the setting', () => {
    const payload = changed(order(), { 'billing.country': '', 'shipping.country': 'BE' });
    expect(event(payload).countryCode).toBe('BE');
    const none = changed(order(), { 'billing.country': '' });
    expect(event(none, contextAt(NOW_MS, { defaultCountry: 'CH' })).countryCode).toBe('CH');
  });

  it('takes the caller’s word for the action source, but not for a till’s order', () => {
    const context = contextAt(NOW_MS, { eventActionSource: 'APP_ANDROID' });
    expect(event(order(), context).eventActionSource).toBe('APP_ANDROID');
    expect(event(payloadOf('woocommerce', 'kw-pos'), context).eventActionSource).toBe('OFFLINE');
  });

  it.each(['on-hold', 'processing', 'completed', 'wc-shipped', null])('keeps an order that is %s', (status) => {
    expect(event({ ...order(), status }).value).toBe(1054.85);
  });

  it.each(['pending', 'cancelled', 'refunded', 'failed', 'trash', 'draft', 'checkout-draft', 'auto-draft'])(
    'refuses an order that is %s',
    (status) => {
      expect(refusal({ ...order(), status })).toMatchObject({
        reason: 'not_a_purchase',
        issues: [{ path: 'status' }],
      });
    },
  );

  it('refuses a refunded order as it comes', () => {
    const message = 'says that the order is unpaid, failed, cancelled, refunded or deleted';
    expect(refusal(payloadOf('woocommerce', 'refunded'))).toMatchObject({
      reason: 'not_a_purchase',
      issues: [{ path: 'status', message }],
    });
  });

  it('refuses a deleted order, of which nothing but the id is left', () => {
    expect(refusal(payloadOf('woocommerce', 'deleted'))).toMatchObject({
      reason: 'not_a_purchase',
      issues: [{ path: '' }],
    });
  });

  it.each([
    ['no id', { id: null }, 'id'],
    ['no time', { date_created_gmt: null }, 'date_created_gmt'],
    ['a time that is none', { date_created_gmt: '20/11/2026' }, 'date_created_gmt'],
    ['no total', { total: '' }, 'total'],
    ['a total that is none', { total: '1.054,85' }, 'total'],
    ['no currency', { currency: undefined }, 'currency'],
    ['a currency that is none', { currency: 'EURO' }, 'currency'],
    ['a country that is none', { 'billing.country': 'England' }, 'billing.country'],
    ['no country', { 'billing.country': '' }, 'billing.country'],
    ['a city of 1001 characters', { 'billing.city': 'x'.repeat(1001) }, 'billing.city'],
  ])('refuses %s under WooCommerce’s own name for it', (_what, changes, path) => {
    const { reason, issues } = refusal(changed(order(), changes));
    expect(reason).toBe('invalid');
    expect(issues.map((issue) => issue.path)).toEqual([path]);
  });

  it('refuses an order without match keys', () => {
    expect(refusal({ ...order(), billing: { country: 'FR' } })).toMatchObject({
      reason: 'no_match_key',
      issues: [{ path: 'billing' }],
    });
  });

  it.each([null, [], 'webhook_id=3'])('refuses %j, which is no order', (payload) => {
    expect(refusal(payload).reason).toBe('invalid');
  });
});
