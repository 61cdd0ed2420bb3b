// For every source: a full payload with one broken field gives a right event, or a refusal that names the field.
import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../../src/mapping/explanation.js';
import type { Mapped } from '../../../src/mapping/refusal.js';
import { mapPayload, SOURCES, type Source } from '../../../src/mapping/source.js';
import { contextAt, conversionPayload, NOW_MS } from '../../support/events.js';
import { payloadOf } from '../../support/source-payloads.js';

type Json = Record<string, unknown>;

const GA4_COMMERCE = {
  transaction_id: 'T-1',
  value: 59.98,
  currency: 'EUR',
  items: [{ item_id: 'SKU 1', item_brand: 'Acme', item_category: 'Chairs', quantity: 2 }],
};
const GA4_CUSTOMER = {
  email_address: 'test.user@example.com',
  phone_number: '+4930901820',
  address: { first_name: 'Anna', last_name: 'Doe', street: 'Weg 1', city: 'Bonn', country: 'DE', postal_code: '10115' },
};
const GA4_EVENT = {
  event: 'purchase',
  timestamp_ms: NOW_MS - 60_000,
  consent_state: { ad_storage: 'granted', ad_user_data: 'denied' },
  user_data: GA4_CUSTOMER,
};

const FULL: readonly (readonly [Source, string, Json])[] = [
  [
    'conversion',
    'all fields',
    conversionPayload({
      consent: { amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'GRANTED' }, tcf: 'CPXxRfAPXxRfA' },
      customAttributes: [{ name: 'brand', value: 'x' }],
      dataProcessingOptions: ['LIMITED_DATA_USE'],
    }),
  ],
  ['ga4', 'flat', { ...GA4_EVENT, ...GA4_COMMERCE, event_id: 'e-1' }],
  ['ga4', 'ecommerce', { ...GA4_EVENT, ecommerce: GA4_COMMERCE }],
  ['ga4', 'eventModel', { ...GA4_EVENT, eventModel: GA4_COMMERCE, 'x-ga-gcd': '13t3t3p3l5l1' }],
  [
    'ga4',
    'Measurement Protocol',
    {
      client_id: '1.1',
      timestamp_micros: (NOW_MS - 60_000) * 1000,
      consent: { ad_user_data: 'GRANTED', ad_personalization: 'DENIED' },
      user_data: { sha256_email_address: ['ab'.repeat(32)] },
      user_location: { country_id: 'DE' },
      events: [{ name: 'purchase', params: GA4_COMMERCE }],
    },
  ],
  [
    'order',
    'all fields',
    {
      id: 1001,
      createdAt: '2026-11-20T10:00:00+01:00',
      type: 'purchase',
      total: '129.90',
      currency: 'GBP',
      country: 'GB',
      channel: 'web',
      items: [{ sku: 'A', quantity: 2, price: '64.95' }],
      customer: { email: 'a@b.example', phone: '020 7183 8750', firstName: 'Anna', lastName: 'Doe', city: 'London' },
      consent: { amazonConsent: { amznUserData: 'GRANTED' } },
    },
  ],
  ['shopify', 'guest', payloadOf('shopify', 'de-guest-paid')],
  ['shopify', 'till', payloadOf('shopify', 'us-pos')],
  ['woocommerce', 'updated', payloadOf('woocommerce', 'fr-updated')],
  ['stripe', 'paid', payloadOf('stripe', 'us-paid')],
  ['csv', 'sale', (Object.values(payloadOf('csv', 'offline-sales')) as Json[])[0] ?? {}],
  ['csv', 'lead', (Object.values(payloadOf('csv', 'offline-sales')) as Json[])[1] ?? {}],
];

const ABSENT = Symbol('absent');
const BREAKS: readonly (readonly [string, unknown])[] = [
  ['absent', ABSENT],
  ['null', null],
  ['empty', ''],
  ['blank', ' \t'],
  ['true', true],
  ['an object', { unexpected: 1 }],
  ['a list', ['unexpected', 1]],
  ['a negative number', -7.5],
  ['a huge number', 1e21],
  ['NaN', Number.NaN],
  ['a word', 'absurd'],
  ['a placeholder', '(not set)'],
  ['scientific', '6.50441E+12'],
  ['a long text', 'x'.repeat(3_000)],
  ['a control character', 'a\u0000b'],
];

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([name, entry]) =>
    pathsOf(entry, [...path, Array.isArray(value) ? Number(name) : name]),
  );
  return path.length === 0 ? below : [path, ...below];
}

function broken(payload: unknown, [first, ...rest]: Path, value: unknown): unknown {
  if (first === undefined) return value;
  const copy: unknown = Array.isArray(payload) ? [...(payload as unknown[])] : { ...(payload as Json) };
  const next = broken(Reflect.get(Object(payload), first), rest, value);
  if (next === ABSENT && !Array.isArray(copy)) Reflect.deleteProperty(Object(copy), first);
  else Reflect.set(Object(copy), first, next === ABSENT ? undefined : next);
  return copy;
}

