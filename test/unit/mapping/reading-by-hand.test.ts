// What is read by hand, because it is nearly always ordinary, against the schema or the function that reads everything.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EventFields, fieldsSchema, matchKeysSchema } from '../../../src/mapping/event.js';
import { type DraftFields, eventOf, readOrdinary } from '../../../src/mapping/event-fields.js';
import {
  HASHED_MATCH_KEYS,
  hashMatchKey,
  MATCH_KEY_RULES,
  MATCH_KEY_TYPES,
  matchValuesOf,
} from '../../../src/mapping/match-key.js';
import { areWellFormed } from '../../../src/mapping/sources/conversion-keys.js';
import { drafts } from '../../support/drafts.js';
import { contextAt, conversionPayload } from '../../support/events.js';
import { mutationsOf } from '../../support/mutations.js';

// More: FUZZ_RUNS=20000 npx vitest run --project unit test/unit/mapping/reading-by-hand.test.ts
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 600);

const NAMES = Object.keys(fieldsSchema.shape) as (keyof EventFields)[];

/** The fields of a draft as a table gives them: all are named. */
function fieldsOf(draft: unknown): DraftFields {
  const fields: Readonly<Record<string, unknown>> = Object(draft);
  return Object.fromEntries(NAMES.map((name) => [name, fields[name]])) as DraftFields;
}

describe('reading the fields of an event by hand', () => {
  it('gives the event that the schema gives', () => {
    let read = 0;
    fc.assert(
      fc.property(drafts, (draft) => {
        const fields = fieldsOf(draft);
        const ordinary = readOrdinary(fields);
        if (!ordinary) return;
        read += 1;
        const event = eventOf(ordinary, [], contextAt());
        const expected = eventOf(fieldsSchema.parse(fields), [], contextAt());
        expect(event).toStrictEqual(expected);
        expect(JSON.stringify(event)).toBe(JSON.stringify(expected));
      }),
      { numRuns: RUNS },
    );
    expect(read).toBeGreaterThan(0);
  });

  it('is enough for an ordinary event', () => {
    const consent = { amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'DENIED' }, tcf: 'CPXxRfAPXxRfA' };
    const customAttributes = [{ name: 'brand', value: 'Acme_1' }];
    for (const draft of [conversionPayload(), conversionPayload({ consent, customAttributes })]) {
      expect(readOrdinary(fieldsOf(draft))).toBeDefined();
    }
  });
});

describe('reading the match keys of a conversion by hand', () => {
  const lists = mutationsOf(MATCH_KEY_TYPES.map((type) => ({ type, values: ['x'] })));

  it('passes nothing that the schema refuses or changes', () => {
    const seen = { passed: 0, left: 0 };
    fc.assert(
      fc.property(fc.oneof(lists, drafts.map(matchKeysOf)), (list) => {
        const isPassed = areWellFormed(list);
        seen[isPassed ? 'passed' : 'left'] += 1;
        if (isPassed) expect(matchKeysSchema.parse(list)).toStrictEqual(list);
      }),
      { numRuns: RUNS },
    );
    expect(seen.passed).toBeGreaterThan(0);
    expect(seen.left).toBeGreaterThan(0);
  });

  it.each([
    ['a hole', Array.from({ length: 1 })],
    ['an unknown type', [{ type: 'toString', values: ['x'] }]],
    ['a field more', [{ type: 'EMAIL', values: ['x'], value: 'x' }]],
    ['two values', [{ type: 'EMAIL', values: ['x', 'y'] }]],
    ['a number', [{ type: 'EMAIL', values: [1] }]],
    ['a text that is too long', [{ type: 'EMAIL', values: ['x'.repeat(1001)] }]],
  ])('leaves a list with %s to the schema', (_what, list) => {
    expect(areWellFormed(list)).toBe(false);
  });
});

describe('hashing a single word', () => {
  const words = fc.oneof(
    fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,33}$/),
    fc.constantFrom('Null', 'NaN', 'None', 'nil', 'undefined', 'n', 'U', 'ab'.repeat(16), 'K2A0B1', 'e10'),
  );
  const types = HASHED_MATCH_KEYS.filter((type) => type !== 'EMAIL' && type !== 'PHONE');

  it('gives what the rules give', () => {
    fc.assert(
      fc.property(words, fc.constantFrom(...types), fc.constantFrom(...MATCH_KEY_RULES), (word, type, rules) => {
        const expected = hashMatchKey(type, word, 'DE', rules);
        expect(matchValuesOf(type, word, 'DE', rules)).toEqual(expected === undefined ? [] : [expected]);
      }),
      { numRuns: RUNS },
    );
  });
});

function matchKeysOf(draft: unknown): unknown {
  return (Object(draft) as Readonly<Record<string, unknown>>)['matchKeys'];
}
