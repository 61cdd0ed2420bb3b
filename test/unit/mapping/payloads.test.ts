import { describe, expect, it } from 'vitest';
import { mapPayload, SOURCES } from '../../../src/mapping/source.js';
import { contextAt, conversionPayload } from '../../support/events.js';

describe('a payload that is none', () => {
  it.each(SOURCES.flatMap((source) => ['text', 7, true, null, undefined].map((payload) => [source, payload] as const)))(
    'of %s, %j, is refused as no object',
    (source, payload) => {
      expect(mapPayload(source, payload, contextAt())).toMatchObject([
        { ok: false, reason: 'invalid', issues: [{ path: '', message: expect.stringMatching(/must be an object/) }] },
      ]);
    },
  );
});

describe('a match key of a conversion', () => {
  it.each<[string, object, string]>([
    ['with a field that there is not', { value: 'x' }, 'matchKeys[0].value'],
    ['whose value is a number', { values: [7] }, 'matchKeys[0].values[0]'],
    ['whose value is too long', { values: ['x'.repeat(1_001)] }, 'matchKeys[0].values[0]'],
    ['with two values', { values: ['a@b.example', 'c@d.example'] }, 'matchKeys[0].values'],
  ])('%s is refused, and named', (_what, more, path) => {
    const key = { type: 'EMAIL', values: ['jane@example.com'], ...more };
    const [mapped] = mapPayload('conversion', conversionPayload({ matchKeys: [key] }), contextAt());
    expect(mapped).toMatchObject({ ok: false, reason: 'invalid' });
    expect(mapped?.ok === false && mapped.issues.map((issue) => issue.path)).toContain(path);
  });
});

it('a row with a column that there is not is refused, and the column named', () => {
  const [mapped] = mapPayload('csv', { email: 'jane@example.com', colour: 'red' }, contextAt());
  expect(mapped).toMatchObject({ ok: false });
  expect(JSON.stringify(mapped?.ok === false && mapped.issues)).toContain('colour');
});
