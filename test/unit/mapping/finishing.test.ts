import { describe, expect, it } from 'vitest';
import { deriveDedupeIdFromContent } from '../../../src/mapping/dedupe-id.js';
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

  it('takes an id of characters that take two halves each', () => {
    expect(checkConversion(conversionPayload({ clientDedupeId: '注文-🛒' }), contextAt()).ok).toBe(true);
  });

  it('sells nothing where all quantities are 0', () => {
    const [mapped] = mapPayload('order', orderOf({ items: [{ quantity: 0 }] }), contextAt(Date.now()));
    expect(mapped?.ok && mapped.event).not.toHaveProperty('unitsSold');
  });

  it('reads an event of the Measurement Protocol that has no params', () => {
    const body = { user_data: { email: 'a@b.example' }, country_code: 'US', timestamp_ms: Date.now() };
    const [mapped] = mapPayload('ga4', { ...body, events: [{ name: 'generate_lead' }] }, contextAt(Date.now()));
    expect(mapped).toMatchObject({ ok: true, event: { eventType: 'LEAD' } });
  });
});

describe('deriving an id from the content', () => {
  const idOf = (payload: unknown) => deriveDedupeIdFromContent('ga4', 'LEAD', payload);

  it('is the same whatever the order of the fields, and another for other content', () => {
    expect(idOf({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(idOf({ b: [{ d: 3, c: 2 }], a: 1 }));
    expect(idOf({ a: [1, 2] })).not.toBe(idOf({ a: [2, 1] }));
    expect(idOf({ a: undefined })).toBe(idOf({ a: null }));
  });
});
