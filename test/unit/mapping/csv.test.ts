import { describe, expect, it } from 'vitest';
import { contextAt, NOW_MS } from '../../support/events.js';
import { eventFrom, hashed, payloadOf, refusalFrom } from '../../support/source-payloads.js';

const records = () => Object.values(payloadOf('csv', 'offline-sales')) as Record<string, string>[];
const sale = (): Record<string, unknown> => ({ ...records()[0] });
const event = (record: unknown, context = contextAt()) => eventFrom('csv', record, context);
const refusal = (record: unknown, context = contextAt()) => refusalFrom('csv', record, context);

describe('mapping a record of CSV', () => {
  it('maps a purchase in a shop to the byte: OFFLINE unless it says else, empty cells absent', () => {
    expect(JSON.stringify(event(records()[0]))).toBe(
      JSON.stringify({
        name: 'store-purchase',
        eventType: 'OFF_AMAZON_PURCHASES',
        eventActionSource: 'OFFLINE',
        countryCode: 'IT',
        timestamp: '2026-11-19T16:45:00.000Z',
        clientDedupeId: 'MI-04-000912',
        value: 1249.9,
        currencyCode: 'EUR',
        unitsSold: 3,
        matchKeys: [
          hashed('EMAIL', 'niccolò.rossi@esempio.example'),
          hashed('PHONE', '+390286462112'),
          hashed('FIRST_NAME', 'niccolò'),
          hashed('LAST_NAME', 'd’angelo'),
          hashed('ADDRESS', 'via monte napoleone 8'),
          hashed('CITY', 'milano'),
          hashed('STATE', 'mi'),
          hashed('POSTAL', '20121'),
        ],
      }),
    );
  });

  it('maps a lead by telephone to the byte: Hebrew, consent, limited data use, a device id unhashed', () => {
    expect(JSON.stringify(event(records()[1]))).toBe(
      JSON.stringify({
        name: 'phone-lead',
        eventType: 'LEAD',
        eventActionSource: 'OFFLINE',
        countryCode: 'IL',
        timestamp: '2026-11-20T08:30:00.000Z',
        clientDedupeId: 'lead-77',
        consent: { amazonConsent: { amznAdStorage: 'DENIED', amznUserData: 'GRANTED' } },
        dataProcessingOptions: ['LIMITED_DATA_USE'],
        matchKeys: [
          hashed('PHONE', '+97236957261'),
          hashed('FIRST_NAME', 'שרה'),
          hashed('LAST_NAME', 'כהן'),
          { type: 'MAID', values: ['CDDA802E-FB9C-47AD-9866-0794D394C912'] },
        ],
      }),
    );
  });

  it('gives the same bytes for a file sent twice', () => {
    expect(JSON.stringify(event(sale(), contextAt(NOW_MS + 60_000)))).toBe(JSON.stringify(event(sale())));
  });

  it('takes the caller’s word for what a record leaves out', () => {
    const { eventType: _, eventActionSource: __, countryCode: ___, ...record } = sale();
    const context = contextAt(NOW_MS, {
      eventType: 'OFF_AMAZON_PURCHASES',
      eventActionSource: 'WEBSITE',
      defaultCountry: 'IT',
    });
    expect(event(record, context)).toMatchObject({
      eventType: 'OFF_AMAZON_PURCHASES',
      eventActionSource: 'WEBSITE',
      countryCode: 'IT',
    });
    expect(event({ ...sale(), eventActionSource: 'APP_IOS' }, context).eventActionSource).toBe('APP_IOS');
  });

  it('reads 0 as a value and an address that is hashed already as it is', () => {
    const { values } = hashed('EMAIL', 'a@b.example');
    const mapped = event({ ...sale(), value: '0', email: values[0]?.toUpperCase() });
    expect(mapped.value).toBe(0);
    expect(mapped.matchKeys[0]?.values).toEqual(values);
  });

  it.each([
    [{ tcf: 'CPXxRfAPXxRfA' }, { tcf: 'CPXxRfAPXxRfA' }],
    [{ gpp: 'DBABTA~1YNN' }, { gpp: 'DBABTA~1YNN' }],
    [{ amznUserData: 'DENIED' }, { amazonConsent: { amznUserData: 'DENIED' } }],
  ])('reads consent from %j, which EU accounts must send', (columns, consent) => {
    const context = contextAt(NOW_MS, { isConsentRequired: true });
    expect(event({ ...sale(), ...columns }, context).consent).toEqual(consent);
  });

  it('demands consent for EU accounts under the name of its column', () => {
    expect(refusal(sale(), contextAt(NOW_MS, { isConsentRequired: true })).issues).toMatchObject([
      { path: 'amznUserData' },
    ]);
  });

  it.each([
    ['name', ''],
    ['eventType', 'PURCHASE'],
    ['eventActionSource', 'SHOP'],
    ['countryCode', 'Italia'],
    ['timestamp', '19/11/2026 17:45'],
    ['timestamp', '2026-11-19 17:45:00'],
    ['clientDedupeId', ''],
    ['clientDedupeId', 'a@b.example'],
    ['value', '1.249,90'],
    ['currencyCode', '€'],
    ['unitsSold', '2.5'],
    ['unitsSold', 'three'],
    ['unitsSold', '0'],
    ['dataProcessingOptions', 'NONE'],
    ['amznAdStorage', 'GRANTED'],
    ['amznUserData', 'yes'],
    ['city', 'x'.repeat(1001)],
    ['postal', 20121],
  ])('refuses the column %s when it holds %j', (column, text) => {
    const { reason, issues } = refusal({ ...sale(), [column]: text });
    expect(reason).toBe('invalid');
    // amznAdStorage alone is not enough: Amazon demands amznUserData beside it.
    expect(issues.map(({ path }) => path)).toEqual([column === 'amznAdStorage' ? 'amznUserData' : column]);
  });

  it('refuses unknown columns, one fault a column, without naming what may be personal', () => {
    const { issues } = refusal({ ...sale(), emial: 'x', 'First Name': 'y', 'jane@example.com': '' });
    expect(issues.map(({ path }) => path)).toEqual(['emial', '(unnamed)', '(unnamed)']);
  });

  it('names every fault at once and no value', () => {
    const canary = 'jane.doe@example.com';
    const faulty = { ...sale(), value: canary, unitsSold: canary, timestamp: canary, countryCode: canary };
    const mapped = refusal(faulty);
    expect(mapped.issues.map(({ path }) => path).toSorted()).toEqual([
      'countryCode',
      'timestamp',
      'unitsSold',
      'value',
    ]);
    expect(JSON.stringify(mapped)).not.toContain(canary);
  });

  it('tells the first reason that applies, and every fault', () => {
    const mapped = refusal({ ...sale(), value: 'much', timestamp: '2020-01-01T00:00:00Z' });
    expect(mapped.reason).toBe('too_old');
    expect(mapped.issues.map(({ path }) => path)).toEqual(['timestamp', 'value']);
  });

  it('counts money that goes back for no purchase', () => {
    expect(refusal({ ...sale(), value: '-3' })).toMatchObject({
      reason: 'not_a_purchase',
      issues: [{ path: 'value' }],
    });
  });

  it('makes two match keys of two e-mail addresses in a cell', () => {
    const mapped = event({ ...sale(), email: 'a@b.example; c@d.example' });
    expect(mapped.matchKeys.slice(0, 2)).toEqual([hashed('EMAIL', 'a@b.example'), hashed('EMAIL', 'c@d.example')]);
  });

  it('refuses currency and units on a lead', () => {
    const { issues } = refusal({ ...sale(), eventType: 'LEAD' });
    expect(issues.map(({ path }) => path)).toEqual(['currencyCode', 'unitsSold']);
  });

  it('refuses a record without match keys', () => {
    const names = ['email', 'phone', 'first_name', 'last_name', 'address', 'city', 'state', 'postal'];
    const nobody = Object.fromEntries(names.map((name) => [name, ' ']));
    expect(refusal({ ...sale(), ...nobody })).toMatchObject({ reason: 'no_match_key', issues: [{ path: 'email' }] });
  });

  it.each([null, [], 'a,b'])('refuses %j, which is no record', (record) => {
    expect(refusal(record)).toMatchObject({ reason: 'invalid', issues: [{ path: '' }] });
  });

  it('takes a cell that is empty for no consent, and rejects one that is no text', () => {
    const cells = { amznAdStorage: '', amznUserData: '', tcf: ' ', gpp: '' };
    expect(event({ ...sale(), ...cells })).toMatchObject({ name: 'store-purchase' });
    expect(event({ ...sale(), ...cells })).not.toHaveProperty('consent');
    expect(refusal({ ...sale(), ...cells, tcf: true }).issues.map(({ path }) => path)).toEqual(['tcf']);
  });
});
