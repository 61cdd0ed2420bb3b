import { describe, expect, it } from 'vitest';
import type { MappingContext } from '../../../src/mapping/context.js';
import type { ConversionEvent } from '../../../src/mapping/event.js';
import type { Explanation } from '../../../src/mapping/explanation.js';
import { mapPayload, SOURCES, type Source } from '../../../src/mapping/source.js';
import { contextAt, conversionPayload, NOW_MS } from '../../support/events.js';
import { payloadOf } from '../../support/source-payloads.js';

type Json = Record<string, unknown>;

const csv = (index: number) => (Object.values(payloadOf('csv', 'offline-sales')) as Json[])[index] ?? {};
const order: Json = {
  id: 1001,
  createdAt: '2026-11-20T10:00:00+01:00',
  type: 'purchase',
  total: '129.90',
  currency: 'gbp',
  country: 'GB',
  channel: 'web',
  items: [{ sku: 'A', quantity: 2 }],
  customer: { email: 'test.user@example.com', phone: '020 7183 8750', firstName: 'Anna', city: 'London' },
  consent: { amazonConsent: { amznUserData: 'GRANTED' }, geo: { ipAddress: '203.0.113.7' } },
};
const ga4: Json = {
  event_name: 'purchase',
  timestamp_ms: NOW_MS - 60_000,
  'x-ga-gcs': 'G111',
  consent_state: { ad_user_data: 'denied' },
  ecommerce: {
    transaction_id: 'T-1',
    value: 59.98,
    currency: 'EUR',
    items: [{ item_id: 'SKU 1', item_brand: 'Möbel & Co', quantity: 2 }],
  },
  user_data: {
    email_address: ['test.user@example.com', 'other@example.com'],
    sha256_phone_number: 'AB'.repeat(32),
    address: [{ first_name: 'Anna', street: 'Weg 1', country: 'DE', postal_code: '10115' }],
  },
};
const measurement: Json = {
  timestamp_micros: (NOW_MS - 60_000) * 1000,
  user_data: { email: 'test.user@example.com', address: { country: 'FR', city: 'Paris' } },
  events: [
    { name: 'purchase', params: { event_id: 'e1', value: 5, currency: 'EUR', items: [{ quantity: 1, item_id: 'a' }] } },
    { name: 'page_view', timestamp_micros: (NOW_MS - 50_000) * 1000, params: { country_code: 'fr-BE' } },
  ],
};
const conversion = conversionPayload({
  consent: { tcf: 'CPcanaryConsentString', gpp: 'DBABMA~1YNN' },
  customAttributes: [{ name: 'brand', value: 'x' }],
  dataProcessingOptions: ['LIMITED_DATA_USE'],
  matchKeys: [
    { type: 'EMAIL', values: ['Test.User@Example.COM'] },
    { type: 'PHONE', values: ['(415) 555-2671'] },
    { type: 'EMAIL', values: ['a97d7a4513204a9cc7cb2f11d72d41a59b18d1ba633d22e58d53c625518f5203'] },
    { type: 'PHONE', values: ['n/a'] },
    { type: 'MAID', values: ['CDDA802E-FB9C-47AD-9866-0794D394C912'] },
  ],
});

const CASES: readonly (readonly [Source, string, Json])[] = [
  ['conversion', 'all fields', conversion],
  ['ga4', 'flat', ga4],
  ['ga4', 'Measurement Protocol', measurement],
  ['order', 'purchase', order],
  ['order', 'untyped', Object.fromEntries(Object.entries(order).filter(([field]) => field !== 'type'))],
  ['shopify', 'guest', payloadOf('shopify', 'de-guest-paid')],
  ['shopify', 'app', payloadOf('shopify', 'jp-app')],
  ['shopify', 'till', payloadOf('shopify', 'us-pos')],
  ['woocommerce', 'created', payloadOf('woocommerce', 'fr-created')],
  ['woocommerce', 'till', payloadOf('woocommerce', 'kw-pos')],
  ['stripe', 'dollars', payloadOf('stripe', 'us-paid')],
  ['stripe', 'yen', payloadOf('stripe', 'jp-paid')],
  ['csv', 'sale', csv(0)],
  ['csv', 'lead', csv(1)],
];

interface Explained {
  readonly event: ConversionEvent;
  readonly explanation: Explanation;
}

