/** Payloads of every source that map, to change one thing at a time and look at the result. */
import { createHash } from 'node:crypto';
import type { MappingContext } from '../../src/mapping/context.js';
import { mapPayload, type Source } from '../../src/mapping/source.js';
import { contextAt, NOW_MS, orderOf } from './events.js';
import { changed, payloadOf } from './source-payloads.js';

type Json = Record<string, unknown>;

export const AT = '2026-11-20T10:00:00Z';
export const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

const commerce = { transaction_id: 'T-1', value: 10, currency: 'USD', items: [{ item_id: 'a', quantity: 1 }] };
export const customer = { email_address: 'jane@example.com' };
const ga4Base = { event: 'purchase', timestamp_ms: NOW_MS - 60_000, country_code: 'US', user_data: customer };
const GA4_FORMS: Readonly<Record<string, (fields: Json, shared?: Json) => Json>> = {
  flat: (fields, shared) => ({ ...ga4Base, ...shared, ...commerce, ...fields }),
  ecommerce: (fields, shared) => ({ ...ga4Base, ...shared, ecommerce: { ...commerce, ...fields } }),
  eventModel: (fields, shared) => ({ ...ga4Base, ...shared, eventModel: { ...commerce, ...fields } }),
  'Measurement Protocol': (fields, { event = 'purchase', event_id, ...shared }: Json = {}) => ({
    client_id: '1.1',
    timestamp_micros: (NOW_MS - 60_000) * 1000,
    country_code: 'US',
    user_data: customer,
    ...shared,
    events: [{ name: event, params: { ...commerce, ...(event_id !== undefined && { event_id }), ...fields } }],
  }),
};
export const FORMS = Object.keys(GA4_FORMS);
export const ga4 = (form: string, fields: Json = {}, shared: Json = {}) => GA4_FORMS[form]?.(fields, shared) ?? {};

export const order = (overrides: Json = {}): Json => ({ ...orderOf({ createdAt: AT, total: '20.00' }), ...overrides });
export const shopify = (changes: Json = {}) => changed(payloadOf('shopify', 'de-guest-created'), changes);
export const woo = (changes: Json = {}) => changed(payloadOf('woocommerce', 'fr-created'), changes);
export const stripe = (changes: Json = {}) => changed(payloadOf('stripe', 'us-paid'), changes);
export const csv = (overrides: Json = {}): Json => ({
  name: 'purchase',
  eventType: 'OFF_AMAZON_PURCHASES',
  countryCode: 'US',
  timestamp: AT,
  clientDedupeId: 'c-1',
  value: '10.00',
  currencyCode: 'USD',
  email: 'jane@example.com',
  ...overrides,
});

export const mapFirst = (source: Source, payload: unknown, overrides: Partial<MappingContext> = {}) =>
  mapPayload(source, payload, contextAt(NOW_MS, overrides))[0];
export const eventOf = (source: Source, payload: unknown, overrides: Partial<MappingContext> = {}) => {
  const mapped = mapFirst(source, payload, overrides);
  if (!mapped?.ok) throw new Error(JSON.stringify(mapped));
  return mapped.event;
};
export const reasonOf = (source: Source, payload: unknown, overrides: Partial<MappingContext> = {}) => {
  const mapped = mapFirst(source, payload, overrides);
  return mapped?.ok ? 'accepted' : mapped?.reason;
};
export const messagesOf = (source: Source, payload: unknown) => {
  const mapped = mapFirst(source, payload);
  return mapped?.ok ? '' : (mapped?.issues ?? []).map(({ path, message }) => `${path} ${message}`).join('\n');
};
export const keysOf = (source: Source, payload: unknown, type: string, overrides: Partial<MappingContext> = {}) =>
  eventOf(source, payload, overrides)
    .matchKeys.filter((key) => key.type === type)
    .map(({ values }) => values[0]);
