/**
 * Payloads of each source for the mapping's rate, each with its own customer, so that a cache of customers has no
 * effect. Those of the platforms are the hand-made examples of the tests.
 */
import { readFileSync } from 'node:fs';
import { parseJson } from '../src/mapping/json.js';
import type { Source } from '../src/mapping/source.js';
import { ROOT } from './processes.js';

/** The day of the examples. */
export const PAYLOADS_AT_MS = Date.parse('2026-11-20T12:00:00.000Z');

const CREATED_AT = '2026-11-20T10:00:00Z';

const MAKERS: Readonly<Record<Source, (number: number) => unknown>> = {
  conversion: (number) => ({
    name: 'purchase',
    eventType: 'OFF_AMAZON_PURCHASES',
    eventActionSource: 'WEBSITE',
    countryCode: 'US',
    timestamp: CREATED_AT,
    clientDedupeId: `order-${number}`,
    value: 129.9,
    currencyCode: 'USD',
    unitsSold: 2,
    matchKeys: [
      { type: 'EMAIL', values: [emailOf(number)] },
      { type: 'PHONE', values: [phoneOf(number)] },
      { type: 'FIRST_NAME', values: [`Jane${number}`] },
      { type: 'LAST_NAME', values: [`Smith${number}`] },
    ],
  }),
  ga4: (number) => ({
    event_name: 'purchase',
    timestamp_ms: PAYLOADS_AT_MS - number,
    country_code: 'US',
    ecommerce: {
      transaction_id: `T-${number}`,
      value: 129.9,
      currency: 'USD',
      items: [{ item_id: `SKU-${number}`, quantity: 2, price: 64.95 }],
    },
    user_data: {
      email_address: emailOf(number),
      phone_number: phoneOf(number),
      address: { first_name: `Jane${number}`, last_name: `Smith${number}` },
    },
  }),
  order: (number) => ({
    id: `${number}`,
    createdAt: CREATED_AT,
    total: '129.90',
    currency: 'USD',
    country: 'US',
    channel: 'web',
    items: [{ sku: 'A-1', quantity: 2, price: '64.95' }],
    customer: {
      email: emailOf(number),
      phone: phoneOf(number),
      firstName: `Jane${number}`,
      lastName: `Smith${number}`,
    },
  }),
  csv: (number) => ({
    name: 'purchase',
    eventType: 'OFF_AMAZON_PURCHASES',
    eventActionSource: 'OFFLINE',
    countryCode: 'US',
    timestamp: CREATED_AT,
    clientDedupeId: `order-${number}`,
    value: '129.90',
    currencyCode: 'USD',
    email: emailOf(number),
    phone: phoneOf(number),
    first_name: `Jane${number}`,
    last_name: `Smith${number}`,
  }),
  shopify: example('shopify/de-guest-paid', (number) => [[/J[^"]*@beispiel\.example/gi, emailOf(number)]]),
  woocommerce: example('woocommerce/fr-updated', (number) => [[/"[^"@]+@[^"]+"/g, `"${emailOf(number)}"`]]),
  stripe: example('stripe/us-paid', (number) => [[/"[^"@]+@[^"]+"/g, `"${emailOf(number)}"`]]),
};

export function payloadsOf(source: Source, count: number): unknown[] {
  return Array.from({ length: count }, (_, number) => MAKERS[source](number));
}

const emailOf = (number: number) => `Customer.${number}@Example.com `;
const phoneOf = (number: number) => `(415) 555-${String(1000 + (number % 9000))}`;

type Changes = readonly (readonly [pattern: RegExp, text: string])[];

function example(name: string, changesOf: (number: number) => Changes): (number: number) => unknown {
  const text = readFileSync(`${ROOT}test/vectors/sources/${name}.json`, 'utf8');
  return (number) => {
    let changed = text;
    for (const [pattern, replacement] of changesOf(number)) changed = changed.replace(pattern, replacement);
    return parseJson(changed);
  };
}