function explainAll(source: Source, payload: unknown, overrides: Partial<MappingContext> = {}): Explained[] {
  return mapPayload(source, payload, contextAt(NOW_MS, { isExplained: true, ...overrides })).flatMap((mapped) =>
    mapped.ok ? [{ event: mapped.event, explanation: mapped.explanation ?? [] }] : [],
  );
}

/** Every place of a value that is no object or list, as `a.b[0].c`. */
function leavesOf(value: unknown, path = ''): [path: string, value: unknown][] {
  if (Array.isArray(value)) return value.flatMap((entry, index) => leavesOf(entry, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [[path, value]];
  return Object.entries(value).flatMap(([name, entry]) => leavesOf(entry, path === '' ? name : `${path}.${name}`));
}

const leafAt = (value: unknown, path: string) => leavesOf(value).find(([leaf]) => leaf === path)?.[1];

function withLeaf(payload: Json, path: string, value: unknown): Json {
  const copy = structuredClone(payload);
  const parts = path.split(/[.[]/).map((part) => part.replace(']', ''));
  const last = parts.pop() ?? '';
  let parent = copy;
  for (const part of parts) parent = parent[part] as Json;
  parent[last] = value;
  return copy;
}

// For each kind of field there is one among these that is right for it and differs from what the payloads hold.
const OTHERS = [
  'zz@changed.example',
  'IE',
  'SEK',
  'Changed',
  '+14155550000',
  '2026-11-19T07:00:00Z',
  '2026-11-19T07:00:00',
  '7',
  9,
  777.5,
  1_795_000_000,
  NOW_MS - 3_600_000,
  (NOW_MS - 3_600_000) * 1000,
  'CD'.repeat(32),
  'store',
  'lead',
  'add_to_cart',
  'LEAD',
  'OFFLINE',
  'WEBSITE',
  'GRANTED',
  'DENIED',
  'granted',
  'G101',
  'pos',
  'web',
  'pos-rest-api',
  '198.51.100.9',
  'PHONE',
  true,
];

// Fields that cannot be changed alone: another event type would refuse the purchase's currency and units.
const NO_OTHER = new Set(['conversion eventType', 'csv eventType']);

describe('explaining an event', () => {
  it('covers every source', () => {
    expect(new Set(CASES.map(([source]) => source))).toEqual(new Set(SOURCES));
  });

  it.each(CASES)('of %s (%s) gives each field an origin and a rule', (source, _, payload) => {
    const results = explainAll(source, payload);
    expect(results.length).toBeGreaterThan(0);
    for (const { event, explanation } of results) {
      const { matchKeys, ...fields } = event;
      const rows = explanation.filter(({ matchKey }) => matchKey === undefined);
      expect(rows.map(({ field }) => field)).toEqual(leavesOf(fields).map(([path]) => path));
      const sent = explanation.filter(({ matchKey }) => matchKey?.outcome === 'sent');
      expect(sent.map(({ field }) => field)).toEqual(matchKeys.map((_key, index) => `matchKeys[${index}]`));
      for (const { rule, from } of explanation) {
        expect(rule).not.toMatch(/not explained|undefined|^$/);
        expect(from).not.toBe('');
      }
    }
  });

  it.each(CASES)('of %s (%s) names the places that the fields really come from', (source, _, payload) => {
    explainAll(source, payload).forEach(({ event, explanation }, index) => {
      for (const { field, from, matchKey } of explanation) {
        if (from === null || !/^[a-z]/.test(from)) continue;
        const place = from.replace('[]', '[0]');
        const changes = OTHERS.map((other) => explainAll(source, withLeaf(payload, place, other))[index]?.event);
        const before = matchKey ? JSON.stringify(event.matchKeys) : leafAt(event, field);
        const isChanged = changes.some(
          (after) => after && (matchKey ? JSON.stringify(after.matchKeys) : leafAt(after, field)) !== before,
        );
        expect(
          isChanged || NO_OTHER.has(`${source} ${field}`) || field === 'dataProcessingOptions[0]',
          `${place} makes ${field}`,
        ).toBe(true);
      }
    });
  });

  it.each(CASES)('of %s (%s) leaves out no place that the event depends on', (source, _, payload) => {
    const results = explainAll(source, payload);
    const named = results
      .flatMap(({ explanation }) => explanation.map(({ from, rule }) => `${from} ${rule}`))
      .join('\n');
    for (const [place, value] of leavesOf(payload)) {
      // What is empty makes nothing, and the type of a match key stands in its row.
      if (value === null || value === '' || /^matchKeys\[\d\]\.type$/.test(place)) continue;
      if (named.includes(place) || named.includes(place.replace(/\[\d+\](?=[^[]*$)/, '[]'))) continue;
      for (const other of OTHERS) {
        const after = explainAll(source, withLeaf(payload, place, other));
        if (after.length < results.length) continue;
        expect(
          after.map(({ event }) => event),
          `${place} changed to ${other}`,
        ).toEqual(results.map(({ event }) => event));
      }
    }
  });

  it('names settings, the call and defaults where the payload does not say', () => {
    const { country: _, ...placeless } = order;
    const rowsOf = (source: Source, payload: Json, overrides: Partial<MappingContext> = {}) =>
      Object.fromEntries(
        explainAll(source, payload, overrides).flatMap(({ explanation }) =>
          explanation.map(({ field, from, rule }) => [field, `${from}: ${rule}`] as const),
        ),
      );
    expect(rowsOf('order', placeless, { defaultCountry: 'GB' })['countryCode']).toContain('DEFAULT_COUNTRY: setting');
    expect(rowsOf('ga4', ga4)['eventActionSource']).toBe('null: default of this source');
    const scroll = { ...ga4, event_name: 'scroll' };
    expect(rowsOf('ga4', scroll, { eventActionSource: 'APP_IOS', eventType: 'LEAD' })).toMatchObject({
      eventActionSource: '(the call): said with the call',
      eventType: '(the call): said with the call: the name stands for none',
    });
    expect(rowsOf('shopify', payloadOf('shopify', 'de-guest-paid'))).toMatchObject({
      clientDedupeId: 'id: derived: shopify + event type + id',
      timestamp: 'created_at: as written; created_at or, where that is long before, processed_at, to ISO 8601 in UTC',
      value: 'total_price_set.shop_money.amount: decimal text, to 2 decimals',
    });
  });

  it('shows of match keys the type, the steps, a masked value and the digest, and what was left out', () => {
    const [explained] = explainAll('conversion', conversion);
    const rows = explained?.explanation.filter(({ matchKey }) => matchKey) ?? [];
    expect(rows.map(({ field, rule, value }) => [field, rule, value])).toEqual([
      ['matchKeys[0]', 'trim, lower-case, SHA-256 (rules standard)', 'T***@E***.com'],
      ['matchKeys[1]', 'E.164 by country US, SHA-256 (rules standard)', '***71'],
      ['matchKeys', 'already hashed: lower-cased; the same as one above, sent once', '(hashed)'],
      ['matchKeys', expect.stringContaining('left out'), '***'],
      ['matchKeys[2]', 'pseudonymous already: trimmed, not hashed', 'C***'],
    ]);
    expect(rows[0]?.matchKey?.digest).toBe(explained?.event.matchKeys[0]?.values[0]);
    expect(rows[3]?.matchKey).toEqual({ type: 'PHONE', outcome: 'left_out' });
  });

  it('does no work and changes no event where nobody asked', () => {
    for (const [source, , payload] of CASES) {
      const plain = mapPayload(source, payload, contextAt());
      expect(plain.every((mapped) => !('explanation' in mapped))).toBe(true);
      expect(plain.map((mapped) => mapped.ok && mapped.event)).toEqual(
        explainAll(source, payload).map(({ event }) => event),
      );
    }
  });
});

describe('keeping personal data out of explanations', () => {
  // Values of the payloads above that say who or where somebody is.
  const PERSONAL = /mail|phone|name$|address|street|line\d|city|state$|province|zip|post|maid|ip$|values\[0\]/i;
  const NOT = /event_name|country|sha256|province_code|\.province$|^name$|events\[\d\]\.name|line_items|attribute/i;

  it.each(CASES)('shows none of the values of %s (%s)', (source, _, payload) => {
    const text = JSON.stringify(explainAll(source, payload).map(({ explanation }) => explanation)).toLowerCase();
    const personal = leavesOf(payload).filter(
      ([path, value]) => PERSONAL.test(path) && !NOT.test(path) && value !== '',
    );
    const canaries = personal.flatMap(([, value]) => {
      const written = String(value).toLowerCase();
      return /^[0-9a-f]{64}$/.test(written) || written.length < 3 ? [] : [written, written.replace(/\D/g, '')];
    });
    expect(canaries.length).toBeGreaterThan(0);
    for (const canary of canaries.filter(({ length }) => length >= 5)) expect(text).not.toContain(canary);
    expect(text).not.toContain('203.0.113.7');
  });
});
