import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { WORDED } from '../../../src/mapping/fault-words.js';
import { mapPayload, type Source } from '../../../src/mapping/source.js';
import { contextAt, conversionPayload, orderOf } from '../../support/events.js';

const consent = { amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'GRANTED' }, geo: {}, tcf: 'x', gpp: 'y' };
const FULL: readonly (readonly [Source, object])[] = [
  [
    'conversion',
    conversionPayload({
      consent,
      customAttributes: [{ name: 'a', value: 'x' }],
      dataProcessingOptions: ['LIMITED_DATA_USE'],
    }),
  ],
  ['order', { ...orderOf(), consent }],
];
const BROKEN = [null, '', 0, -1, 1.5, 2 ** 60, Number.NaN, true, [], {}, 'x'.repeat(3_000), [null], [1], { a: 1 }, 1n];
const LIBRARY = /Invalid|Too (big|small)|expected|received|Unrecognized|undefined/;

/** The payload with one of its values replaced, each in turn. */
function* brokenBy(payload: object, value: unknown, path: readonly string[] = []): Generator<object> {
  const at = path.reduce<unknown>((node, key) => Reflect.get(Object(node), key), payload);
  if (typeof at !== 'object' || at === null) return;
  for (const key of Object.keys(at)) {
    const copy: object = structuredClone(payload);
    Reflect.set(Object(path.reduce<unknown>((node, step) => Reflect.get(Object(node), step), copy)), key, value);
    yield copy;
    yield* brokenBy(payload, value, [...path, key]);
  }
}

describe('wording faults', () => {
  it.each(FULL)('no fault of a %s is told in the words of a library', (source, payload) => {
    let faults = 0;
    for (const value of BROKEN) {
      for (const broken of brokenBy(payload, value)) {
        for (const mapped of mapPayload(source, broken, contextAt())) {
          for (const { message } of mapped.ok ? [] : mapped.issues) {
            faults += 1;
            expect(message).not.toMatch(LIBRARY);
          }
        }
      }
    }
    expect(faults).toBeGreaterThan(100);
  });

  const kinds = z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('a') }),
    z.object({ kind: z.literal('b') }),
    z.object({ kind: z.literal('c') }),
  ]);
  it.each<[z.ZodType, unknown, string]>([
    [z.string(), undefined, 'is missing'],
    [z.string(), 5, 'must be text in quotes'],
    [z.int(), 1.5, 'must be a whole number'],
    [z.bigint(), 5, 'must be bigint'],
    [z.literal('a'), 'b', 'must be a'],
    [z.enum(['a', 'b', 'c']), 'd', 'must be a, b or c'],
    [z.url(), 'x', 'must be a URL, such as https://example.com'],
    [z.uuid(), 'x', 'is not of the form that is wanted'],
    [z.strictObject({}), { a: 1, b: 2 }, 'does not know a, b'],
    [z.number().max(5), 6, 'must be at most 5'],
    [z.string().max(2), 'abc', 'must be at most 2 characters'],
    [z.array(z.int()).max(1), [1, 2], 'must be at most 1 entries'],
    [z.number().min(5), 4, 'must be at least 5'],
    [z.string().min(1), '', 'must not be empty'],
    [z.union([z.string(), z.int()]), {}, 'has no known form'],
    [kinds, { kind: 'x' }, 'must be a, b or c'],
    [z.number().multipleOf(2), 3, 'Invalid number: must be a multiple of 2'],
    [z.map(z.string(), z.int()), new Map([[{}, 1]]), 'Invalid key in map'],
    [z.map(z.object({}), z.int()), new Map([[{}, 'x']]), 'Invalid value in map'],
    [z.string().refine(() => false), 'x', 'Invalid input'],
    [z.string().refine(() => false, 'has words of its own'), 'x', 'has words of its own'],
  ])('of %#, what a schema does not take, it says %s', (schema, value, message) => {
    expect(schema.safeParse(value, WORDED).error?.issues).toMatchObject([{ message }]);
  });

  it.each([
    ['conversion', { consent: null }, { path: 'consent', message: 'must be an object: {…}' }],
    ['conversion', { customAttributes: [{}] }, { path: 'customAttributes[0].name', message: 'is missing' }],
    [
      'conversion',
      { customAttributes: [{ name: 'a', value: 'x'.repeat(257) }] },
      { path: 'customAttributes[0].value', message: 'must be at most 256 characters' },
    ],
    [
      'order',
      { id: 2 ** 60 },
      { path: 'id', message: 'has more digits than a number keeps: write it as text in quotes' },
    ],
  ] as const)('of a %s with %j it says what is wanted', (source, field, issue) => {
    const payload = source === 'order' ? orderOf() : conversionPayload();
    const [mapped] = mapPayload(source, { ...payload, ...field }, contextAt());
    expect(mapped).toMatchObject({ ok: false, issues: expect.arrayContaining([issue]) });
  });
});
