/** Bodies of requests: ordinary ones, and ones built to cost more than their size. */
import type { Source } from '../../src/mapping/source.js';
import { NOW_MS } from './events.js';

export interface Body {
  readonly source: Source;
  readonly what: string;
  readonly text: string;
}

const TIME = new Date(NOW_MS - 60_000).toISOString();
const ITEM = { item_id: 'sku-1', item_name: 'Running shoe', item_brand: 'Acme', price: 19.9, quantity: 1 };
const ADDRESS = { first_name: 'Jane', last_name: 'Doe', street: '1 Main St', city: 'Springfield', region: 'CA' };
const SHARED = {
  client_id: '1234567.89101112',
  timestamp_micros: (NOW_MS - 60_000) * 1000,
  consent_state: { ad_storage: 'GRANTED' },
  user_data: {
    email_address: 'jane@example.com',
    phone_number: '+14155552671',
    address: [{ ...ADDRESS, country: 'US' }],
  },
};

function list<T>(count: number, entryOf: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => entryOf(index));
}

const conversion = (id: number) => ({
  name: 'purchase',
  eventType: 'OFF_AMAZON_PURCHASES',
  eventActionSource: 'WEBSITE',
  countryCode: 'US',
  timestamp: TIME,
  clientDedupeId: `order-${id}`,
  value: 12.5,
  currencyCode: 'USD',
  matchKeys: [
    { type: 'EMAIL', values: [`jane${id}@example.com`] },
    { type: 'PHONE', values: [`+1415555${1000 + (id % 9000)}`] },
    { type: 'FIRST_NAME', values: ['Jane'] },
  ],
});
const order = (id: number) => ({
  id,
  createdAt: TIME,
  total: '12.50',
  currency: 'USD',
  country: 'US',
  channel: 'web',
  customer: { email: `jane${id}@example.com`, phone: '+14155552671', firstName: 'Jane', lastName: 'Doe' },
  items: [{ sku: 'a', quantity: 1, price: '12.50' }],
});
const ga4 = (id: number) => ({
  ...SHARED,
  events: list(10, (index) => ({
    name: 'purchase',
    params: { transaction_id: `T-${id}-${index}`, value: 12.5, currency: 'USD', items: [ITEM, ITEM] },
  })),
});

/** As senders write them, of about this many bytes. */
export function ordinaryBody(source: Source, bytes: number): Body {
  const recordOf = { conversion, order, ga4 }[source as 'ga4'] ?? conversion;
  const records = list(Math.ceil(bytes / JSON.stringify(recordOf(1)).length), recordOf);
  return { source, what: 'ordinary', text: JSON.stringify(records) };
}

