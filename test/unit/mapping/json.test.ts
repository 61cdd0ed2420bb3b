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

  it.each([
    ['-820982911946154508', '-820982911946154508'],
    ['9007199254740991', 9007199254740991],
    ['0.12345678901234567', Number('0.12345678901234567')],
    ['1234567890123456.5', 1234567890123456.5],
    ['12345678901234567e2', Number('12345678901234567e2')],
    ['"\\"820982911946154508\\\\"', '"820982911946154508\\'],
  ])('reads %s', (text, value) => {
    expect(parseJson(`[${text}, 820982911946154508]`)).toEqual([value, '820982911946154508']);
  });

  it('takes any depth, and long texts without end in no more time than their length', () => {
    const depth = 100_000;
    expect(() => parseJson(`${'['.repeat(depth)}820982911946154508${']'.repeat(depth)}`)).not.toThrow();
    const startedAt = performance.now();
    for (const text of ['"\\"', '"', '\\', '"\\', '1e']) {
      expect(() => parseJson(`820982911946154508"${text.repeat(300_000)}`)).toThrow(SyntaxError);
    }
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('a long text with many escapes beside a long number is read', () => {
    const text = '\n"'.repeat(1_000_000);
    expect(parseJson(`[${JSON.stringify(text)},820982911946154508]`)).toEqual([text, '820982911946154508']);
  });

  it.each([
    '{820982911946154508:1}',
    '{820982911946154508 :1}',
    '[0820982911946154508]',
    '',
    '{',
    '{"a":1,}',
    '{"id":820982911946154508',
  ])('says of %j that it is not JSON, without quoting it', (text) => {
    expect(() => parseJson(text)).toThrow(new SyntaxError('is not valid JSON'));
  });
});
