import { describe, expect, it } from 'vitest';
import { readCorrections } from '../../../src/console/corrections.js';

describe('reading corrections as they are typed', () => {
  it('takes path=value, a line each', () => {
    expect(readCorrections('currencyCode=USD\r\n\n  matchKeys[0].values[0]=a=b \nvalue=\n')).toEqual({
      ok: true,
      corrections: [
        { path: ['currencyCode'], value: 'USD' },
        { path: ['matchKeys', 0, 'values', 0], value: 'a=b' },
        { path: ['value'], value: undefined },
      ],
    });
  });

  it('takes a merge patch', () => {
    expect(readCorrections(' {"countryCode": "CA",\n "unitsSold": null}')).toEqual({
      ok: true,
      corrections: [{ patch: { countryCode: 'CA', unitsSold: null } }],
    });
  });

  it('takes nothing for no corrections', () => {
    expect(readCorrections(' \n')).toEqual({ ok: true, corrections: [] });
  });

  it.each(['currencyCode', 'a=1\nsecret@example.com', '{"a": }', '{"a": 1} x'])(
    'says how %j is to be written',
    (text) => {
      const read = readCorrections(text);
      expect(read).toEqual({ ok: false, faults: [expect.stringContaining('path=value')] });
      expect(JSON.stringify(read)).not.toContain('secret');
    },
  );
});
