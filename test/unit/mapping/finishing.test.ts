import { describe, expect, it } from 'vitest';
import { deriveDedupeId, deriveDedupeIdFromContent, isOfNoType } from '../../../src/mapping/dedupe-id.js';
import type { Mapped } from '../../../src/mapping/refusal.js';
import { mapPayload } from '../../../src/mapping/source.js';
import { checkConversion } from '../../../src/mapping/sources/conversion.js';
import { contextAt, conversionPayload, orderOf } from '../../support/events.js';
import { payloadOf } from '../../support/source-payloads.js';

describe('finishing an event', () => {
  it('names a fault by the caller’s own word for the field, whatever lies below it', () => {
    const pathsOf = (mapped: Mapped) => (mapped.ok ? [] : mapped.issues.map(({ path }) => path));
    expect(pathsOf(checkConversion(conversionPayload({ consent: { tcf: 7 } }), contextAt()))).toEqual(['consent.tcf']);
    const [order] = mapPayload('order', orderOf({ consent: { geo: { ipAddress: 'x' } } }), contextAt(Date.now()));
    expect(order && pathsOf(order)).toEqual(['consent.geo.ipAddress']);
    const [row] = mapPayload(
      'csv',
      { ...(payloadOf('csv', 'offline-sales')[0] as object), gpp: 'x'.repeat(10_001) },
      contextAt(),
    );
    expect(row && pathsOf(row)).toEqual(['gpp']);
  });

  it.each(['a\u0000b', 'a\ud800', '\udfffb'])('refuses an id that no bytes stand for: %j', (clientDedupeId) => {
    const mapped = checkConversion(conversionPayload({ clientDedupeId }), contextAt());
    expect(mapped).toMatchObject({ ok: false, issues: [{ path: 'clientDedupeId' }] });
  });

  it('says which event was refused, unless its id is at fault', () => {
    const tooOld = { timestamp: '2026-11-13T11:59:59Z' };
    const refused = (overrides: object) => checkConversion(conversionPayload({ ...tooOld, ...overrides }), contextAt());
    const eventType = 'LEAD';
    expect(refused({ clientDedupeId: 'lead-7', eventType })).toMatchObject({ clientDedupeId: 'lead-7', eventType });
    expect(refused({ clientDedupeId: 'jane@example.com' })).not.toHaveProperty('clientDedupeId', expect.anything());
    const [order] = mapPayload('order', orderOf({ total: 'x' }), contextAt(Date.now()));
    expect(order).toMatchObject({ ok: false, clientDedupeId: expect.stringMatching(/^order:OFF_AMAZON_PURCHASES:/) });
  });

  it('takes an id of characters that take two halves each', () => {
    expect(checkConversion(conversionPayload({ clientDedupeId: '注文-🛒' }), contextAt()).ok).toBe(true);
  });

  it('sells nothing where all quantities are 0', () => {
    const [mapped] = mapPayload('order', orderOf({ items: [{ quantity: 0 }] }), contextAt(Date.now()));
    expect(mapped).toMatchObject({ ok: true, event: { value: 5 } });
    expect(mapped).not.toHaveProperty('event.unitsSold');
  });

  it('reads an event of the Measurement Protocol that has no params', () => {
    const body = { user_data: { email: 'a@b.example' }, country_code: 'US', timestamp_ms: Date.now() };
    const [mapped] = mapPayload('ga4', { ...body, events: [{ name: 'generate_lead' }] }, contextAt(Date.now()));
    expect(mapped).toMatchObject({ ok: true, event: { eventType: 'LEAD' } });
  });
});

