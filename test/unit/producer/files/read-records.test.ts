import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRecords } from '../../../../src/producer/files/read-records.js';

/** Line and value of each record; `broken` for what is not JSON. */
async function read(content: string | readonly Buffer[]): Promise<[number, unknown][]> {
  const records: [number, unknown][] = [];
  const chunks = typeof content === 'string' ? [Buffer.from(content, 'utf8')] : content;
  for await (const { line, payload } of readRecords(Readable.from(chunks, { objectMode: false }))) {
    records.push([line, payload ? payload.value : 'broken']);
  }
  return records;
}

const BOM = '\uFEFF';

describe('reading NDJSON', () => {
  it.each([
    ['lines', '{"n":1}\n{"n":2}\n'],
    ['lines without an end', '{"n":1}\n{"n":2}'],
    ['Windows lines', '{"n":1}\r\n{"n":2}\r\n'],
    ['a byte order mark', `${BOM}{"n":1}\n{"n":2}\n`],
    ['white space around', '  {"n":1}\t\n {"n":2} \n'],
  ])('with %s', async (_what, content) => {
    expect(await read(content)).toEqual([
      [1, { n: 1 }],
      [2, { n: 2 }],
    ]);
  });

  it('passes over empty lines and counts them', async () => {
    expect(await read('\n \n{"n":1}\n\n{"n":2}\n\n')).toEqual([
      [3, { n: 1 }],
      [5, { n: 2 }],
    ]);
  });

  it('gives a broken line its number and reads the lines around it', async () => {
    expect(await read('{"n":1}\n{"n":\n[\n{"n":4}\n')).toEqual([
      [1, { n: 1 }],
      [2, 'broken'],
      [3, 'broken'],
      [4, { n: 4 }],
    ]);
  });

  it.each([
    ['{"n":\n{"n":2}\n', 1],
    ['\n\n{"n":\n{"n":2}\n', 3],
    [`${BOM}\r\n{"n":\r\n{"n":2}`, 2],
  ])('finds that the first record of %j is the broken one', async (content, line) => {
    expect(await read(content)).toEqual([
      [line, 'broken'],
      [line + 1, { n: 2 }],
    ]);
  });

  it('keeps the digits of long ids', async () => {
    expect(await read('{"id":820982911946154508}\n')).toEqual([[1, { id: '820982911946154508' }]]);
  });

  it('reads a single record on a single line', async () => {
    expect(await read('{"n":1}')).toEqual([[1, { n: 1 }]]);
  });

  it('takes the line separators that JSON allows in text for text', async () => {
    const record = { name: 'a\u2028b\u2029c\u0085d' };
    expect(await read(`${JSON.stringify(record)}\n{"n":2}\n`)).toEqual([
      [1, record],
      [2, { n: 2 }],
    ]);
  });

  it('reads the same records however the file is cut into pieces', async () => {
    const records = fc.array(fc.record({ name: fc.string({ unit: 'grapheme' }) }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        records,
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 7 }),
        async (given, end, size) => {
          const bytes = Buffer.from(given.map((record) => `${JSON.stringify(record)}${end}`).join(''), 'utf8');
          const pieces: Buffer[] = [];
          for (let start = 0; start < bytes.length; start += size) pieces.push(bytes.subarray(start, start + size));
          expect(await read(pieces)).toEqual(given.map((record, index) => [index + 1, record]));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('reading JSON', () => {
  it('over several lines is one record, on the line where it starts', async () => {
    const record = { id: 1, items: [{ sku: 'A' }] };
    expect(await read(`${BOM}${JSON.stringify(record, null, 2)}\r\n`)).toEqual([[1, record]]);
    expect(await read(`\n\n${JSON.stringify(record, null, 2)}`)).toEqual([[3, record]]);
  });

  it.each([
    ['on one line', '[{"n":1},{"n":2}]'],
    ['over lines', JSON.stringify([{ n: 1 }, { n: 2 }], null, 2)],
    ['a record a line', '[\n{"n":1},\n{"n":2}\n]\n'],
    ['after empty lines', '\n\r\n[{"n":1},\n{"n":2}]'],
  ])('as an array %s is a record an element, numbered by place', async (_what, content) => {
    expect(await read(content)).toEqual([
      [1, { n: 1 }],
      [2, { n: 2 }],
    ]);
  });

  it('keeps line separators in text', async () => {
    const record = { name: 'a\u2028b' };
    expect(await read(JSON.stringify(record, null, 2))).toEqual([[1, record]]);
  });

  it('reads an empty array as nothing', async () => {
    expect(await read('[]')).toEqual([]);
  });
});

describe('reading nothing', () => {
  it.each(['', '\n', ' \r\n\t\n', BOM, `${BOM}\n`])('%j has no records', async (content) => {
    expect(await read(content)).toEqual([]);
  });

  it('fails where the file cannot be read', async () => {
    const broken = new Readable({
      read() {
        this.destroy(new Error('EIO'));
      },
    });
    await expect(readRecords(broken).next()).rejects.toThrow('EIO');
  });
});
