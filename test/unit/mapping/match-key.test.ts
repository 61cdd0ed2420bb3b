import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  HASHED_MATCH_KEYS,
  hashMatchKey,
  MATCH_KEY_RULES,
  type MatchKeyRules,
  matchValuesOf,
  normaliseMatchKey,
} from '../../../src/mapping/match-key.js';

interface Vector {
  type: (typeof HASHED_MATCH_KEYS)[number];
  raw: string;
  country: string;
  standard: { normalised: string; sha256: string | null };
  'amazon-ads': { normalised: string; sha256: string | null };
}

const { vectors } = JSON.parse(readFileSync('test/vectors/match-keys.json', 'utf8')) as { vectors: Vector[] };

describe('hashing match keys', () => {
  it('has vectors for every hashed type', () => {
    expect(new Set(vectors.map(({ type }) => type))).toEqual(new Set(HASHED_MATCH_KEYS));
  });

  for (const rules of ['standard', 'amazon-ads'] as const) {
    it.each(vectors)(`$type "$raw" comes out to the byte under ${rules}`, ({ type, raw, country, ...expected }) => {
      const { normalised, sha256 } = expected[rules];
      expect(normaliseMatchKey(type, raw, country, rules)).toBe(normalised);
      expect(hashMatchKey(type, raw, country, rules)).toBe(sha256 ?? undefined);
    });
  }

  it('passes a value that is hashed already, in lower case', () => {
    const digest = createHash('sha256').update('x').digest('hex');
    expect(hashMatchKey('EMAIL', ` ${digest.toUpperCase()} `, 'US', 'standard')).toBe(digest);
    expect(hashMatchKey('PHONE', digest, 'US', 'amazon-ads')).toBe(digest);
    expect(matchValuesOf('LAST_NAME', ` ${digest.toUpperCase()} `, 'US', 'standard')).toEqual([digest]);
  });

  it.each([
    ['EMAIL', `${'a'.repeat(54)}@b.example`],
    ['LAST_NAME', `${'a'.repeat(63)}x`],
    ['LAST_NAME', `x${'a'.repeat(63)}`],
    ['ADDRESS', `${'1'.repeat(31)} ${'a'.repeat(32)}`],
  ] as const)('hashes a %s of exactly 64 characters that is no digest', (type, raw) => {
    expect(raw).toHaveLength(64);
    const digest = createHash('sha256').update(raw).digest('hex');
    expect(hashMatchKey(type, raw, 'US', 'standard')).toBe(digest);
    expect(matchValuesOf(type, raw, 'US', 'standard')).toEqual([digest]);
  });

  it.each([
    ['Casa c/ Mayor 1', 'ES', 'casa calle mayor 1'],
    ['C Mayor 1', 'ES', 'calle mayor 1'],
    ['Mayor 1 C', 'ES', 'mayor 1 c'],
  ])('reads the address %j of %s as %s, by the words of its country', (raw, country, text) => {
    expect(normaliseMatchKey('ADDRESS', raw, country, 'amazon-events')).toBe(text.replaceAll(' ', ''));
  });

  it('gives no value where a rule set leaves a part of an address that thousands share', () => {
    expect(matchValuesOf('EMAIL', '李@example.com', 'CN', 'amazon-ads')).toEqual([]);
    expect(matchValuesOf('EMAIL', '李@example.com', 'CN', 'standard')).toHaveLength(1);
  });

  it.each([63, 65])('hashes %i hex digits: only exactly 64 are a digest', (length) => {
    const almost = 'a'.repeat(length);
    expect(hashMatchKey('LAST_NAME', almost, 'US', 'standard')).toBe(createHash('sha256').update(almost).digest('hex'));
  });

  it.each(HASHED_MATCH_KEYS)('leaves out a %s of white space', (type) => {
    for (const rules of MATCH_KEY_RULES) expect(hashMatchKey(type, ' \t\n ', 'US', rules)).toBeUndefined();
  });

  it('sends unhashed types as they are, trimmed', () => {
    expect(hashMatchKey('MAID', ' CDDA802E-FB9C-47AD-9866-0794D394C912 ', 'US', 'standard')).toBe(
      'CDDA802E-FB9C-47AD-9866-0794D394C912',
    );
    expect(hashMatchKey('FIP', '  ', 'US', 'standard')).toBeUndefined();
  });

  it('never lets a hashed type out as anything but a digest', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...HASHED_MATCH_KEYS),
        fc.string({ unit: 'binary' }),
        fc.constantFrom<MatchKeyRules>(...MATCH_KEY_RULES),
        (type, raw, rules) => {
          const hashed = hashMatchKey(type, raw, 'DE', rules);
          expect(hashed ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
        },
      ),
    );
  });

  it('gives no other key for a value’s normalised form', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...HASHED_MATCH_KEYS),
        fc.string(),
        fc.constantFrom(...MATCH_KEY_RULES),
        (type, raw, rules) => {
          fc.pre(type !== 'PHONE' || rules === 'standard');
          // `a v` is two words, `av` an avenue.
          fc.pre(type !== 'ADDRESS' || rules !== 'amazon-events');
          // `8 8` loses its blank, and `88` is a number that lost its zeros.
          fc.pre(type !== 'POSTAL' || rules === 'standard');
          const once = normaliseMatchKey(type, raw, 'US', rules);
          // Nothing, where what is left of odd text is a word for nothing, such as `nil`.
          expect([once, '']).toContain(normaliseMatchKey(type, once, 'US', rules));
        },
      ),
    );
  });
});

describe('normalising phone numbers', () => {
  it.each([
    ['089 / 123456', 'DE', '+4989123456'],
    ['02 38 12 34 56', 'FR', '+33238123456'],
    ['03-5123-4567', 'JP', '+81351234567'],
    ['(11) 3123-4567', 'BR', '+551131234567'],
    ['0044 20 7183 8750', 'GB', '+442071838750'],
    ['+44 20 7183 8750', 'US', '+442071838750'],
    ['415-555-2671 ext. 12', 'US', '+14155552671'],
  ])('%s in %s is %s', (raw, country, e164) => {
    expect(normaliseMatchKey('PHONE', raw, country, 'standard')).toBe(e164);
  });

  it.each(['call me', '12', '', 'n/a'])('leaves out "%s"', (raw) => {
    expect(hashMatchKey('PHONE', raw, 'US', 'standard')).toBeUndefined();
  });

  it('reads a number with a country code where the event’s country has no numbering plan', () => {
    expect(normaliseMatchKey('PHONE', '+14155552671', 'AQ', 'standard')).toBe('+14155552671');
  });
});
