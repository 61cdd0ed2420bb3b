import { describe, expect, it } from 'vitest';
import { deriveDedupeIdFromContent } from '../../../src/mapping/dedupe-id.js';
import { finishEvent } from '../../../src/mapping/finish-event.js';
import { mapPayload } from '../../../src/mapping/source.js';
import { contextAt, conversionPayload, orderOf } from '../../support/events.js';

describe('finishing an event', () => {
  it('names a fault by the caller’s own word for the field, whatever lies below it', () => {
    const draft = conversionPayload({ consent: { tcf: 7 } });
    const issuesBy = (names: Record<string, string>) => {
      const mapped = finishEvent(draft, contextAt(), () => names);
      return mapped.ok ? [] : mapped.issues.map(({ path }) => path);
    };
    expect(issuesBy({})).toEqual(['consent.tcf']);
    expect(issuesBy({ consent: 'agreement' })).toEqual(['agreement.tcf']);
  });

  it.each(['a\u0000b', 'a\ud800', '\udfffb'])('refuses an id that no bytes stand for: %j', (clientDedupeId) => {
    const mapped = finishEvent(conversionPayload({ clientDedupeId }), contextAt());
    expect(mapped).toMatchObject({ ok: false, issues: [{ path: 'clientDedupeId' }] });
  });

  it('takes an id of characters that take two halves each', () => {
    expect(finishEvent(conversionPayload({ clientDedupeId: '注文-🛒' }), contextAt()).ok).toBe(true);
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
