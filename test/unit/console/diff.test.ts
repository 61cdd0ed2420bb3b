import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differences } from '../../../src/console/diff.js';

describe('comparing events', () => {
  it('names each path that changed, came or went', () => {
    const before = { name: 'a', value: 1, matchKeys: [{ type: 'EMAIL', values: ['x'] }], consent: { tcf: 't' } };
    const after = {
      name: 'a',
      value: 2,
      matchKeys: [{ type: 'EMAIL', values: ['y'] }, { type: 'PHONE' }],
      unitsSold: 3,
    };
    expect(differences(before, after)).toEqual([
      { path: 'value', before: '1', after: '2' },
      { path: 'matchKeys[0].values[0]', before: '"x"', after: '"y"' },
      { path: 'matchKeys[1]', before: undefined, after: '{"type":"PHONE"}' },
      { path: 'consent', before: '{"tcf":"t"}', after: undefined },
      { path: 'unitsSold', before: undefined, after: '3' },
    ]);
  });

  it('takes a list and an object for different things', () => {
    expect(differences({ a: [] }, { a: {} })).toEqual([{ path: 'a', before: '[]', after: '{}' }]);
  });

  it('is empty just where the JSON is the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        expect(differences(left, structuredClone(left))).toEqual([]);
        const isSame = JSON.stringify(left) === JSON.stringify(right);
        if (differences(left, right).length === 0 && !isSame) expect(sorted(left)).toEqual(sorted(right));
      }),
    );
  });
});

/** The same with sorted names: the order of an object's fields is not a difference. */
function sorted(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