const textOf = (path: Path) =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');

/** One names the other, or something that holds it. A payload's alternatives for a field are named by the first of them. */
function isAbout(named: string, place: string): boolean {
  const plain = (text: string) => text.replace(/\[\d*\]/g, '');
  // Two lines of a street are one address, named by its first line.
  const [a, b] = [plain(named), plain(place).replace(/(address_?|line)2$/, '$11')];
  return (
    a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`) || a === '' || b.endsWith('items') || a.endsWith('items')
  );
}

/** What an event's field came from, by the explanation; places of the payload that its rule names count too. */
function sourcesOf(explanation: Explanation): Map<string, string> {
  return new Map(
    explanation
      .filter(({ matchKey }) => matchKey === undefined)
      .map(({ field, from, rule }) => [field, `${from ?? ''} ${rule}`] as const),
  );
}

function fieldsOf(mapped: Extract<Mapped, { ok: true }>): Map<string, string> {
  const { matchKeys: _, ...fields } = mapped.event;
  return new Map(Object.entries(fields).map(([field, value]) => [field, JSON.stringify(value)] as const));
}

/** Fields that stand for one another: the fault is told at the name that callers know best. */
const TOLD_AS: Readonly<Record<string, RegExp>> = {
  'events[0].params.transaction_id': /transaction_id$/,
  'ecommerce.transaction_id': /^transaction_id$/,
  'eventModel.transaction_id': /^transaction_id$/,
  timestamp_ms: /^timestamp/,
  timestamp_micros: /timestamp$/,
  ecommerce: /^transaction_id$/,
  eventModel: /^transaction_id$/,
  'total_price_set.shop_money.amount': /total_price/,
  event: /^event_name$/,
  amznUserData: /amzn/,
  tcf: /amzn/,
  events: /^event_name$/,
};

describe.each(FULL)('breaking one field of %s (%s)', (source, _, payload) => {
  const context = contextAt(NOW_MS, { isExplained: true, defaultCountry: 'LU' });
  const one = (value: unknown) => mapPayload(source, value, context)[0];
  const whole = one(payload);

  it('starts from a payload that maps', () => {
    expect(whole).toMatchObject({ ok: true });
  });

  it('gives a right event or names the field, whatever the break', () => {
    let breaks = 0;
    for (const path of pathsOf(payload)) {
      const place = textOf(path);
      for (const [what, value] of BREAKS) {
        breaks += 1;
        const mapped = one(broken(payload, path, value));
        const label = `${place} is ${what}`;
        if (!mapped) throw new Error(`${label}: no result`);
        if (!mapped.ok) {
          const isNamed = mapped.issues.some(
            (issue) => isAbout(issue.path, place) || TOLD_AS[place]?.test(issue.path) === true,
          );
          expect(isNamed, `${label}: ${JSON.stringify(mapped)}`).toBe(true);
          continue;
        }
        expectRight(label, place, mapped);
      }
    }
    expect(breaks).toBeGreaterThan(100);
    COUNTS.set(`${source} ${_}`, breaks);
  });

  /** A field that changed came from elsewhere and says so, or from what now stands at the broken place. */
  function expectRight(label: string, place: string, mapped: Extract<Mapped, { ok: true }>): void {
    if (!whole?.ok) return;
    const before = fieldsOf(whole);
    const [sources, earlier] = [sourcesOf(mapped.explanation ?? []), sourcesOf(whole.explanation ?? [])];
    const after = fieldsOf(mapped);
    for (const field of new Set([...before.keys(), ...after.keys()])) {
      if (before.get(field) === after.get(field)) continue;
      const told = [...sources, ...earlier].filter(
        ([name]) => name === field || name.startsWith(`${field}.`) || name.startsWith(`${field}[`),
      );
      const isTold = told.some(([, from]) => isNamedIn(from, place));
      expect(isTold, `${label}: ${field} became ${after.get(field)}`).toBe(true);
    }
  }
});

function isNamedIn(told: string, place: string): boolean {
  const plain = told.replace(/\[\d*\]/g, '');
  const last = place.replace(/\[\d*\]/g, '');
  return (
    plain.split(' ').some((word) => word === last || word.startsWith(`${last}.`) || last.startsWith(`${word}.`)) ||
    /whole event/.test(told)
  );
}

const COUNTS = new Map<string, number>();

describe('all sources', () => {
  it('are broken', () => {
    expect(new Set(FULL.map(([source]) => source))).toEqual(new Set(SOURCES));
    if (process.env['COUNT_BREAKS']) process.stderr.write(`${JSON.stringify([...COUNTS])}\n`);
  });
});
