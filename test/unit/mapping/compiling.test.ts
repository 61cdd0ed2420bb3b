import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { draftSchema, eventSchema } from '../../../src/mapping/event.js';
import { recordSchema } from '../../../src/mapping/sources/csv.js';
import { orderSchema } from '../../../src/mapping/sources/order.js';
import { drafts } from '../../support/drafts.js';
import { orderOf } from '../../support/events.js';
import { mutationsOf } from '../../support/mutations.js';
import { payloadOf } from '../../support/source-payloads.js';

// More: FUZZ_RUNS=20000 npx vitest run --project unit test/unit/mapping/compiling.test.ts
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 600);

const orders = mutationsOf(
  orderOf({
    type: 'purchase',
    items: [{ sku: 7, quantity: 2, price: '64.95' }, { quantity: null }],
    customer: { email: 'a@b.example', phone: 4155552671, city: null },
    consent: { tcf: 'CPXxRfAPXxRfA' },
  }),
);
const records = fc.oneof(
  ...Object.values(payloadOf('csv', 'offline-sales'))
    .flat()
    .map((record) => mutationsOf(record)),
);

describe.each([
  ['a draft', draftSchema, drafts],
  ['a stored event', eventSchema, drafts],
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
