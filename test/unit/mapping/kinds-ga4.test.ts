// Kinds of fault in GA4: field-cases.json has one or two cases of each, here are their siblings in every source.
import { describe, expect, it } from 'vitest';
import { customer, digest, eventOf, FORMS, ga4, keysOf, messagesOf, reasonOf } from '../../support/field-payloads.js';

describe.each(FORMS)('a GA4 event in the form %s', (form) => {
  it('is known by its transaction, whatever event_id says', () => {
    expect(eventOf('ga4', ga4(form, {}, { event_id: 'e-1' })).clientDedupeId).toBe('T-1');
    expect(eventOf('ga4', ga4(form, { transaction_id: 5001 })).clientDedupeId).toBe('5001');
    const bySetting = { dedupeIds: { ga4: 'event_id' } } as const;
    expect(eventOf('ga4', ga4(form, {}, { event_id: 'e-1' }), bySetting).clientDedupeId).toBe('e-1');
  });

  it('has its value, currency and units', () => {
    expect(eventOf('ga4', ga4(form, { value: 0, items: [{ quantity: 2.5 }, { quantity: '3' }] }))).toMatchObject({
      value: 0,
      currencyCode: 'USD',
      unitsSold: 4,
    });
  });

  it.each([
    '6.50441E+12',
    '6,5e+12',
    '1001.0',
    'nan',
    'NaN',
    'None',
    'null',
    'undefined',
    '(not set)',
    '#N/A',
    '#REF!',
    '####',
  ])('is refused for the id %s, with a message that says so', (id) => {
    expect(reasonOf('ga4', ga4(form, { transaction_id: id }))).toBe('invalid');
    expect(messagesOf('ga4', ga4(form, { transaction_id: id }))).toMatch(/transaction_id (is a|is in|is an)/);
    const other = ga4(form, { transaction_id: undefined }, { event: 'sign_up', event_id: id });
    expect(reasonOf('ga4', other)).toBe('invalid');
  });

  it.each(['refund', 'Refund', 'order_refunded', 'partial_refund'])('named %s is never a purchase', (event) => {
    for (const eventType of [undefined, 'OFF_AMAZON_PURCHASES', 'OTHER'] as const) {
      expect(reasonOf('ga4', ga4(form, {}, { event }), { eventType })).toBe('not_a_purchase');
    }
  });

  it('keeps what its name stands for, whatever the call says', () => {
    expect(eventOf('ga4', ga4(form, {}, { event: 'generate_lead' }), { eventType: 'OTHER' }).eventType).toBe('LEAD');
    expect(eventOf('ga4', ga4(form, {}, { event: 'scroll' }), { eventType: 'OTHER' }).eventType).toBe('OTHER');
    expect(reasonOf('ga4', ga4(form, {}, { event: 'constructor' }))).toBe('unsupported');
  });

  it.each([
    [{ consent: { ad_user_data: 'DENIED', ad_personalization: 'GRANTED' } }, { amznUserData: 'DENIED' }],
    [{ consent: { ad_personalization: 'DENIED' } }, { amznUserData: 'DENIED' }],
    [
      { consent: { ad_storage: 'granted', ad_user_data: 'denied' } },
      { amznAdStorage: 'GRANTED', amznUserData: 'DENIED' },
    ],
    [{ consent: { ad_storage: 'denied' } }, { amznAdStorage: 'DENIED', amznUserData: 'DENIED' }],
    [{ 'x-ga-gcd': '13p3t3t3l5l1' }, { amznAdStorage: 'DENIED', amznUserData: 'GRANTED' }],
    [{ 'x-ga-gcd': '11r1l1m1u5' }, { amznAdStorage: 'GRANTED', amznUserData: 'DENIED' }],
    [
      { 'x-ga-gcd': '13l3l3l3l1', 'x-ga-gcs': 'G100' },
      { amznAdStorage: 'DENIED', amznUserData: 'DENIED' },
    ],
    [{ 'x-ga-gcs': 'G11-' }, { amznAdStorage: 'GRANTED', amznUserData: 'GRANTED' }],
  ])('reads consent of %j, against what the call says', (signals, amazonConsent) => {
    const said = { amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'GRANTED' } } as const;
    expect(eventOf('ga4', ga4(form, {}, signals), { defaultConsent: said }).consent).toEqual({ amazonConsent });
  });

  it('takes the call’s consent where it has no signal at all, and refuses one that it cannot read', () => {
    const said = { amazonConsent: { amznUserData: 'GRANTED' } } as const;
    const context = { defaultConsent: said, isConsentRequired: true };
    expect(eventOf('ga4', ga4(form), context).consent).toEqual(said);
    expect(eventOf('ga4', ga4(form, {}, { 'x-ga-gcd': '13l3l3l3l1' }), context).consent).toEqual(said);
    expect(reasonOf('ga4', ga4(form, {}, { consent: { ad_user_data: 'perhaps' } }), context)).toBe('invalid');
    expect(reasonOf('ga4', ga4(form), { isConsentRequired: true })).toBe('consent_missing');
  });

  it.each([
    [{ country_code: undefined, user_data: { ...customer, country: 'DE' } }, 'DE'],
    [{ country_code: undefined, user_data: { ...customer, address: { country: 'FR' }, country: 'DE' } }, 'FR'],
    [{ country_code: undefined, user_location: { country_id: 'NL' } }, 'NL'],
    [{ country_code: 'XK', user_location: { country_id: 'AL' } }, 'AL'],
  ])('takes its country from %j, not from the setting', (places, code) => {
    expect(eventOf('ga4', ga4(form, {}, places), { defaultCountry: 'US' }).countryCode).toBe(code);
  });

  it('has names and address flat beside the e-mail', () => {
    const flat = { email: 'jane@example.com', phone: '0176 12345678', first_name: 'Jane', zip: '1067', country: 'DE' };
    const payload = ga4(form, {}, { country_code: undefined, user_data: flat });
    expect(keysOf('ga4', payload, 'FIRST_NAME')).toEqual([digest('jane')]);
    expect(keysOf('ga4', payload, 'POSTAL')).toEqual([digest('01067')]);
    expect(keysOf('ga4', payload, 'PHONE')).toEqual([digest('+4917612345678')]);
  });

  it('makes two keys of two addresses, and none of a digest of nothing', () => {
    const two = ga4(form, {}, { user_data: { email_address: 'jane@example.com, joe@example.com' } });
    expect(keysOf('ga4', two, 'EMAIL')).toEqual([digest('jane@example.com'), digest('joe@example.com')]);
    const nothing = {
      sha256_email_address: digest(''),
      sha256_phone_number: digest('null'),
      email: 'jane@example.com',
    };
    expect(eventOf('ga4', ga4(form, {}, { user_data: nothing })).matchKeys).toHaveLength(1);
  });

  it('is refused for money that could be thousands, that goes back, or that no one knows', () => {
    expect(reasonOf('ga4', ga4(form, { value: '1.249', currency: 'EUR' }))).toBe('invalid');
    expect(eventOf('ga4', ga4(form, { value: 1.249, currency: 'EUR' })).value).toBe(1.25);
    expect(eventOf('ga4', ga4(form, { value: '1.249', currency: 'KWD' })).value).toBe(1.25);
    expect(reasonOf('ga4', ga4(form, { value: -10 }))).toBe('not_a_purchase');
    expect(reasonOf('ga4', ga4(form, { currency: 'BTC' }))).toBe('unsupported');
    expect(reasonOf('ga4', ga4(form, { currency: '€' }))).toBe('invalid');
  });
});

describe('times of GA4', () => {
  it.each([
    [{ timestamp_ms: 1795176000 }, /timestamp_ms holds seconds/],
    [{ timestamp_ms: 1795176000000000 }, /timestamp_ms holds micro/],
    [{ timestamp_ms: undefined, timestamp_micros: 1795176000000 }, /timestamp_micros holds milli/],
    [{ timestamp_ms: undefined, timestamp_micros: 1795176000 }, /timestamp_micros holds seconds/],
    [{ timestamp_ms: undefined, timestamp: 1795176000 }, /timestamp is a number of seconds/],
    [{ timestamp_ms: undefined, timestamp: '20/11/2026 10:00' }, /day\/month\/year/],
    [{ timestamp_ms: undefined }, /timestamp is required/],
  ])('%j is told by its unit or form', (time, message) => {
    const payload = { ...ga4('flat'), ...time };
    expect(reasonOf('ga4', payload)).toBe('invalid');
    expect(messagesOf('ga4', payload)).toMatch(message);
  });
});
