import { describe, expect, it } from 'vitest';
import { mapPayload, type Source } from '../../../src/mapping/source.js';
import { contextAt } from '../../support/events.js';

const context = contextAt(Date.parse('2026-11-27T12:00:00Z'));

describe('mapping an object that holds the records', () => {
  it.each<[Source, object, string]>([
    ['shopify', { orders: [{ id: 1 }] }, 'orders'],
    ['shopify', { order: { id: 1 } }, 'order'],
    ['shopify', { data: { orders: { edges: [] } } }, 'data'],
    ['woocommerce', { orders: [] }, 'orders'],
    ['order', { orders: [{ id: '1' }] }, 'orders'],
    ['stripe', { object: 'list', data: [{ id: 'evt_1' }] }, 'data'],
    ['conversion', { eventData: [{}] }, 'eventData'],
    ['csv', { rows: [] }, 'rows'],
    ['ga4', { data: [{ event: 'purchase' }] }, 'data'],
  ])('refuses of %s %j with one message that names the wrapper', (source, payload, path) => {
    const [refusal, ...others] = mapPayload(source, payload, context);
    expect(others).toEqual([]);
    expect(refusal).toMatchObject({ ok: false, reason: 'invalid', issues: [{ path }] });
    expect(refusal?.ok === false && refusal.issues).toHaveLength(1);
    expect(JSON.stringify(refusal)).toContain('not what is around it');
  });

  it.each<[Source, object]>([
    ['stripe', { id: 'evt_1', data: { object: { id: 'cs_1' } } }],
    ['order', { id: '1', orders: [] }],
    ['shopify', { email: 'jane@example.com' }],
    ['conversion', { orders: 3 }],
  ])('tells the fields of %s %j', (source, payload) => {
    expect(JSON.stringify(mapPayload(source, payload, context))).not.toContain('what is around it');
  });
});
