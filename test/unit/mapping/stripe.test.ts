import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contextAt, NOW_MS } from '../../support/events.js';
import { changed, eventFrom, hashed, payloadOf, refusalFrom } from '../../support/source-payloads.js';

const session = () => payloadOf('stripe', 'us-paid');
const event = (payload: unknown, context = contextAt()) => eventFrom('stripe', payload, context);
const refusal = (payload: unknown) => refusalFrom('stripe', payload);
const valueOf = (amount_total: unknown, currency: string) =>
  event(changed(session(), { 'data.object.amount_total': amount_total, 'data.object.currency': currency })).value;

describe('mapping a Stripe Checkout Session', () => {
  it('maps a paid session to the byte: cents moved, the name split, two lines of one street', () => {
    expect(JSON.stringify(event(session()))).toBe(
      JSON.stringify({
        name: 'purchase',
        eventType: 'OFF_AMAZON_PURCHASES',
        eventActionSource: 'WEBSITE',
        countryCode: 'US',
        timestamp: '2026-11-20T10:15:30.000Z',
        clientDedupeId: 'stripe:OFF_AMAZON_PURCHASES:cs_live_a1LkTz8mXr5vQ0fWd3uYhNpJ7sB2cE4gK6iO9',
        value: 129.9,
        currencyCode: 'USD',
        matchKeys: [
          hashed('EMAIL', 'anna.maria@example.com'),
          hashed('PHONE', '+15125550142'),
          hashed('FIRST_NAME', 'anna maria'),
          hashed('LAST_NAME', 'van-dyke'),
          hashed('ADDRESS', '500 w 2nd st suite 1900'),
          hashed('CITY', 'austin'),
          hashed('STATE', 'tx'),
          hashed('POSTAL', '78701'),
        ],
      }),
    );
  });

  it('maps a session in yen to the byte: no decimals, a name of one word, an address of nulls', () => {
    expect(JSON.stringify(event(payloadOf('stripe', 'jp-paid')))).toBe(
      JSON.stringify({
        name: 'purchase',
        eventType: 'OFF_AMAZON_PURCHASES',
        eventActionSource: 'WEBSITE',
        countryCode: 'JP',
        timestamp: '2026-11-20T10:00:00.000Z',
        clientDedupeId: 'stripe:OFF_AMAZON_PURCHASES:cs_live_b1JpTaroYamada0000000000000000001',
        value: 4980,
        currencyCode: 'JPY',
        matchKeys: [hashed('EMAIL', 'taro@example.jp'), hashed('FIRST_NAME', '山田太郎'), hashed('POSTAL', '100-0001')],
      }),
    );
  });

  it('waits for a bank debit: refused while unpaid, a purchase at the session’s time when it is paid', () => {
    expect(refusal(payloadOf('stripe', 'de-sepa-completed'))).toMatchObject({
      reason: 'not_a_purchase',
      issues: [{ path: 'data.object.payment_status' }],
    });
    expect(event(payloadOf('stripe', 'de-sepa-succeeded'))).toMatchObject({
      clientDedupeId: 'stripe:OFF_AMAZON_PURCHASES:cs_live_c1SepaSession00000000000000000001',
      timestamp: '2026-11-17T12:00:00.000Z',
      value: 0.05,
      matchKeys: [
        hashed('EMAIL', 'kirsten@beispiel.example'),
        hashed('PHONE', '+4922117940555'),
        hashed('FIRST_NAME', 'kirsten'),
        hashed('LAST_NAME', 'weiß'),
        hashed('ADDRESS', 'domkloster 4'),
        hashed('CITY', 'köln'),
        hashed('POSTAL', '50667'),
      ],
    });
  });

  it('gives the same bytes for a session delivered again, under whichever event', () => {
    const again = changed(session(), {
      id: 'evt_other',
      created: 1795171131,
      type: 'checkout.session.async_payment_succeeded',
    });
    expect(JSON.stringify(event(again, contextAt(NOW_MS + 60_000)))).toBe(JSON.stringify(event(session())));
  });

  it.each([
    [1999, 'eur', 19.99],
    [5, 'eur', 0.05],
    [50, 'EUR', 0.5],
    [0, 'usd', 0],
    ['12990', 'usd', 129.9],
    [4980, 'jpy', 4980],
    [15000, 'krw', 15000],
    [1999, 'mga', 1999],
    [12340, 'kwd', 12.34],
    [1235, 'bhd', 1.24],
    [1234, 'tnd', 1.23],
    [7, 'omr', 0.01],
    [500, 'ugx', 5],
    [500, 'isk', 5],
  ])('%s in %s is worth %s', (amount, currency, value) => {
    expect(valueOf(amount, currency)).toBe(value);
  });

  // docs.stripe.com/currencies. A currency that is lost here makes a sale a hundred times too small, or ten times too large.
  it.each('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '))(
    '%s has no smaller unit',
    (code) => {
      expect(valueOf(1234, code)).toBe(1234);
    },
  );

  it.each('BHD JOD KWD OMR TND'.split(' '))('%s has thousandths', (code) => {
    expect(valueOf(1_234_560, code)).toBe(1234.56);
  });

  it('keeps every cent of any amount', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999_999 }), (cents) => {
        expect(valueOf(cents, 'usd')?.toFixed(2).replace('.', '').replace(/^0+/, '')).toBe(
          String(cents).replace(/^0+/, ''),
        );
      }),
    );
  });

  it.each([
    ['Cher', ['cher'], []],
    ['Ada Lovelace', ['ada'], ['lovelace']],
    ['José Luis Rodríguez', ['josé luis'], ['rodríguez']],
    ['  ', [], []],
    [null, [], []],
  ])('splits the name %j', (name, first, last) => {
    const { matchKeys } = event(changed(session(), { 'data.object.customer_details.name': name }));
    expect(matchKeys.filter(({ type }) => type.endsWith('_NAME'))).toEqual([
      ...first.map((text) => hashed('FIRST_NAME', text)),
      ...last.map((text) => hashed('LAST_NAME', text)),
    ]);
  });

  it('keeps a session that was paid by voucher, at its price', () => {
    const changes = { 'data.object.payment_status': 'no_payment_required', 'data.object.amount_total': 0 };
    expect(event(changed(session(), changes)).value).toBe(0);
  });

  it('takes the default country, and the caller’s word for the action source', () => {
    const payload = changed(session(), { 'data.object.customer_details.address': null });
    const context = contextAt(NOW_MS, { defaultCountry: 'CA', eventActionSource: 'APP_IOS' });
    expect(event(payload, context)).toMatchObject({ countryCode: 'CA', eventActionSource: 'APP_IOS' });
  });

  it.each([
    ['test-mode', 'test_order', 'livemode'],
    ['payment-intent', 'unsupported', 'type'],
  ])('refuses %s as %s', (name, reason, path) => {
    expect(refusal(payloadOf('stripe', name))).toMatchObject({ reason, issues: [{ path }] });
  });

  it.each([
    ['type', 'checkout.session.async_payment_failed', 'not_a_purchase'],
    ['type', 'checkout.session.expired', 'not_a_purchase'],
    ['type', 'charge.refunded', 'not_a_purchase'],
    ['type', 'customer.subscription.created', 'not_a_purchase'],
    ['type', 'invoice.paid', 'unsupported'],
    ['data.object.status', 'expired', 'not_a_purchase'],
    ['data.object.status', 'open', 'not_a_purchase'],
    ['data.object.mode', 'setup', 'not_a_purchase'],
    ['data.object.payment_status', 'unpaid', 'not_a_purchase'],
    ['data.object.payment_status', undefined, 'not_a_purchase'],
    ['data.object', null, 'invalid'],
    ['data.object.id', undefined, 'invalid'],
    ['data.object.created', undefined, 'invalid'],
    ['data.object.created', '2026-11-20T10:00:00Z', 'invalid'],
    ['type', 7, 'unsupported'],
    ['data.object.id', '  ', 'invalid'],
    ['data.object.amount_total', null, 'invalid'],
    ['data.object.amount_total', 12.5, 'invalid'],
    ['data.object.amount_total', -100, 'not_a_purchase'],
    ['data.object.currency', null, 'invalid'],
    ['data.object.currency', 'euro', 'invalid'],
    ['data.object.currency', 'zzz', 'unsupported'],
    ['data.object.customer_details.address.country', 'XX', 'unsupported'],
    ['data.object.customer_details.name', 'x'.repeat(1001), 'invalid'],
  ])('refuses %s when it is %j, as %s', (path, value, reason) => {
    const mapped = refusal(changed(session(), { [path]: value }));
    expect(mapped.reason).toBe(reason);
    expect(mapped.issues.map((issue) => issue.path)).toEqual([path]);
  });

  it.each([
    ['created', 'is required: seconds since 1970'],
    ['amount_total', 'is required: a whole number of the smallest unit'],
    ['currency', 'is required: ISO 4217, such as EUR'],
  ])('says of a session without %s what to write there', (field, message) => {
    const path = `data.object.${field}`;
    expect(refusal(changed(session(), { [path]: undefined })).issues).toEqual([{ path, message }]);
  });

  it('refuses a session without match keys', () => {
    const payload = changed(session(), { 'data.object.customer_details': null });
    expect(refusalFrom('stripe', payload, contextAt(NOW_MS, { defaultCountry: 'US' }))).toMatchObject({
      reason: 'no_match_key',
      issues: [{ path: 'data.object.customer_details' }],
    });
  });

  it('refuses a debit that took longer than Amazon accepts events', () => {
    const payload = changed(payloadOf('stripe', 'de-sepa-succeeded'), { 'data.object.created': 1794000000 });
    expect(refusal(payload)).toMatchObject({ reason: 'too_old', issues: [{ path: 'data.object.created' }] });
  });

  it.each([null, [], 'text'])('refuses %j, which is no event', (payload) => {
    expect(refusal(payload).reason).toBe('invalid');
  });
});
