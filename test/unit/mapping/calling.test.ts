import { describe, expect, it } from 'vitest';
import { withCall } from '../../../src/mapping/context.js';
import { mapPayload } from '../../../src/mapping/source.js';
import { contextAt, conversionPayload, NOW_MS } from '../../support/events.js';
import { csv, digest, ga4, keysOf, mapFirst, order, reasonOf } from '../../support/field-payloads.js';

describe('what a call says of all its records', () => {
  const own = { amazonConsent: { amznUserData: 'DENIED' } } as const;
  const context = contextAt(NOW_MS, { defaultCountry: 'US', defaultConsent: own, eventType: 'OTHER' });

  it('leaves the account’s context as it is where it says nothing', () => {
    expect(withCall(context, {})).toBe(context);
  });

  it.each(['granted', 'denied'] as const)('stands before the settings: consent %s', (consent) => {
    const signal = consent.toUpperCase();
    expect(withCall(context, { consent })).toMatchObject({
      defaultConsent: { amazonConsent: { amznAdStorage: signal, amznUserData: signal } },
      defaultCountry: 'US',
      eventType: 'OTHER',
    });
  });

  it('says that a time may be taken from the clock, or says nothing of it', () => {
    expect(withCall(context, { receivedAt: 'now' })).toMatchObject({ isTimedOnReceipt: true, defaultConsent: own });
    expect(withCall(context, { consent: 'granted' }).isTimedOnReceipt).toBe(false);
  });

  it('keeps what it does not speak of', () => {
    expect(withCall(context, { defaultCountry: 'DE' })).toMatchObject({ defaultCountry: 'DE', defaultConsent: own });
    expect(withCall(context, { eventType: 'LEAD' })).toMatchObject({ eventType: 'LEAD', defaultCountry: 'US' });
  });
});

describe('telling many faults of one kind', () => {
  it('names ten places of a list, not all of them', () => {
    const email = Array.from({ length: 30 }, () => `${'x'.repeat(1_000)}@b.example`);
    const items = Array.from({ length: 30 }, () => ({ quantity: 'many' }));
    for (const payload of [ga4('flat', {}, { user_data: { email } }), ga4('flat', { items })]) {
      const mapped = mapFirst('ga4', payload);
      expect(mapped?.ok === false && mapped.issues).toHaveLength(10);
    }
  });
});

describe('explaining what is odd', () => {
  const explained = (source: 'ga4' | 'conversion', payload: unknown) => {
    const mapped = mapFirst(source, payload, { isExplained: true });
    return (mapped?.ok && mapped.explanation) || [];
  };

  it('says of match keys past the fifteenth that Amazon takes no more, and of hashed ones their digest', () => {
    const email = Array.from({ length: 20 }, (_, number) => `jane${number}@example.com`);
    const rows = explained('ga4', ga4('flat', {}, { user_data: { email } })).filter(({ matchKey }) => matchKey);
    expect(rows.filter(({ matchKey }) => matchKey?.outcome === 'sent')).toHaveLength(15);
    expect(rows.at(-1)).toMatchObject({
      field: 'matchKeys',
      rule: expect.stringContaining('Amazon takes 15') as string,
    });
  });

  it('masks an IP address that is kept', () => {
    const payload = conversionPayload({ consent: { geo: { ipAddress: '203.0.113.7' } } });
    const mapped = mapFirst('conversion', payload, { isExplained: true, isIpAddressKept: true });
    const rows = (mapped?.ok && mapped.explanation) || [];
    expect(rows.find(({ field }) => field === 'consent.geo.ipAddress')?.value).toBe('2***');
  });

  it('gives no row to what is there without a value', () => {
    const rows = explained('conversion', conversionPayload({ consent: { gpp: 'DBABTA~1YNN', tcf: undefined } }));
    expect(rows.map(({ field }) => field)).not.toContain('consent.tcf');
  });
});

describe('a Measurement Protocol event', () => {
  it('may have a customer of its own', () => {
    const shared = ga4('Measurement Protocol');
    const own = { user_data: { email: 'joe@example.com' }, transaction_id: 'T-2' };
    const results = mapPayload('ga4', { ...shared, events: [{ name: 'purchase', params: own }] }, contextAt());
    expect(results[0]).toMatchObject({
      ok: true,
      event: { matchKeys: [{ type: 'EMAIL', values: [digest('joe@example.com')] }] },
    });
  });
});

describe('phones that only look like others', () => {
  it.each([
    ['393331234567', 'IT', ['+393331234567']],
    ['call me', 'MX', []],
    ['+52 123', 'US', []],
  ])('%s of %s is %j', (phone, country, numbers) => {
    const payload = order({ country, customer: { email: 'a@b.example', phone } });
    expect(keysOf('order', payload, 'PHONE')).toEqual(numbers.map(digest));
  });
});

describe('a row of a file', () => {
  it('may leave out what the call says', () => {
    expect(reasonOf('csv', csv({ eventType: '' }))).toBe('invalid');
    expect(reasonOf('csv', csv({ eventType: '' }), { eventType: 'OFF_AMAZON_PURCHASES' })).toBe('accepted');
  });
});
