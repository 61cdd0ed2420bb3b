import { describe, expect, it } from 'vitest';
import type { MappingContext } from '../../../src/mapping/context.js';
import { mapPayload, type Source } from '../../../src/mapping/source.js';
import { contextAt, conversionPayload, NOW_MS, orderOf } from '../../support/events.js';
import { payloadOf } from '../../support/source-payloads.js';

type Json = Record<string, unknown>;

const csv = (index: number) => (Object.values(payloadOf('csv', 'offline-sales')) as Json[])[index] ?? {};
const conversion = conversionPayload();
const order: Json = { ...orderOf({ createdAt: '2026-11-20T10:00:00Z' }) };
const ga4: Json = {
  event_name: 'purchase',
  timestamp_ms: NOW_MS - 60_000,
  ecommerce: { transaction_id: 'T-1', value: 5, currency: 'EUR' },
  user_data: { email: 'a@b.example', address: [{ country: 'DE' }] },
};

describe('explaining where the payload says less', () => {
  const places = (source: Source, payload: unknown, overrides: Partial<MappingContext> = {}) => {
    const [mapped] = mapPayload(source, payload, contextAt(NOW_MS, { isExplained: true, ...overrides }));
    if (!mapped?.ok) throw new Error('the payload was refused');
    return Object.fromEntries((mapped.explanation ?? []).map(({ field, from }) => [field, from]));
  };
  const without = (payload: Json, ...fields: string[]) =>
    Object.fromEntries(Object.entries(payload).filter(([field]) => !fields.includes(field)));

  it.each([
    ['conversion', without(conversion, 'countryCode')],
    ['csv', without(csv(0), 'countryCode')],
    ['order', without(order, 'country')],
    [
      'shopify',
      {
        ...payloadOf('shopify', 'de-guest-paid'),
        shipping_address: null,
        billing_address: null,
        customer: null,
        email: 'a@b.example',
      },
    ],
    ['ga4', { ...ga4, user_data: { email: 'a@b.example', address: [{ city: 'Rom' }] } }],
  ] as const)('takes the country of %s from the settings, and says so', (source, payload) => {
    expect(places(source, payload, { defaultCountry: 'FR' })).toMatchObject({ countryCode: 'DEFAULT_COUNTRY' });
  });

  it('names the field `event` of a data layer, and its only time', () => {
    const { event_name: event, timestamp_ms: ms, ...rest } = ga4;
    const layer = { ...rest, event, timestamp: new Date(Number(ms)).toISOString() };
    expect(places('ga4', layer)).toMatchObject({ name: 'event', timestamp: 'timestamp' });
  });

  it('says that the call named the event type of a row', () => {
    const row = without(csv(1), 'eventType');
    expect(places('csv', row, { eventType: 'LEAD' })).toMatchObject({ eventType: '(the call)' });
  });

  it('passes over a field that is there without a value', () => {
    expect(places('conversion', { ...conversion, unitsSold: undefined })).not.toHaveProperty('unitsSold');
  });
});