type Made = readonly [source: Source, payload: unknown];
/** Each makes about this many bytes of a costly kind. `part` from 0 to 1 sets how they are distributed. */
const SHAPES: Readonly<Record<string, (bytes: number, part: number) => Made>> = {
  'a large customer shared by many events': (bytes, part) => [
    'ga4',
    {
      ...SHARED,
      user_data: { email: list(Math.ceil((bytes * part) / 25), (index) => `jane${index}@example.com`).slice(0, 9_999) },
      events: list(Math.min(9_999, Math.ceil((bytes * (1 - part)) / 60)), (index) => ({
        name: 'page_view',
        params: { page: `/${index}/${'x'.repeat(20)}` },
      })),
    },
  ],
  'a long text shared by many events': (bytes, part) => [
    'ga4',
    {
      ...SHARED,
      user_id: 'x'.repeat(bytes * part),
      events: list(Math.min(9_999, Math.ceil((bytes * (1 - part)) / 60)), (index) => ({
        name: 'search',
        params: { term: `${index} ${'x'.repeat(20)}` },
      })),
    },
  ],
  'a long list of items shared by many events': (bytes, part) => [
    'ga4',
    {
      ...SHARED,
      items: list(Math.min(9_999, Math.ceil((bytes * part) / 90)), () => ITEM),
      events: list(Math.min(9_999, Math.ceil((bytes * (1 - part)) / 80)), (index) => ({
        name: 'purchase',
        params: { transaction_id: `T-${index}`, value: 1, currency: 'USD' },
      })),
    },
  ],
  'addresses shared by many events': (bytes, part) => [
    'ga4',
    {
      ...SHARED,
      user_data: { address: list(Math.min(9_999, Math.ceil((bytes * part) / 100)), () => ADDRESS) },
      events: list(Math.min(9_999, Math.ceil((bytes * (1 - part)) / 60)), (index) => ({
        name: 'contact',
        params: { topic: `${index} ${'x'.repeat(20)}` },
      })),
    },
  ],
  'fields shared by many events': (bytes, part) => [
    'ga4',
    {
      ...SHARED,
      ...Object.fromEntries(list(80, (index) => [`f${index}`, 'x'.repeat((bytes * part) / 80)])),
      events: list(Math.min(9_999, Math.ceil((bytes * (1 - part)) / 120)), (index) => ({
        name: 'sign_up',
        params: { method: `${index} ${'x'.repeat(80)}` },
      })),
    },
  ],
  'many match keys': (bytes) => [
    'conversion',
    {
      ...conversion(1),
      matchKeys: list(Math.ceil(bytes / 40), (index) => ({ type: 'EMAIL', values: [`${index}@b.co`] })),
    },
  ],
  'records with many match keys': (bytes, part) => [
    'conversion',
    list(Math.ceil(bytes / (200 + 3_800 * part)), (id) => ({
      ...conversion(id),
      matchKeys: list(Math.ceil(100 * part), (index) => ({ type: 'EMAIL', values: [`${index}@b.co`] })),
    })),
  ],
  phones: (bytes) => [
    'conversion',
    list(Math.ceil(bytes / 700), (id) => ({
      ...conversion(id),
      matchKeys: list(14, (index) => ({ type: 'PHONE', values: [`(415) 555-${1000 + ((id * 14 + index) % 9000)}`] })),
    })),
  ],
  'unknown fields': (bytes) => ['csv', Object.fromEntries(list(Math.ceil(bytes / 12), (index) => [`c${index}`, 1]))],
  'records with unknown fields': (bytes, part) => [
    'csv',
    list(Math.ceil(bytes / (100 + 9_000 * part)), () =>
      Object.fromEntries(list(Math.ceil(10 + 900 * part), (index) => [`c${index}`, 1])),
    ),
  ],
  'items of the wrong kind': (bytes) => [
    'order',
    list(Math.ceil(bytes / 2_200), (id) => ({ ...order(id), items: Array(1_000).fill(1) })),
  ],
  'deep nesting': () => ['order', { a: 1234567890123456 }],
  'long numbers': (bytes) => ['order', list(Math.ceil(bytes / 200), () => ({ a: '\u0000' }))],
  'escaped text': (bytes) => ['shopify', { id: 1, note: '"\\\n'.repeat(bytes / 6) }],
  'a long name': (bytes) => ['conversion', { ...conversion(1), name: 'x '.repeat(bytes / 2) }],
  'a long phone': (bytes) => ['order', { ...order(1), customer: { phone: `+1 ${'4 '.repeat(bytes / 2)}` } }],
  'a long e-mail': (bytes) => ['order', { ...order(1), customer: { email: `${' '.repeat(bytes)}@` } }],
  'a long amount': (bytes) => ['order', { ...order(1), total: '1'.repeat(bytes) }],
  'a long time': (bytes) => ['order', { ...order(1), createdAt: `2026-11-20T10:00:00.${'0'.repeat(bytes)}Z` }],
  'a long id': (bytes) => ['order', { ...order(1), id: 'a'.repeat(bytes) }],
};
export const SHAPE_NAMES = Object.keys(SHAPES);

export function costlyBody(what: string, bytes: number, part: number): Body {
  const [source, payload] = SHAPES[what]?.(bytes, part) ?? ['order', {}];
  const text = JSON.stringify(payload);
  if (what === 'deep nesting') return { source, what, text: `{"a":${'['.repeat(bytes / 2)}${']'.repeat(bytes / 2)}}` };
  // A rounded number would be written short.
  const digits = what === 'long numbers' ? text.replaceAll('"\\u0000"', '1234567890123456789'.repeat(10)) : text;
  return { source, what, text: digits };
}
