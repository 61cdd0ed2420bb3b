import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  HASHED_MATCH_KEYS,
  hashMatchKey,
  isHashedType,
  type MatchKeyType,
  matchValuesOf,
  normaliseMatchKey,
} from '../../../src/mapping/match-key.js';
import { STATE_TABLES, stateCode } from '../../../src/mapping/rules/state.js';

interface Form {
  readonly normalised: string;
  readonly sha256: string | null;
}
interface Vector extends Form {
  readonly type: MatchKeyType;
  readonly country: string;
  readonly raw: string;
  readonly bug?: string;
  readonly decision?: Form & { readonly why: string };
}

const { vectors } = JSON.parse(readFileSync('test/vectors/match-keys-server-tag.json', 'utf8')) as {
  vectors: Vector[];
};
const digestOf = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');
const normalise = (type: (typeof HASHED_MATCH_KEYS)[number], raw: string, country: string) =>
  normaliseMatchKey(type, raw, country, 'amazon-events');

describe('hashing by amazon-events', () => {
  it('has a decision for each defect of the server tag, and for nothing else', () => {
    expect(vectors.filter(({ bug }) => bug !== undefined)).toHaveLength(40);
    for (const { bug, decision, raw } of vectors) expect(decision !== undefined, raw).toBe(bug !== undefined);
  });

  it.each(vectors)('$type of $country, $raw, comes out to the byte', ({ type, country, raw, ...tag }) => {
    const { normalised, sha256 } = tag.decision ?? tag;
    const isDigest = /^[0-9a-f]{64}$/i.test(raw);
    if (!isHashedType(type)) {
      expect(hashMatchKey(type, raw, country, 'amazon-events')).toBe(normalised);
      return;
    }
    if (!isDigest) expect(normalise(type, raw, country)).toBe(normalised);
    expect(hashMatchKey(type, raw, country, 'amazon-events')).toBe(sha256 ?? undefined);
    // Of phones it also leaves out those that nobody has; two vectors are such numbers.
    if (type === 'PHONE') return;
    expect(matchValuesOf(type, raw, country, 'amazon-events')).toEqual(sha256 === null ? [] : [sha256]);
  });

  it('never hashes a placeholder for an empty value, in any case', () => {
    const nothing = digestOf('');
    fc.assert(
      fc.property(
        fc.constantFrom(...HASHED_MATCH_KEYS),
        fc.string({ unit: 'binary' }),
        fc.constantFrom('US', 'DE', 'JP', 'ES', 'constructor'),
        (type, raw, country) => {
          const value = hashMatchKey(type, raw, country, 'amazon-events');
          expect(value).not.toBe(nothing);
          expect(value ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
        },
      ),
    );
  });

  it.each(['李@example.com', 'jane@', '@example.com', 'jane@doe@example.com', 'n/a', 'jane'])(
    'leaves out the e-mail %s',
    (raw) => expect(hashMatchKey('EMAIL', raw, 'US', 'amazon-events')).toBeUndefined(),
  );

  it('leaves out the e-mail of which amazon-ads keeps the domain alone', () => {
    expect(hashMatchKey('EMAIL', '李@example.com', 'US', 'amazon-ads')).toBeUndefined();
  });
});

describe('states', () => {
  it.each([
    ['W. Va.', 'US', 'wv'],
    ['Calif.', 'US', 'ca'],
    ['Washington, D.C.', 'US', 'dc'],
    ['Puerto Rico', 'US', 'pr'],
    ['newfoundland', 'CA', 'nl'],
    ['Colombie-Britannique', 'CA', 'bc'],
    ['DE-BY', 'DE', 'by'],
    ['Freistaat Sachsen', 'DE', 'sn'],
    ['Sachsen-Anhalt', 'DE', 'st'],
    ['Thueringen', 'DE', 'th'],
    ['Thuringen', 'DE', 'th'],
    ['Occitanie', 'FR', 'occ'],
    ['FR-IDF', 'FR', 'if'],
    ['Noord-Holland', 'NL', 'nh'],
    ['Fryslân', 'NL', 'fr'],
    ['A Coruña', 'ES', 'c'],
    ['Vizcaya', 'ES', 'bi'],
    ['Comunidad de Madrid', 'ES', 'm'],
    ['Florence', 'IT', 'fi'],
    ["L'Aquila", 'IT', 'aq'],
    ['Ciudad de México', 'MX', 'df'],
    ['Q Roo', 'MX', 'ql'],
    ['Baja California', 'MX', 'bn'],
    ['Baja California Sur', 'MX', 'bs'],
    ['MX-TAB', 'MX', 'ta'],
    ['Paraná', 'BR', 'pr'],
    ['Pará', 'BR', 'pa'],
    ['TR34', 'TR', '34'],
    ['İSTANBUL', 'TR', '34'],
    ['Gumushane', 'TR', '29'],
    ['Çanakkale', 'TR', '17'],
    ['NSW', 'AU', 'nsw'],
    ['Orissa', 'IN', 'od'],
    ['JP13', 'JP', '13'],
    ['Tōkyō-to', 'JP', '13'],
    ['Kyoto', 'JP', '26'],
    ['京都', 'JP', '26'],
    ['大阪府', 'JP', '27'],
    ['Dubai', 'AE', 'du'],
    // Of another country, or of none: whole, for two letters of it could be a state.
    ['Bayern', 'US', 'bayern'],
    ['Alabama', 'DE', 'alabama'],
    ['Greater London', 'GB', 'greaterlondon'],
    ['Kärnten', 'AT', 'kaernten'],
  ])('%s of %s is %s', (raw, country, code) => {
    expect(normalise('STATE', raw, country)).toBe(code);
  });

  it('gives every code for itself and for its ISO form, and no name to two states', () => {
    for (const [country, table] of STATE_TABLES) {
      const lines = table.trim().split('\n');
      const seen = new Map<string, string>();
      for (const line of lines) {
        const [code = ''] = line.split(' ', 1);
        expect(stateCode(code, country), `${country} ${code}`).toBe(code);
        expect(stateCode(`${country}-${code}`, country), `${country}-${code}`).toBe(code);
        for (const name of [code, ...line.slice(code.length + 1).split(', ')]) {
          expect(seen.get(name) ?? code, `${country} ${name}`).toBe(code);
          expect(stateCode(name.toUpperCase(), country), `${country} ${name}`).toBe(code);
          seen.set(name, code);
        }
      }
    }
  });
});

describe('addresses', () => {
  const pairs: readonly (readonly [string, string, string])[] = [
    ['US', '123 Main Street', '123 MAIN ST.'],
    ['US', '1 Sunset Boulevard', '1 Sunset Blvd'],
    ['US', '500 N. Michigan Ave., Suite 200', '500 North Michigan Avenue Ste 200'],
    ['US', '12 Elm Ln Apartment 4', '12 Elm Lane, Apt 4'],
    ['US', '7 Forest Parkway', '7 Forest Pky'],
    ['US', '9 King Rd #4', '9 King Road No. 4'],
    ['ES', 'C/ Mayor 5', 'Calle Mayor, 5'],
    ['ES', 'C/Mayor 5', 'Calle Mayor 5'],
    ['ES', 'Plaza Mayor 1', 'Pl. Mayor 1'],
    ['ES', 'Avda. Diagonal 100', 'Avenida Diagonal 100'],
    ['IT', 'P.zza Duomo 1', 'Piazza Duomo 1'],
    ['IT', 'V. Roma 3', 'Via Roma 3'],
    ['FR', '12 bd Voltaire', '12 Boulevard Voltaire'],
    ['FR', '12 Av. Foch', '12 avenue Foch'],
    ['DE', 'Musterstraße 1', 'Musterstrasse 1'],
    ['DE', 'Königsallee 60', 'KÖNIGSALLEE 60'],
  ];
  it.each(pairs)('in %s, %s and %s are one', (country, one, other) => {
    expect(normalise('ADDRESS', one, country)).toBe(normalise('ADDRESS', other, country));
    expect(normalise('ADDRESS', one, country)).toMatch(/^[a-z0-9]+$/);
  });

  it.each([
    // A part of a word is no word, and a letter in the middle no street.
    ['US', '5 Streetman Avenuel', '5streetmanavenuel'],
    ['US', ' , 5 Oak-Hill-Road ;', '5oakhlrd'],
    ['US', '5 / Oak', '5oak'],
    ['ES', 'Calle Mayor 5, 3 C', 'callemayor53c'],
    ['GB', '7 Union Alley', '7unionalley'],
    ['US', '7 Union Alley', '7unaly'],
    ['JP', '渋谷区1-2-3', ''],
    ['US', '12', '12'],
  ])('in %s, %s is %s', (country, raw, form) => {
    expect(normalise('ADDRESS', raw, country)).toBe(form);
  });
});

describe('postal codes', () => {
  it.each([
    ['00901-1234', 'PR', '00901'],
    ['１００-０００１', 'JP', '1000001'],
    ['2139', 'US', '02139'],
    ['1000-205', 'PT', '1000205'],
  ])('%s of %s is %s', (raw, country, form) => {
    expect(normalise('POSTAL', raw, country)).toBe(form);
  });
});