describe('judging an event', () => {
  const leastFaults = (overrides: object, context = contextAt()) => {
    const mapped = checkConversion(conversionPayload(overrides), context);
    if (mapped.ok) throw new Error('it was accepted');
    return { reason: mapped.reason, issues: mapped.issues };
  };

  it.each<[object, Parameters<typeof contextAt>[1], string, string, string]>([
    [{ timestamp: '2026-11-13T11:59:59Z' }, {}, 'too_old', 'timestamp', 'is more than 168 hours ago'],
    [{ timestamp: '2026-11-20T12:10:01Z' }, {}, 'in_future', 'timestamp', 'is more than 10 minutes ahead of now'],
    [
      {},
      { isConsentRequired: true },
      'consent_missing',
      'consent',
      'holds no consent signal, which accounts in the EU need',
    ],
    [{ name: 'refund' }, {}, 'not_a_purchase', 'name', 'says that money went back to the customer'],
    [
      { matchKeys: [{ type: 'PHONE', values: ['n/a'] }] },
      {},
      'no_match_key',
      'matchKeys',
      'holds no usable e-mail address, phone number or name',
    ],
    [
      { matchKeys: [{ type: 'EMAIL', values: ['x@marketplace.amazon.de'] }] },
      {},
      'not_a_purchase',
      'matchKeys[0].values[0]',
      'is an address of Amazon’s marketplace: the sale was on Amazon',
    ],
  ])('rejects %j with its reason and path', (...[overrides, context, reason, path, message]) => {
    const found = leastFaults(overrides, contextAt(undefined, context));
    expect(found).toEqual({ reason, issues: [{ path, message }] });
  });
});

it('knows a derived id without a type by its beginning alone', () => {
  expect(['order:undefined:1', 'ga4:undefined:x'].map(isOfNoType)).toEqual([true, true]);
  expect(['My-order:undefined:1', 'order:LEAD:1', 'undefined:1'].map(isOfNoType)).toEqual([false, false, false]);
});

describe('deriving an id from the content', () => {
  const idOf = (payload: unknown) => deriveDedupeIdFromContent('ga4', 'LEAD', payload);

  it('is the same whatever the order of the fields, and another for other content', () => {
    expect(idOf({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(idOf({ b: [{ d: 3, c: 2 }], a: 1 }));
    expect(idOf({ a: [1, 2] })).not.toBe(idOf({ a: [2, 1] }));
    expect(idOf({ a: undefined })).toBe(idOf({ a: null }));
  });

  it.each([
    [{ a: [1, 23] }, { a: [12, 3] }],
    [{ a: 1, b: 2 }, { a: [1, 2] }],
    [{ a: { b: 1 } }, { a: 1, b: {} }],
    [{ ab: 1 }, { a: 'b1' }],
  ])('tells %j from %j', (left, right) => {
    expect(idOf(left)).not.toBe(idOf(right));
  });

  // An upgrade that made other ids would count conversions twice: each stands in a window, and at Amazon.
  it.each([
    [{ a: [1, 23] }, 'ga4:LEAD:fa30aeb508e33412b735aaf35e01a886'],
    [{ b: 'x', a: { d: null, c: [true, 'é'] } }, 'ga4:LEAD:86ca3621b01ffa0846afd9fdc346e9cb'],
    [{}, 'ga4:LEAD:44136fa355b3678a1146ad16f7e8649e'],
  ])('makes of %j the id that it has always made', (payload, id) => {
    expect(idOf(payload)).toBe(id);
  });

  it('names an order by its id where that is plain text, else by its digest', () => {
    expect(deriveDedupeId('order', 'LEAD', 'A-1.2:#x')).toBe('order:LEAD:A-1.2:#x');
    expect(deriveDedupeId('order', 'LEAD', 'a b')).toBe('order:LEAD:c8687a08aa5d6ed2044328fa6a697ab8');
    expect(deriveDedupeId('order', 'LEAD', 'i'.repeat(128))).toBe(`order:LEAD:${'i'.repeat(128)}`);
    expect(deriveDedupeId('order', 'LEAD', 'i'.repeat(129))).toMatch(/^order:LEAD:[0-9a-f]{32}$/);
  });
});

it('a refused event whose type is not known has no derived id', () => {
  const order = { ...orderOf({ id: 'o3' }), type: 'BUY' };
  expect(mapPayload('order', order, contextAt())).toMatchObject([{ ok: false, clientDedupeId: undefined }]);
  const hit = { event_name: 'unknown_event', client_id: '1.1', transaction_id: 'T9', event_id: 'T9' };
  for (const refused of mapPayload('ga4', hit, contextAt())) {
    expect(refused).toMatchObject({ ok: false, clientDedupeId: undefined });
  }
});

it('a customer without a consent signal is told by country', () => {
  const required = contextAt(undefined, { isConsentRequiredByCountry: true });
  expect(checkConversion(conversionPayload({ countryCode: 'DE' }), required)).toMatchObject({
    reason: 'consent_missing',
    issues: [{ path: 'consent', message: 'holds no consent signal, which customers in DE need' }],
  });
});
