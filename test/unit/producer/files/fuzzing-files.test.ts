// Files of any encoding and packing, whole and damaged. More: FUZZ_RUNS=20000 npx vitest run --project unit
// test/unit/producer/files/fuzzing-files.test.ts
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Source } from '../../../../src/mapping/source.js';
import { readRecords } from '../../../../src/producer/files/read-records.js';
import { UnusableFileError } from '../../../../src/producer/files/unusable-file.js';
import { damaged, encode, encodings, inPieces, pack } from '../../../support/packed-bytes.js';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 40);

type Found = readonly [line: number, what: unknown];

async function read(bytes: Buffer, source: Source, pieceBytes = 65_536): Promise<Found[]> {
  const records: Found[] = [];
  for await (const { line, payload, fault } of readRecords(Readable.from(inPieces(bytes, pieceBytes)), source)) {
    records.push([line, payload ? payload.value : (fault ?? 'is not valid JSON')]);
  }
  return records;
}

const values = fc.record({
  name: fc.string({ unit: 'grapheme', maxLength: 12 }),
  city: fc.constantFrom('München', '東京', '', 'a,b;c', 'say "hi"', 'two\nlines', '👩‍👧'),
  value: fc.constantFrom('1.00', '1,00', '0'),
});
const lists = fc.array(values, { minLength: 1, maxLength: 6 });

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
const JSON_FORMS = {
  NDJSON: (records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join(''),
  array: (records: readonly object[]) => JSON.stringify(records),
  'pretty array': (records: readonly object[]) => `${JSON.stringify(records, null, 2)}\n`,
};
const csvOf = (rows: readonly (readonly string[])[], delimiter: string, lineBreak: string) =>
  rows.map((row) => row.map(quoted).join(delimiter) + lineBreak).join('');

const packings = fc.constantFrom(0, 1, 2, 3);
const packed = (bytes: Buffer, members: number) => (members === 0 ? bytes : pack(bytes, members));
const sizes = fc.constantFrom(1, 2, 3, 7, 65_536);

describe('reading the same records whatever the encoding, the packing and the pieces', () => {
  it.each(Object.entries(JSON_FORMS))('of %s', async (_form, write) => {
    await fc.assert(
      fc.asyncProperty(lists, encodings, packings, sizes, async (records, { encoding, hasMark }, members, size) => {
        const text = write(records);
        const plain = await read(Buffer.from(text), 'order');
        expect(plain.map(([, value]) => value)).toEqual(records);
        expect(await read(packed(encode(text, encoding, hasMark), members), 'order', size)).toEqual(plain);
      }),
      { numRuns: RUNS },
    );
  });

  it('of CSV with each delimiter and line break', async () => {
    const rows = fc.array(
      fc.tuple(fc.constantFrom('1', '2', 'A-3'), fc.constantFrom('München', '東京', 'a,b;c|d\te', 'say "hi"', '')),
      { minLength: 1, maxLength: 6 },
    );
    const forms = fc.tuple(fc.constantFrom(',', ';', '\t', '|'), fc.constantFrom('\n', '\r\n', '\r'));
    await fc.assert(
      fc.asyncProperty(rows, forms, encodings, packings, async (records, [delimiter, lineBreak], form, members) => {
        const text = csvOf([['clientDedupeId', 'city'], ...records], delimiter, lineBreak);
        const bytes = packed(encode(text, form.encoding, form.hasMark), members);
        const found = await read(bytes, 'csv', 5);
        expect(found).toEqual(records.map(([clientDedupeId, city], place) => [place + 2, { clientDedupeId, city }]));
      }),
      { numRuns: RUNS },
    );
  });
});

describe('reading damaged files', () => {
  const files = fc
    .tuple(
      fc.oneof(
        lists.chain((records) => fc.constantFrom(...Object.values(JSON_FORMS)).map((write) => write(records))),
        fc.constantFrom(
          'clientDedupeId,city\n1,Rome\n',
          'sep=;\nname;email\na;"b\n',
          '### INSTRUCTIONS ###\n\nname,email\n',
        ),
        fc.string({ unit: 'binary', maxLength: 60 }),
      ),
      encodings,
      packings,
    )
    .map(([text, { encoding, hasMark }, members]) => packed(encode(text, encoding, hasMark), members));

  it('gives records, or one error for the file that says what to do, and nothing else', async () => {
    const seen = { records: 0, refused: 0, unusable: 0 };
    await fc.assert(
      fc.asyncProperty(
        damaged(files),
        fc.constantFrom<Source>('order', 'csv', 'ga4'),
        sizes,
        async (bytes, source, size) => {
          try {
            for (const [line, what] of await read(bytes, source, size)) {
              expect(line).toBeGreaterThan(0);
              if (typeof what === 'string') seen.refused += 1;
              else seen.records += 1;
            }
          } catch (error) {
            expect(error).toBeInstanceOf(UnusableFileError);
            // Our own text, for a terminal: nothing of the file is in it.
            expect((error as Error).message).toMatch(/^[\w ,.:;()“”<>|[\]{}"/&*?#'-]{20,}$/);
            seen.unusable += 1;
          }
        },
      ),
      { numRuns: RUNS * 10 },
    );
    expect(Math.min(seen.records, seen.refused, seen.unusable)).toBeGreaterThan(0);
  });
});
