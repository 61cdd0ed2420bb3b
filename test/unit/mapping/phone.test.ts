import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalisePhone, parseAnyPhone } from '../../../src/mapping/phone.js';

const digits = (count: number) =>
  fc.string({
    unit: fc.constantFrom('0', '1', '2', '3', '4', '5', '6', '7', '8', '9'),
    minLength: count,
    maxLength: count,
  });
const separator = fc.constantFrom('', ' ', '.', '-', ') ', '(', ')', '--');
const country = fc.constantFrom('US', 'CA', 'GB', 'DE', 'JM', 'ZZ');

describe('reading numbers of North America without the library', () => {
  it('gives what the library gives, whatever the digits, their grouping and the country', () => {
    const written = fc.tuple(
      fc.constantFrom('', '+1', '+1 ', '1 ', '+', '(', ' '),
      digits(3),
      separator,
      digits(3),
      separator,
      digits(4),
      fc.constantFrom('', '', ' ', ' ext 5', '0'),
    );
    fc.assert(
      fc.property(written, country, (parts, code) => {
        const raw = parts.join('');
        // Mexico's old prefixes and a plus sign too many are taken off before the library sees them.
        fc.pre(!/^\+(?:52|0)/.test(raw));
        expect({ raw, code, phone: normalisePhone(raw, code) }).toEqual({
          raw,
          code,
          phone: parseAnyPhone(raw, code)?.e164 ?? '',
        });
      }),
      { numRuns: 3_000 },
    );
  });

  it('leaves ten digits of another country to that country', () => {
    expect(normalisePhone('2079460018', 'GB')).toBe('+442079460018');
    expect(normalisePhone('(415) 555-2671', 'US')).toBe('+14155552671');
  });
});
