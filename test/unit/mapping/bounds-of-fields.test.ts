// Each limit of a field at its bound: the longest that is taken, and one more.
import { describe, expect, it } from 'vitest';
import { eventSchema } from '../../../src/mapping/event.js';
import { checkConversion } from '../../../src/mapping/sources/conversion.js';
import { contextAt, conversionPayload, eventOf } from '../../support/events.js';

const emails = (count: number) =>
  Array.from({ length: count }, (_, number) => ({ type: 'EMAIL', values: [`a${number}@b.example`] }));
const attributes = (count: number) =>
  Array.from({ length: count }, (_, number) => ({ name: `a${number}`, value: 'b' }));
const attribute = (name: string, value: string) => ({ customAttributes: [{ name, value }] });

interface Bound {
  readonly what: string;
  readonly path: string;
  readonly taken: object;
  readonly tooMuch: object;
}

const BOUNDS: readonly Bound[] = [
  { what: 'match keys', path: 'matchKeys', taken: { matchKeys: emails(15) }, tooMuch: { matchKeys: emails(16) } },
  {
    what: 'the id',
    path: 'clientDedupeId',
    taken: { clientDedupeId: 'i'.repeat(256) },
    tooMuch: { clientDedupeId: 'i'.repeat(257) },
  },
  {
    what: 'the id in letters that take a closer look',
    path: 'clientDedupeId',
    taken: { clientDedupeId: 'ü'.repeat(256) },
    tooMuch: { clientDedupeId: 'ü'.repeat(257) },
  },
  { what: 'the name', path: 'name', taken: { name: 'n'.repeat(256) }, tooMuch: { name: 'n'.repeat(257) } },
  {
    what: 'attributes',
    path: 'customAttributes',
    taken: { customAttributes: attributes(13) },
    tooMuch: { customAttributes: attributes(14) },
  },
  {
    what: 'an attribute’s name',
    path: 'customAttributes[0].name',
    taken: attribute('n'.repeat(256), 'v'),
    tooMuch: attribute('n'.repeat(257), 'v'),
  },
  {
    what: 'an attribute’s value',
    path: 'customAttributes[0].value',
    taken: attribute('n', 'v'.repeat(256)),
    tooMuch: attribute('n', 'v'.repeat(257)),
  },
  {
    what: 'consent by TCF',
    path: 'consent.tcf',
    taken: { consent: { tcf: 'C'.repeat(10_000) } },
    tooMuch: { consent: { tcf: 'C'.repeat(10_001) } },
  },
  {
    what: 'consent by GPP',
    path: 'consent.gpp',
    taken: { consent: { gpp: 'C'.repeat(10_000) } },
    tooMuch: { consent: { gpp: 'C'.repeat(10_001) } },
  },
  {
    what: 'processing options',
    path: 'dataProcessingOptions',
    taken: { dataProcessingOptions: ['LIMITED_DATA_USE'] },
    tooMuch: { dataProcessingOptions: ['LIMITED_DATA_USE', 'LIMITED_DATA_USE'] },
  },
  { what: 'units', path: 'unitsSold', taken: { unitsSold: 1_000_000 }, tooMuch: { unitsSold: 1_000_001 } },
  { what: 'decimals', path: 'value', taken: { value: 0.01 }, tooMuch: { value: 0.001 } },
];

describe.each(BOUNDS)('$what', ({ path, taken, tooMuch }) => {
  it('is taken at its bound', () => {
    expect(checkConversion(conversionPayload(taken), contextAt())).toMatchObject({ ok: true });
  });

  it('is rejected beyond, by its path', () => {
    expect(checkConversion(conversionPayload(tooMuch), contextAt())).toMatchObject({
      ok: false,
      reason: 'invalid',
      issues: [{ path }],
    });
  });
});

describe('a list of match keys', () => {
  it('may be of any length where it is called by a program, and is too long then', () => {
    const mapped = checkConversion(conversionPayload({ matchKeys: emails(101) }), contextAt());
    expect(mapped).toMatchObject({ ok: false, issues: [{ path: 'matchKeys' }] });
  });

  it('is judged by the schema where a look at it by hand finds fault', () => {
    let isFirst = true;
    const key = {
      get type() {
        const type = isFirst ? 'NICKNAME' : 'EMAIL';
        isFirst = false;
        return type;
      },
      values: ['a@b.example'],
    };
    const mapped = checkConversion(conversionPayload({ matchKeys: [key] }), contextAt());
    expect(mapped).toMatchObject({ ok: true, event: { matchKeys: [{ type: 'EMAIL' }] } });
  });
});

describe('a stored event', () => {
  const digests = (count: number) =>
    Array.from({ length: count }, (_, number) => ({ type: 'EMAIL', values: [String(number).padStart(64, '0')] }));
  const isTaken = (matchKeys: unknown) => eventSchema.safeParse({ ...eventOf('a'), matchKeys }).success;

  it('holds 1 to 15 match keys', () => {
    expect([0, 1, 15, 16].map((count) => isTaken(digests(count)))).toEqual([false, true, true, false]);
  });
});
