import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventSchema } from '../../../src/mapping/event.js';
import { HASHED_MATCH_KEYS } from '../../../src/mapping/match-key.js';
import { mapPayload, SOURCES, type Source } from '../../../src/mapping/source.js';
import { contextAt, conversionPayload, NOW_MS } from '../../support/events.js';
import { mutationsOf } from '../../support/mutations.js';
import { payloadOf } from '../../support/source-payloads.js';

// More: FUZZ_RUNS=20000 npx vitest run --project unit test/unit/mapping/fuzzing.test.ts
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 400);
const HASHED: ReadonlySet<string> = new Set(HASHED_MATCH_KEYS);

const GA4 = {
  event_name: 'purchase',
  timestamp_ms: NOW_MS - 60_000,
  'x-ga-gcs': 'G111',
  ecommerce: { transaction_id: 'T-1', value: 59.98, currency: 'EUR', items: [{ item_id: 'SKU 1', quantity: 2 }] },
  user_data: { email_address: ['a@b.example'], address: [{ first_name: 'Anna', country: 'DE', postal_code: '10115' }] },
};

const GOOD: Readonly<Record<Source, readonly unknown[]>> = {
  conversion: [conversionPayload({ consent: { geo: { ipAddress: '203.0.113.7' }, tcf: 'CPcanaryConsentString' } })],
  ga4: [
    GA4,
    {
      timestamp_micros: (NOW_MS - 60_000) * 1000,
      user_data: { email: 'a@b.example', address: { country: 'FR' } },
      events: [{ name: 'purchase', params: { event_id: 'e1', value: 5, currency: 'EUR', items: [{ quantity: 1 }] } }],
    },
  ],
  order: [
    {
      id: 1001,
      createdAt: '2026-11-20T10:00:00+01:00',
      total: '129.90',
      currency: 'gbp',
      country: 'GB',
      channel: 'web',
      items: [{ sku: 'A', quantity: 2 }],
      customer: { email: 'a@b.example', phone: '020 7183 8750' },
    },
  ],
  shopify: [payloadOf('shopify', 'de-guest-paid'), payloadOf('shopify', 'us-pos')],
  woocommerce: [payloadOf('woocommerce', 'fr-created'), payloadOf('woocommerce', 'kw-pos')],
  stripe: [payloadOf('stripe', 'us-paid'), payloadOf('stripe', 'de-sepa-succeeded')],
  csv: Object.values(payloadOf('csv', 'offline-sales')).flat(),
};

const contexts = fc.record({
  defaultCountry: fc.constantFrom(undefined, 'DE', 'JP'),
  matchKeyRules: fc.constantFrom('standard', 'amazon-ads'),
  isConsentRequired: fc.boolean(),
});

describe.each(SOURCES)('mapping anything as %s', (source) => {
  const payloads = fc.oneof(
    { arbitrary: fc.jsonValue(), weight: 1 },
    ...GOOD[source].map((payload) => ({ arbitrary: mutationsOf(payload), weight: 3 })),
  );

  it('never throws; what it accepts can be stored in Redis, and the same payload gives the same event', () => {
    let accepted = 0;
    fc.assert(
      fc.property(payloads, contexts, (payload, overrides) => {
        const context = contextAt(NOW_MS, overrides);
        const mapped = mapPayload(source, payload, context);
        expect(mapped.length).toBeGreaterThan(0);
        expect(mapPayload(source, structuredClone(payload), context)).toEqual(mapped);
        for (const result of mapped) {
          if (!result.ok) {
            expect(result.issues.length).toBeGreaterThan(0);
            continue;
          }
          accepted += 1;
          const { event } = result;
          // By way of JSON, as it lies in the queue.
          const stored: unknown = JSON.parse(JSON.stringify(event));
          expect(eventSchema.parse(stored)).toEqual(stored);
          for (const { type, values } of event.matchKeys) {
            if (HASHED.has(type)) expect(values[0]).toMatch(/^[0-9a-f]{64}$/);
          }
        }
      }),
      { numRuns: RUNS },
    );
    // Payloads that are all refused would prove nothing of what is accepted.
    expect(accepted).toBeGreaterThan(0);
  });

  it('explains whatever it accepts, and maps it to the same event meanwhile', () => {
    fc.assert(
      fc.property(payloads, contexts, (payload, overrides) => {
        const context = contextAt(NOW_MS, overrides);
        const plain = mapPayload(source, payload, context);
        const explained = mapPayload(source, payload, { ...context, isExplained: true });
        const withoutExplanation = explained.map((result) => {
          if (!result.ok) return result;
          const { explanation, ...rest } = result;
          expect(explanation).toBeDefined();
          return rest;
        });
        expect(withoutExplanation).toEqual(plain);
      }),
      { numRuns: RUNS / 2 },
    );
  });
});
