/**
 * Payloads that are almost valid: a valid one with some values replaced or removed. Random JSON alone never passes the
 * first check.
 */
import fc from 'fast-check';

type Path = readonly (string | number)[];

/** Values that have broken JSON readers before. */
const AWKWARD: readonly unknown[] = [
  null,
  '',
  ' ',
  0,
  -1,
  -0,
  1e21,
  5e-324,
  9_007_199_254_740_992,
  true,
  [],
  [[]],
  {},
  [null],
  '__proto__',
  'constructor',
  'NaN',
  '١٢٣',
  '\u0000',
  '\uD800',
  '\uFEFFx',
  'İ',
  '9'.repeat(400),
  'x'.repeat(5000),
  '2026-02-30T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '2026-11-20T23:59:60Z',
  '1e3',
  '0x10',
  '--1',
  'a@b@c',
  '+',
  { length: 3 },
  { toString: 'x' },
];

const values = fc.oneof(
  { arbitrary: fc.constantFrom(...AWKWARD), weight: 3 },
  { arbitrary: fc.jsonValue({ maxDepth: 3 }), weight: 2 },
  { arbitrary: fc.double(), weight: 1 },
  { arbitrary: fc.constant(undefined), weight: 1 },
);

/** The payload with one to four values changed. */
export function mutationsOf(payload: unknown): fc.Arbitrary<unknown> {
  const paths = pathsOf(payload, []);
  return fc
    .array(fc.tuple(fc.constantFrom(...paths), values), { minLength: 1, maxLength: 4 })
    .map((changes) => changes.reduce<unknown>((known, [path, value]) => withValue(known, path, value), payload));
}

function pathsOf(value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([name, entry]) =>
    pathsOf(entry, [...path, Array.isArray(value) ? Number(name) : name]),
  );
  return [path, ...below];
}

function withValue(target: unknown, [first, ...rest]: Path, value: unknown): unknown {
  if (first === undefined) return value;
  if (typeof target !== 'object' || target === null) return target;
  if (Array.isArray(target)) {
    const list: unknown[] = [...target];
    list[Number(first)] = withValue(list[Number(first)], rest, value);
    return list;
  }
  const fields: Record<string, unknown> = { ...target };
  if (value === undefined && rest.length === 0) delete fields[first];
  else fields[first] = withValue(fields[first], rest, value);
  return fields;
}
