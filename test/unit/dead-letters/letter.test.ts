import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { letterIdOf, letterJob, readLetter } from '../../../src/dead-letters/letter.js';
import { letterWith } from '../../support/letters.js';

const RUN_NAME = fc.string({ unit: fc.constantFrom('0', '1', 'a', 'f'), minLength: 1, maxLength: 3 });

describe('naming dead letters', () => {
  it('names the job, the place in it and the run', () => {
    expect(letterIdOf('7', 3, 'a1b2c3d44')).toBe('7-3-a1b2c3d44');
  });

  it('makes an id that is safe in a Redis key and on a command line, of any job id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), RUN_NAME, (jobId, place, runName) => {
        expect(letterIdOf(jobId, place, runName)).toMatch(/^[\w-]+$/);
      }),
    );
  });

  it('gives different events different ids: the second of two letters with one id would be lost', () => {
    const event = fc.tuple(
      fc.string({ unit: fc.constantFrom('a', '1', '-', '_', '/', ' ', 'é', '🛒') }),
      fc.nat({ max: 20 }),
      RUN_NAME,
    );
    fc.assert(
      fc.property(event, event, (left, right) => {
        fc.pre(JSON.stringify(left) !== JSON.stringify(right));
        expect(letterIdOf(...left)).not.toBe(letterIdOf(...right));
      }),
      { numRuns: 1_000 },
    );
    expect(letterIdOf('order/1', 0, 'r')).not.toBe(letterIdOf('order_1', 0, 'r'));
  });
});

describe('keeping dead letters', () => {
  it.each([
    ['one that was sent', letterWith()],
    ['one that could not be read', letterWith({ reason: 'unreadable', event: null, raw: '{', answer: {} })],
    ['one that was never sent', letterWith({ reason: 'expired', attempts: 0, firstAttemptAt: undefined })],
  ])('reads back %s', (_what, letter) => {
    expect(readLetter(letter.id, letter.account, JSON.stringify(letter))).toEqual(letter);
  });

  it.each([{ v: 2 }, { reason: 'bored' }, { event: {} }, { attempts: '3' }, { isMaybeDelivered: undefined }])(
    'shows what holds %j as unreadable, and does not pass it over',
    (fault) => {
      const text = JSON.stringify({ ...letterWith(), ...fault });
      expect(readLetter('7-0-x', 'default', text)).toMatchObject({
        id: '7-0-x',
        reason: 'unreadable',
        event: null,
        raw: text,
      });
    },
  );

  it('shows what is no JSON as unreadable', () => {
    expect(readLetter('7-0-x', 'default', '{')).toMatchObject({ reason: 'unreadable', raw: '{' });
  });

  it('is stored as a job of the same id, in a sorted set and never removed by itself', () => {
    const letter = letterWith();
    expect(letterJob(letter)).toEqual({
      data: letter,
      jobId: letter.id,
      options: { priority: 1, removeOnComplete: false },
    });
  });
});
