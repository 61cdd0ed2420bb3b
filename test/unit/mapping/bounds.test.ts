import { describe, expect, it } from 'vitest';
import { countEvents } from '../../../src/mapping/bounds.js';
import { mapPayload, SOURCES } from '../../../src/mapping/source.js';
import { mapRecord } from '../../../src/producer/records.js';
import { contextAt } from '../../support/events.js';

const context = contextAt(Date.parse('2026-11-20T10:00:00Z'));

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

const fieldsOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, 1]));

describe('bounding payloads', () => {
  it.each(SOURCES)('a payload of %s nested 5,000 deep is refused, as is one with 5,000 fields', (source) => {
    for (const payload of [{ a: nested(5_000) }, nested(5_000), { events: [{ params: nested(5_000) }] }]) {
      expect(mapPayload(source, payload, context)).toMatchObject([{ ok: false, reason: 'too_large' }]);
    }
    for (const payload of [fieldsOf(5_000), { user_data: fieldsOf(5_000) }, { events: [fieldsOf(5_000)] }]) {
      expect(mapPayload(source, payload, context)).toMatchObject([{ ok: false, reason: 'too_large' }]);
    }
    expect(mapPayload(source, { items: Array.from({ length: 10_001 }, () => ({})) }, context)).toMatchObject([
      { reason: 'too_large' },
    ]);
  });

  it('half a million unknown columns are one fault', () => {
    expect(mapPayload('csv', fieldsOf(500_000), context)).toMatchObject([
      { reason: 'too_large', issues: [{ path: '' }] },
    ]);
  });

  // Each at its bound, and one beyond; what is within is refused for its fields.
  it.each<[object, object, string]>([
    [{ a: nested(62) }, { a: nested(64) }, 'is nested more than 64 deep'],
    [
      { a: Array.from({ length: 10_000 }) },
      { a: Array.from({ length: 10_001 }) },
      'has more than 10000 entries in one list',
    ],
    [fieldsOf(1_000), fieldsOf(1_001), 'has more than 1000 fields in one object'],
    [{ a: [fieldsOf(1_000)] }, { a: [fieldsOf(1_001)] }, 'has more than 1000 fields in one object'],
  ])('%#: %s, and says so', (taken, tooMuch, message) => {
    expect(mapPayload('shopify', tooMuch, context)).toMatchObject([
      { reason: 'too_large', issues: [{ path: '', message }] },
    ]);
    expect(mapPayload('shopify', taken, context)).toMatchObject([{ reason: 'no_match_key' }]);
  });

  it('the fields beside the events of a body: 100 are taken, and the events are counted in ga4 alone', () => {
    const events = [{ name: 'sign_up' }];
    const beside = 'has more than 100 fields beside its events';
    expect(mapPayload('ga4', { events, ...fieldsOf(100) }, context)).toMatchObject([{ issues: [{ message: beside }] }]);
    expect(mapPayload('ga4', { events, ...fieldsOf(99) }, context)).toMatchObject([{ reason: 'no_match_key' }]);
    expect(mapPayload('ga4', fieldsOf(200), context)).not.toMatchObject([{ reason: 'too_large' }]);
    expect(mapPayload('shopify', { events, ...fieldsOf(200) }, context)).toMatchObject([{ reason: 'invalid' }]);
    const many = (length: number) => mapPayload('ga4', { events: Array.from({ length }, () => 0) }, context);
    expect(many(10_001)).toMatchObject([{ issues: [{ message: 'are more than 10000: send several bodies' }] }]);
    expect(many(10_000)).toHaveLength(10_000);
  });

  it('a payload within the bounds is left to its mapper', () => {
    const [mapped] = mapPayload('shopify', { note: nested(60), ...fieldsOf(900) }, context);
    expect(mapped).toMatchObject({ ok: false, reason: 'no_match_key' });
  });

  it('takes a hundred match keys, and refuses more at once', () => {
    const keys = (count: number) => ({
      matchKeys: Array.from({ length: count }, () => ({ type: 'EMAIL', values: ['a@example.com'] })),
    });
    expect(mapPayload('conversion', keys(101), context)).toMatchObject([
      { reason: 'invalid', issues: [{ path: 'matchKeys', message: 'are more than 100' }] },
    ]);
    expect(mapPayload('conversion', keys(100), context)).not.toMatchObject([{ issues: [{ path: 'matchKeys' }] }]);
  });

  it('refuses an order for its first item that is none, not once for each', () => {
    expect(mapPayload('order', { items: [{}, 1, 1, null] }, context)).toMatchObject([
      { reason: 'invalid', issues: [{ path: 'items[1]', message: 'must be an object' }] },
    ]);
    expect(mapPayload('order', { items: [null] }, context)).toMatchObject([{ issues: [{ path: 'items[0]' }] }]);
    const [other] = mapPayload('shopify', { items: [1] }, context);
    expect(other).not.toMatchObject({ issues: [{ path: 'items[0]' }] });
  });

  it('bounds the events of a body, and the fields beside them', () => {
    expect(mapPayload('ga4', { events: Array.from({ length: 10_001 }, () => ({})) }, context)).toMatchObject([
      { reason: 'too_large', issues: [{ path: 'events' }] },
    ]);
    expect(mapPayload('ga4', { events: [{}], ...fieldsOf(100) }, context)).toMatchObject([
      { reason: 'too_large', issues: [{ path: '' }] },
    ]);
  });

  it('counts the events of a body, and one for any other payload', () => {
    expect(countEvents('ga4', { events: [1, 2, 3] })).toBe(3);
    expect(countEvents('ga4', { events: [] })).toBe(1);
    expect(countEvents('ga4', { events: 'x' })).toBe(1);
    expect(countEvents('ga4', null)).toBe(1);
    expect(countEvents('order', { events: [1, 2, 3] })).toBe(1);
  });

  it('lists a hundred faults of a record and says how many more there are', () => {
    const { issues, refusals } = mapRecord('csv', fieldsOf(500), context);
    expect(issues).toHaveLength(101);
    // The columns, and the fields that the record lacks.
    expect(issues.at(-1)).toEqual({ path: '', message: 'has 406 more faults' });
    expect(refusals).toMatchObject([{ reason: 'no_match_key' }]);
  });

  it('a mapper that fails costs its record alone', () => {
    const trap = {
      get id() {
        throw new Error('jane@example.com');
      },
    };
    expect(mapRecord('shopify', trap, context)).toMatchObject({ refusals: [{ reason: 'invalid' }] });
    expect(JSON.stringify(mapRecord('shopify', trap, context))).not.toContain('jane');
  });
});
