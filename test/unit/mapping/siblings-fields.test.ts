// Siblings of the field cases in the fields of an event: ids, countries, times, units and consent in more of their forms.
import { describe, expect, it } from 'vitest';
import type { Source } from '../../../src/mapping/source.js';
import { conversionPayload } from '../../support/events.js';
import {
  csv,
  eventOf,
  FORMS,
  ga4,
  mapFirst,
  messagesOf,
  order,
  reasonOf,
  shopify,
  woo,
} from '../../support/field-payloads.js';

const GRANTED = { amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'GRANTED' } } as const;

describe('consent', () => {
  const said = { defaultConsent: GRANTED };
  it.each([
    ['denied', 'DENIED'],
    [false, 'DENIED'],
    ['Granted', 'GRANTED'],
    [true, 'GRANTED'],
  ])('of one word, %j, is %s for both signals, whatever the call says', (word, signal) => {
    for (const form of FORMS) {
      for (const state of ['consent', 'consent_state']) {
        const event = eventOf('ga4', ga4(form, {}, { [state]: word }), said);
        expect(event.consent).toEqual({ amazonConsent: { amznAdStorage: signal, amznUserData: signal } });
      }
    }
  });

  it.each(['marketing,statistics', 7, ['denied']])('%j is no signal, and not passed over for the call’s', (word) => {
    const [mapped] = [mapFirst('ga4', ga4('flat', {}, { consent: word }), said)];
    expect(mapped).toMatchObject({ ok: false, reason: 'invalid', issues: [{ path: 'consent' }] });
  });

  it.each([undefined, null, '', [], {}])('%j holds no signal', (word) => {
    expect(eventOf('ga4', ga4('flat', {}, { consent: word }), said).consent).toEqual(GRANTED);
  });

  it('is read of notes that PHP wrote as an object', () => {
    const denied = { amazonConsent: { amznUserData: 'DENIED' } };
    const meta_data = { 3: { id: 9, key: '_amzn_user_data', value: 'denied' } };
    expect(eventOf('woocommerce', woo({ meta_data }), said).consent).toEqual(denied);
    const note_attributes = { 1: { name: 'amzn_user_data', value: 'denied' } };
    expect(eventOf('shopify', shopify({ note_attributes }), said).consent).toEqual(denied);
  });
});

describe('countries', () => {
  it.each([
    ['en-UK', 'GB'],
    ['EN_UK', 'GB'],
    ['us-ca', 'US'],
    ['gb-eng', 'GB'],
    ['mx-nle', 'MX'],
    ['at-de', 'AT'],
    ['AT-DE', 'AT'],
    ['CZ-JM', 'CZ'],
    ['uk-UA', 'UA'],
    ['in_ID', 'ID'],
    ['sh_RS', 'RS'],
    ['PL-MZ', 'PL'],
    ['PL-SL', 'PL'],
    ['PL-DE', 'DE'],
    ['ZA-NL', 'ZA'],
    ['ZA-GP', 'ZA'],
    ['ES-CO', 'ES'],
    ['ES-MX', 'MX'],
    ['zh_Hant_HK', 'HK'],
    ['deu-AT', 'AT'],
    ['de_DE.UTF-8', 'DE'],
  ])('%s is %s', (text, code) => {
    expect(eventOf('order', order({ country: text })).countryCode).toBe(code);
    expect(eventOf('csv', csv({ countryCode: text })).countryCode).toBe(code);
  });

  it.each(['null', 'undefined', '(not set)', 'None', 'nan', '#N/A'])('%s is none: the next place counts', (none) => {
    const shared = { country_code: none, user_location: { country_id: 'FR' } };
    expect(eventOf('ga4', ga4('flat', {}, shared), { defaultCountry: 'DE' }).countryCode).toBe('FR');
    const rows: [Source, unknown][] = [
      ['csv', csv({ countryCode: none })],
      ['order', order({ country: none })],
    ];
    for (const [source, payload] of rows) {
      expect(eventOf(source, payload, { defaultCountry: 'DE' }).countryCode).toBe('DE');
      expect(reasonOf(source, payload)).toBe('invalid');
    }
  });

  it('is that of user_location.region_id where the body has no other', () => {
    const body = (user_location: object) => ga4('Measurement Protocol', {}, { country_code: undefined, user_location });
    const known = { defaultCountry: 'DE' };
    expect(eventOf('ga4', body({ region_id: 'US-CA', city: 'Oakland' }), known).countryCode).toBe('US');
    expect(eventOf('ga4', body({ region_id: 'US-CA', country_id: 'CA' }), known).countryCode).toBe('CA');
  });
});

