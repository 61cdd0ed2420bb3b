import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { draftSchema, EVENT_TYPES, eventSchema } from '../../../src/mapping/event.js';
import { MATCH_KEY_TYPES } from '../../../src/mapping/match-key.js';
import { recordSchema } from '../../../src/mapping/sources/csv.js';
import { orderSchema } from '../../../src/mapping/sources/order.js';
import { conversionPayload, orderOf } from '../../support/events.js';
import { mutationsOf } from '../../support/mutations.js';
import { payloadOf } from '../../support/source-payloads.js';

// More: FUZZ_RUNS=20000 npx vitest run --project unit test/unit/mapping/compiling.test.ts
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 600);

const FULL = conversionPayload({
  consent: {
    geo: { ipAddress: '2001:db8::1' },
    amazonConsent: { amznAdStorage: 'DENIED', amznUserData: 'GRANTED' },
    tcf: 'CPcanaryConsentString',
    gpp: 'DBAA',
  },
  dataProcessingOptions: ['LIMITED_DATA_USE'],
  customAttributes: [{ name: 'brand', value: 'Acme_1' }],
});

const DRAFTS = [FULL, conversionPayload(), conversionPayload({ eventType: 'LEAD', currencyCode: undefined })];

/** Values on both sides of each limit of an event. */
const EDGES: Readonly<Record<string, readonly unknown[]>> = {
  name: [
    ' purchase ',
    'n'.repeat(256),
    'n'.repeat(257),
    '🛒'.repeat(128),
    '🛒'.repeat(129),
    '🛒'.repeat(257),
    'a;b',
    'é',
  ],
  eventType: [...EVENT_TYPES, 'off_amazon_purchases'],
  eventActionSource: ['WEBSITE', 'FIRE_TV', 'fire_tv'],
  countryCode: ['us', ' US', 'en-US', 'en_us', 'USA', 'XX', 'ß', '-', 'U S', 'US\n'],
  timestamp: [
    '2026-11-20T10:00:00Z',
    '2026-11-20T10:00:00.5Z',
    '2026-11-20T10:00:00.123Z',
    '2026-11-20T10:00:00.123456Z',
    '2026-11-20T10:00Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T10:00:60Z',
    '2026-11-20T10:00:00z',
    '2026-11-20t10:00:00Z',
    '2026-11-20 10:00:00Z',
    '2026-11-20T10:00:00+14:00',
    '2026-11-20T10:00:00-00:00',
    '2026-11-20T10:00:00+0100',
    '0000-02-29T00:00:00Z',
    '0000-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '2027-02-29T00:00:00Z',
    '2028-02-29T00:00:00Z',
    '2026-11-20T10:00:00Z\n',
  ],
  clientDedupeId: ['', 'i'.repeat(256), 'i'.repeat(257), 'a@b', 'a\u007fb', 'a\u0085b', '\ud83d', '\ude00', '🛒', 'ß'],
  value: [0, -0, 1, 129.9, 0.07, 1.005, 1e21, 1e-7, -1, Number.NaN, Number.POSITIVE_INFINITY, '1'],
  currencyCode: ['usd', 'EUR', 'XQX', 'ﬀx', ''],
  unitsSold: [0, 1, 1.5, 1_000_000, 1_000_001, 2 ** 53, '1'],
  consent: [
    {},
    { tcf: undefined },
    { tcf: '' },
    { gpp: 'x'.repeat(10_001) },
    { geo: { ipAddress: '1.2.3.256' } },
    null,
  ],
  dataProcessingOptions: [[], ['LIMITED_DATA_USE', 'LIMITED_DATA_USE'], 'LIMITED_DATA_USE'],
  customAttributes: [[], [{ name: 'a', value: 'é' }], [{ name: 'a' }], Array.from({ length: 2 })],
  matchKeys: [
    [],
    MATCH_KEY_TYPES.map((type) => ({ type, values: [' x '] })),
    [...MATCH_KEY_TYPES, 'EMAIL'].map((type) => ({ type, values: ['x'] })),
    [{ type: 'EMAIL', values: ['x'.repeat(1000)] }],
    [{ type: 'EMAIL', values: ['x'.repeat(1001)] }],
    [{ type: 'EMAIL', values: ['🛒'.repeat(501)] }],
    [{ type: 'toString', values: ['x'] }],
    [{ type: 'EMAIL', values: 'x' }],
    [{ values: ['x'], type: 'EMAIL', more: 1 }],
  ],
  orderTotal: [1],
};

/** A draft of which up to three fields stand at an edge, or are undefined, with its fields in either order. */
const changes = Object.entries(EDGES).flatMap(([field, values]) =>
  [...values, undefined].map((value) => ({ [field]: value })),
);
const edges = fc
  .tuple(fc.constantFrom(...DRAFTS), fc.array(fc.constantFrom(...changes), { maxLength: 3 }), fc.boolean())
  .map(([draft, changed, isReversed]) => {
    const fields = Object.entries(Object.assign({}, draft, ...changed) as Record<string, unknown>);
    return Object.fromEntries(isReversed ? fields.toReversed() : fields);
  });

const drafts = fc.oneof(edges, ...DRAFTS.map((draft) => mutationsOf(draft)));
const orders = mutationsOf(
  orderOf({
    type: 'purchase',
    items: [{ sku: 7, quantity: 2, price: '64.95' }, { quantity: null }],
    customer: { email: 'a@b.example', phone: 4155552671, city: null },
    consent: { tcf: 'CPXX' },
  }),
);
const records = fc.oneof(
  ...Object.values(payloadOf('csv', 'offline-sales'))
    .flat()
    .map((record) => mutationsOf(record)),
);

describe.each([
  ['a draft', draftSchema, drafts],
  ['an event at rest', eventSchema, drafts],
  ['an order', orderSchema, orders],
  ['a row of a file', recordSchema, records],
] as const)('checking %s by a compiled schema', (_what, compiled: z.ZodType, payloads: fc.Arbitrary<unknown>) => {
  // A clone has the rules and nothing compiled.
  const interpreted = z.clone(compiled);

  it('is possible: zod refuses nothing of it', () => {
    expect(() => z.compile(interpreted, { strict: true })).not.toThrow();
  });

  it('gives what the rules give: the same bytes, or the same faults', () => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(payloads, (payload) => {
        const expected = interpreted.safeParse(payload);
        const checked = compiled.safeParse(payload);
        seen[expected.success ? 'accepted' : 'refused'] += 1;
        expect(checked.success).toBe(expected.success);
        expect(checked.error?.issues).toEqual(expected.error?.issues);
        expect(checked.data).toStrictEqual(expected.data);
        expect(JSON.stringify(checked.data)).toBe(JSON.stringify(expected.data));
      }),
      { numRuns: RUNS },
    );
    expect(seen.accepted).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(0);
  });
});
