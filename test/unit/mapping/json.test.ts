import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/mapping/json.js';

describe('parsing JSON', () => {
  it('keeps the digits of whole numbers past 2^53, as text', () => {
    expect(parseJson('{"id":820982911946154508,"n":[12345678901234567890]}')).toEqual({
      id: '820982911946154508',
      n: ['12345678901234567890'],
    });
  });

  it('leaves numbers that a double holds as numbers, also beside long ones', () => {
    expect(parseJson('{"a":1,"b":1.5,"c":-3,"d":1e3,"id":820982911946154508,"p":0.1234567890123456}')).toEqual({
      a: 1,
      b: 1.5,
      c: -3,
      d: 1000,
      id: '820982911946154508',
      p: 0.1234567890123456,
    });
  });

  it('leaves long digits in text alone', () => {
    expect(parseJson('{"card":"4111111111111111222"}')).toEqual({ card: '4111111111111111222' });
  });

  it.each(['', '{', '{"a":1,}', '{"id":820982911946154508'])(
    'says of %j that it is not JSON, without quoting it',
    (text) => {
      expect(() => parseJson(text)).toThrow(new SyntaxError('is not valid JSON'));
    },
  );
});