describe('ids that no order has', () => {
  const IDS = ['-', '...', 'false', 'TRUE', 'NaT', 'inf', '-Infinity', '\\N', 'N.A.', '#N/B', '#YOK', '%ORDER_ID%'];
  it.each([...IDS, 'undefined-undefined', 'null:null', 'NaN_undefined'])('%s is refused in every source', (id) => {
    expect(messagesOf('csv', csv({ clientDedupeId: id }))).toMatch(/^clientDedupeId is /);
    expect(messagesOf('order', order({ id }))).toMatch(/^id is /);
    expect(messagesOf('shopify', shopify({ id }))).toMatch(/^id is /);
    expect(messagesOf('woocommerce', woo({ id }))).toMatch(/^id is /);
    expect(messagesOf('conversion', conversionPayload({ clientDedupeId: id }))).toMatch(/^clientDedupeId is /);
    for (const form of FORMS)
      expect(messagesOf('ga4', ga4(form, { transaction_id: id }))).toMatch(/transaction_id is /);
  });

  it.each([
    '10',
    '0010',
    'null-1001',
    'email-null',
    'undefined_7',
    'A',
    'inf-1',
    'true-north',
    'nancy',
    '#A1',
    '12E5',
    '1001-2.0',
    '-7',
  ])('%s may be one', (id) => {
    expect(eventOf('csv', csv({ clientDedupeId: id })).clientDedupeId).toBe(id);
  });

  it.each([0, '0', '00'])('%j is one in a file or a system of one’s own, and none of a shop or a tag', (id) => {
    expect(eventOf('order', order({ id })).clientDedupeId).toBe(`order:OFF_AMAZON_PURCHASES:${id}`);
    expect(eventOf('csv', csv({ clientDedupeId: String(id) })).clientDedupeId).toBe(String(id));
    expect(eventOf('conversion', conversionPayload({ clientDedupeId: String(id) })).clientDedupeId).toBe(String(id));
    expect(messagesOf('shopify', shopify({ id }))).toMatch(/^id is /);
    expect(messagesOf('woocommerce', woo({ id }))).toMatch(/^id is /);
    for (const form of FORMS)
      expect(messagesOf('ga4', ga4(form, { transaction_id: id }))).toMatch(/transaction_id is /);
  });
});

describe('times', () => {
  it.each([
    ['2026-11-20T11:00:00+0100', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T11:00:00+01', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T10:00Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T11:00+01:00', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T05:00:00.5-0500', '2026-11-20T10:00:00.500Z'],
    ['2026-11-20T10:00:00.123456789Z', '2026-11-20T10:00:00.123Z'],
  ])('%s is read in every source', (written, timestamp) => {
    const payloads: [Source, unknown][] = [
      ['csv', csv({ timestamp: written })],
      ['order', order({ createdAt: written })],
      ['conversion', conversionPayload({ timestamp: written })],
      ['ga4', ga4('flat', {}, { timestamp_ms: undefined, timestamp: written })],
      ['shopify', shopify({ created_at: written, processed_at: null })],
      ['woocommerce', woo({ date_created_gmt: written, date_paid_gmt: null })],
    ];
    for (const [source, payload] of payloads) expect(eventOf(source, payload).timestamp).toBe(timestamp);
  });

  it.each([
    ['27 nov. 2026 11:55', 'in words'],
    ['27-Nov-2026', 'in words'],
    ['27. November 2026', 'in words'],
    ['2026年11月27日', 'in words'],
    ['2026-11-20T10:00:00,5Z', 'comma'],
    ['2026-11-20T25:00+01:00', 'does not exist'],
    ['2026-11-20T10:00', 'no time zone|no form'],
  ])('%s is refused by the name of its form', (timestamp, form) => {
    expect(messagesOf('csv', csv({ timestamp }))).toMatch(new RegExp(form));
  });
});

describe('units', () => {
  it('are whole in a data frame’s column too', () => {
    expect(eventOf('csv', csv({ unitsSold: '2.0' })).unitsSold).toBe(2);
    expect(eventOf('csv', csv({ unitsSold: '3,00' })).unitsSold).toBe(3);
    for (const unitsSold of ['1.000', '1.5', 'nan'])
      expect(messagesOf('csv', csv({ unitsSold }))).toMatch(/^unitsSold /);
  });

  it('of an order may be decimal text, as databases give it', () => {
    const sold = (...quantities: unknown[]) => order({ items: quantities.map((quantity) => ({ sku: 'a', quantity })) });
    expect(eventOf('order', sold('2.00', '1', '0.5', null)).unitsSold).toBe(5);
    for (const quantity of ['two', '-1', '1e3', '', true]) expect(reasonOf('order', sold(quantity))).toBe('invalid');
  });

  it('are those of a list that PHP wrote as an object', () => {
    const line_items = { 0: { quantity: 1 }, 2: { quantity: 2 } };
    expect(eventOf('woocommerce', woo({ line_items })).unitsSold).toBe(3);
    expect(messagesOf('woocommerce', woo({ line_items: { quantity: 2 } }))).toBe('line_items must be a list');
  });
});

describe('money', () => {
  it.each(['NaN', 'nan', 'null', 'undefined', '(not set)', '#N/A'])('%s is no amount, and not passed over', (value) => {
    expect(messagesOf('csv', csv({ value }))).toMatch(/^value is not/);
    expect(messagesOf('order', order({ total: value }))).toMatch(/^total is not/);
    expect(messagesOf('shopify', shopify({ total_price_set: null, total_price: value }))).toMatch(
      /^total_price is not/,
    );
    for (const form of FORMS) expect(messagesOf('ga4', ga4(form, { value }))).toMatch(/value is not/);
  });

  it('below 0 is no purchase, whether its point parts thousands or not', () => {
    expect(reasonOf('order', order({ total: '-1.249', currency: 'EUR' }))).toBe('not_a_purchase');
    expect(reasonOf('csv', csv({ value: '-1.249' }))).toBe('not_a_purchase');
    expect(reasonOf('order', order({ type: 'lead', total: '-1.249', currency: 'EUR' }))).toBe('invalid');
  });
});

it('an order of which a part was refunded stays sold, at its total', () => {
  const whole = eventOf('shopify', shopify());
  expect(eventOf('shopify', shopify({ financial_status: 'partially_refunded', current_total_price: '1.00' }))).toEqual(
    whole,
  );
});

it.each(['0', 'false'])('%s in place of a TC string is not passed over for the call’s word', (tcf) => {
  const said = { defaultConsent: GRANTED };
  expect(mapFirst('csv', csv({ tcf }), said)).toMatchObject({ reason: 'invalid', issues: [{ path: 'tcf' }] });
});
