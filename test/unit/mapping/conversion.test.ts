import { describe, expect, it } from 'vitest';
import { mapPayload } from '../../../src/mapping/source.js';
import { contextAt, conversionPayload, EMAIL_DIGEST, NOW_MS } from '../../support/events.js';

const map = (payload: unknown, context = contextAt()) => mapPayload('conversion', payload, context)[0];

function issuesOf(payload: unknown, context = contextAt()) {
  const mapped = map(payload, context);
  if (!mapped || mapped.ok) throw new Error('the payload was accepted');
  return mapped;
}

describe('mapping a conversion', () => {
  it('hashes its match keys and leaves the rest as it is', () => {
    expect(map(conversionPayload())).toEqual({
      ok: true,
      event: {
        name: 'purchase',
        eventType: 'OFF_AMAZON_PURCHASES',
        eventActionSource: 'WEBSITE',
        countryCode: 'US',
        timestamp: '2026-11-20T10:00:00.000Z',
        clientDedupeId: 'order-1',
        value: 129.9,
        currencyCode: 'USD',
        unitsSold: 2,
        matchKeys: [{ type: 'EMAIL', values: [EMAIL_DIGEST] }],
      },
    });
  });

  it('reads a locale as its country and an offset as UTC', () => {
    const mapped = map(conversionPayload({ countryCode: 'en-us', timestamp: '2026-11-20T11:00:00+02:00' }));
    expect(mapped).toMatchObject({ ok: true, event: { countryCode: 'US', timestamp: '2026-11-20T09:00:00.000Z' } });
  });

  it('takes the default country where the payload names none', () => {
    const { countryCode: _, ...payload } = conversionPayload();
    expect(map(payload, contextAt(NOW_MS, { defaultCountry: 'FR' }))).toMatchObject({
      ok: true,
      event: { countryCode: 'FR' },
    });
  });

  it('keeps consent, data processing options and custom attributes', () => {
    const extras = {
      consent: { amazonConsent: { amznUserData: 'GRANTED' }, tcf: 'CPcanaryString' },
      dataProcessingOptions: ['LIMITED_DATA_USE'],
      customAttributes: [{ name: 'brand', value: 'Acme_1' }],
    };
    expect(map(conversionPayload(extras))).toMatchObject({ ok: true, event: extras });
  });

  it('leaves out a match key of which nothing is left, and keeps the others once each', () => {
    const matchKeys = [
      { type: 'PHONE', values: ['n/a'] },
      { type: 'EMAIL', values: ['test.user@example.com'] },
      { type: 'EMAIL', values: ['TEST.USER@example.com '] },
    ];
    expect(map(conversionPayload({ matchKeys }))).toMatchObject({
      ok: true,
      event: { matchKeys: [{ type: 'EMAIL', values: [EMAIL_DIGEST] }] },
    });
  });

  it.each([
    ['countryCode', { countryCode: 'Wonderland' }, 'countryCode'],
    ['a missing country', { countryCode: undefined }, 'countryCode'],
    ['a time without a zone', { timestamp: '2026-11-20T10:00:00' }, 'timestamp'],
    ['a type that Amazon does not know', { eventType: 'BUY' }, 'eventType'],
    ['an action source that Amazon does not know', { eventActionSource: 'TV' }, 'eventActionSource'],
    ['three decimals', { value: 1.234 }, 'value'],
    ['a value as text', { value: '12' }, 'value'],
    ['a currency that is none', { currencyCode: 'quid' }, 'currencyCode'],
    ['half a unit', { unitsSold: 0.5 }, 'unitsSold'],
    ['a name with forbidden characters', { name: 'buy <now>' }, 'name'],
    ['a name of 257 characters', { name: 'n'.repeat(257) }, 'name'],
    ['an empty name', { name: '  ' }, 'name'],
    ['an id that is an e-mail address', { clientDedupeId: 'a@b.example' }, 'clientDedupeId'],
    ['an id with a line break', { clientDedupeId: 'a\nb' }, 'clientDedupeId'],
    ['an unknown field', { orderTotal: 3 }, 'orderTotal'],
    ['an unknown match key', { matchKeys: [{ type: 'NICKNAME', values: ['x'] }] }, 'matchKeys[0].type'],
    [
      'two values in a match key',
      { matchKeys: [{ type: 'EMAIL', values: ['a@b.c', 'd@e.f'] }] },
      'matchKeys[0].values',
    ],
    ['no value in a match key', { matchKeys: [{ type: 'EMAIL', values: [] }] }, 'matchKeys[0].values'],
    ['consent without any signal', { consent: {} }, 'consent'],
    ['consent whose signal is undefined', { consent: { tcf: undefined } }, 'consent'],
    [
      'consent without amznUserData',
      { consent: { amazonConsent: { amznAdStorage: 'GRANTED' } } },
      'consent.amazonConsent.amznUserData',
    ],
    ['an attribute with a space', { customAttributes: [{ name: 'a', value: 'b c' }] }, 'customAttributes[0].value'],
    [
      '14 attributes',
      { customAttributes: Array.from({ length: 14 }, (_, n) => ({ name: `a${n}`, value: 'b' })) },
      'customAttributes',
    ],
    ['an unknown processing option', { dataProcessingOptions: ['NONE'] }, 'dataProcessingOptions[0]'],
  ])('refuses %s and names the path', (_what, overrides, path) => {
    const refusal = issuesOf(conversionPayload(overrides));
    expect(refusal.reason).toBe('invalid');
    expect(refusal.issues.map((issue) => issue.path)).toEqual([path]);
    expect(refusal.issues[0]?.message).not.toBe('');
  });

  it.each([
    ['a purchase below zero', { value: -1 }, 'not_a_purchase', 'value', 'is below 0'],
    ['a purchase that is named a refund', { name: 'order refunded' }, 'not_a_purchase', 'name', 'went back'],
    ['a currency of no country', { currencyCode: 'BTC' }, 'unsupported', 'currencyCode', 'no currency of ISO 4217'],
    ['a country that has no code', { countryCode: 'XK' }, 'unsupported', 'countryCode', 'to no country'],
    ['an id in scientific notation', { clientDedupeId: '6.50441E+12' }, 'invalid', 'clientDedupeId', 'rounded it'],
    ['an id that is not there', { clientDedupeId: '(not set)' }, 'invalid', 'clientDedupeId', 'a missing value'],
  ])('refuses %s, and says so', (...[, overrides, reason, path, words]) => {
    const message = expect.stringContaining(words) as string;
    expect(issuesOf(conversionPayload(overrides))).toMatchObject({ reason, issues: [{ path, message }] });
  });

  it('names every fault at once', () => {
    const { issues } = issuesOf(conversionPayload({ countryCode: 'X', value: 0.001, extra: 1 }));
    expect(issues.map(({ path }) => path).toSorted()).toEqual(['countryCode', 'extra', 'value']);
  });

  it('refuses currency and units on anything but a purchase', () => {
    const { issues } = issuesOf(conversionPayload({ eventType: 'LEAD' }));
    const message = 'belongs to OFF_AMAZON_PURCHASES only';
    expect(issues).toEqual([
      { path: 'currencyCode', message },
      { path: 'unitsSold', message },
    ]);
  });

  it('refuses an event without remaining match keys', () => {
    const refusal = issuesOf(conversionPayload({ matchKeys: [{ type: 'PHONE', values: ['-'] }] }));
    expect(refusal).toMatchObject({ reason: 'no_match_key', issues: [{ path: 'matchKeys' }] });
  });

  it('refuses 16 match keys, for Amazon takes 15', () => {
    const matchKeys = Array.from({ length: 16 }, (_, n) => ({ type: 'EMAIL', values: [`a${n}@b.example`] }));
    expect(issuesOf(conversionPayload({ matchKeys })).issues[0]?.message).toContain('at most 15');
  });

  it.each([
    [168 * 3_600_000, true],
    [168 * 3_600_000 + 1, false],
  ])('judges an age of %i ms against 168 hours: accepted is %s', (ageMs, isAccepted) => {
    expect(map(conversionPayload({ timestamp: new Date(NOW_MS - ageMs).toISOString() }))?.ok).toBe(isAccepted);
  });

  it.each([
    [600_000, true],
    [600_001, false],
  ])('judges %i ms ahead of the clock: accepted is %s', (aheadMs, isAccepted) => {
    expect(map(conversionPayload({ timestamp: new Date(NOW_MS + aheadMs).toISOString() }))?.ok).toBe(isAccepted);
  });

  it('demands consent for EU accounts', () => {
    const context = contextAt(NOW_MS, { isConsentRequired: true });
    expect(issuesOf(conversionPayload(), context).issues[0]?.path).toBe('consent');
    expect(map(conversionPayload({ consent: { tcf: 'CPXxRfAPXxRfA' } }), context)?.ok).toBe(true);
  });

  it('takes the caller’s word on consent where the payload has none of its own', () => {
    const context = contextAt(NOW_MS, { isConsentRequired: true, defaultConsent: { tcf: 'CPCALLXxRfAPXxRfA' } });
    expect(map(conversionPayload(), context)).toMatchObject({
      ok: true,
      event: { consent: { tcf: 'CPCALLXxRfAPXxRfA' } },
    });
    const own = { gpp: 'DBABTA~1YYN' };
    expect(map(conversionPayload({ consent: own }), context)).toMatchObject({ ok: true, event: { consent: own } });
  });

  it.each([null, 3, 'text', []])('refuses %j, which is no object', (payload) => {
    expect(issuesOf(payload).reason).toBe('invalid');
  });

  it('says no value and no name that could be personal', () => {
    const canary = 'jane.doe@example.com';
    const refusal = issuesOf(
      conversionPayload({ [canary]: 1, countryCode: canary, value: canary, name: `<${canary}>`, matchKeys: [canary] }),
    );
    expect(JSON.stringify(refusal)).not.toContain(canary);
  });
});
