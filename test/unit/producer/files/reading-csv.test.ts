import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FileRecord } from '../../../../src/producer/files/file-record.js';
import { readCsv } from '../../../../src/producer/files/read-csv.js';
import { readLines } from '../../../../src/producer/files/read-lines.js';
import { readRecords } from '../../../../src/producer/files/read-records.js';

/** Columns of these tests: the source's real columns do not matter for reading rows. */
const COLUMNS = new Set(['a', 'b', 'c', '__proto__', 'constructor']);

async function read(...chunks: (string | Buffer)[]): Promise<FileRecord[]> {
  const bytes = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  return collect(readCsv(readLines(bytes), COLUMNS));
}

async function collect(found: AsyncIterable<FileRecord>): Promise<FileRecord[]> {
  const records: FileRecord[] = [];
  for await (const record of found) records.push(record);
  return records;
}

const rowsOf = async (text: string | Buffer) =>
  (await read(text)).map(({ line, payload, fault }) => [line, payload ? payload.value : fault]);
const STRAY = expect.stringContaining('quotes do not pair up');

describe('reading CSV', () => {
  it('makes a record of each row, named by the header', async () => {
    expect(await read('a,b\n1,2\n3,\n')).toEqual([
      { line: 2, payload: { value: { a: '1', b: '2' } } },
      { line: 3, payload: { value: { a: '3', b: '' } } },
    ]);
  });

  it.each([
    ['a byte order mark', '\uFEFFa,b\n1,2\n'],
    ['CRLF', 'a,b\r\n1,2\r\n'],
    ['no line break at the end', 'a,b\n1,2'],
    ['quotes around everything', '"a","b"\n"1","2"\n'],
    ['spaces around column names', 'a , b\n1,2\n'],
    ['semicolons', 'a;b\n1;2\n'],
    ['tabs', '"a"\t"b"\n1\t2\n'],
    ['CR alone', 'a,b\r1,2\r'],
    ['UTF-16 with a byte order mark', Buffer.from('\uFEFFa\tb\r\n1\t2\r\n', 'utf16le')],
    ['UTF-16, the high byte first', Buffer.from('\uFEFFa;b\n1;2\n', 'utf16le').swap16()],
  ])('is not put off by %s', async (_what, text) => {
    expect(await rowsOf(text)).toEqual([[2, { a: '1', b: '2' }]]);
  });

  it.each(['sep=,\n', 'sep=;\r\n', '"sep=,"\n', 'SEP=\t\n', '### INSTRUCTIONS ###,,\n\nParameters:TimeZone=+0100,\n'])(
    'passes over %j before the header, and counts its lines',
    async (head) => {
      const line = head.split('\n').length + 1;
      expect(await rowsOf(`${head}a,b\n1,2\n`)).toEqual([[line, { a: '1', b: '2' }]]);
    },
  );

  it('passes over the whole head of a Google Ads template', async () => {
    const head =
      '### INSTRUCTIONS ###,,\n"# IMPORTANT: set the TimeZone in the ""parameters"" row",,\n# See the help,,\n,,\n' +
      '### TEMPLATE ###,,\nParameters:TimeZone=+0000;,,\n';
    expect(await rowsOf(`${head}a,b\n1,2\n`)).toEqual([[8, { a: '1', b: '2' }]]);
  });

  it('takes a first row that begins with the number of an order for a header that is wrong', async () => {
    await expect(read('#1001,x\n#1002,y\n')).rejects.toThrow('does the file begin with a record?');
  });

  it('keeps a comma inside a cell of a file with semicolons', async () => {
    expect(await rowsOf('a;b;c\n1.249,90;"x;y";z,\n')).toEqual([[2, { a: '1.249,90', b: 'x;y', c: 'z,' }]]);
  });

  it.each([',', ';', '\t', '|'])('reads an unquoted spreadsheet guard between %j', async (delimiter) => {
    const rows = ['="A-1004",="1;2"', '"a ,=""5"",b",="0042"', '="x" y,1', '="open,1'];
    const text = ['a,b', ...rows].map((row) => row.replace(/,(?=[^,]*$)/, delimiter)).join('\n');
    expect(await rowsOf(`${text}\n`)).toEqual([
      [2, { a: '="A-1004"', b: '="1;2"' }],
      [3, { a: 'a ,="5",b', b: '="0042"' }],
      [4, STRAY],
      [5, STRAY],
    ]);
  });

  it('keeps commas, quotes and line breaks that stand inside quotes, and counts real lines', async () => {
    expect(await rowsOf('a,b\r\n"x, y","say ""hi"""\r\n"one\r\ntwo",2\r\n\r\n5,6\r\n')).toEqual([
      [2, { a: 'x, y', b: 'say "hi"' }],
      [3, { a: 'one\ntwo', b: '2' }],
      [6, { a: '5', b: '6' }],
    ]);
  });

  it('refuses a row with too few or too many cells, and reads on', async () => {
    expect(await rowsOf('a,b\n1\n1,2,3\n1,2\n')).toEqual([
      [2, 'has 1 cell where the header has 2 columns'],
      [3, 'has 3 cells where the header has 2 columns'],
      [4, { a: '1', b: '2' }],
    ]);
  });

  it.each([
    [
      'inside a plain cell',
      'a,b\n1,x"y\n3,4\n',
      [
        [2, STRAY],
        [3, { a: '3', b: '4' }],
      ],
    ],
    [
      'after a closing quote',
      'a,b\n1,"x"y\n3,4\n',
      [
        [2, STRAY],
        [3, { a: '3', b: '4' }],
      ],
    ],
    [
      'opened and never closed',
      'a,b\n1,"x\n3,4\n5,6\n',
      [
        [2, STRAY],
        [3, { a: '3', b: '4' }],
        [4, { a: '5', b: '6' }],
      ],
    ],
    [
      'opened and closed rows later',
      'a,b\n1,"x\n3,4\n5,"z"\n7,8\n',
      [
        [2, STRAY],
        [3, { a: '3', b: '4' }],
        [4, { a: '5', b: 'z' }],
        [5, { a: '7', b: '8' }],
      ],
    ],
  ])('a quote %s costs its own line only', async (_where, text, expected) => {
    expect(await rowsOf(text)).toEqual(expected);
  });

  it('a lost quote does not take a large file into memory, nor the rows after it', async () => {
    const rows = Array.from({ length: 150_000 }, (_, number) => `${number},text of it`);
    const records = await read(`a,b\n"lost,1\n${rows.join('\n')}\n`);
    expect(records).toHaveLength(150_001);
    expect(records[0]).toMatchObject({ line: 2, fault: STRAY });
    expect(records.at(-1)).toEqual({ line: 150_002, payload: { value: { a: '149999', b: 'text of it' } } });
  });

  it('passes over rows without any text', async () => {
    expect(await rowsOf('\na,b\n\n,\n  \n1,2\n" ",\n')).toEqual([[6, { a: '1', b: '2' }]]);
  });

  it('refuses a row whose bytes are not UTF-8, which would be hashed wrong', async () => {
    const [record] = await read(Buffer.from('a,b\nM\u00FCller,2\n', 'latin1'));
    expect(record).toMatchObject({ line: 2, payload: undefined, fault: expect.stringContaining('UTF-8') });
  });

  it('does not break a character that spans two chunks', async () => {
    const bytes = Buffer.from('a\nM\u00FCller\n');
    const records = await read(...Array.from(bytes, (byte) => Buffer.from([byte])));
    expect(records).toEqual([{ line: 2, payload: { value: { a: 'M\u00FCller' } } }]);
  });

  it('takes a column by any name as an own field', async () => {
    const [record] = await read('__proto__,constructor\n1,2\n');
    expect(Object.entries(record?.payload?.value ?? {})).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });

  it('accepts records of this source as NDJSON too', async () => {
    const records = await collect(readRecords(Readable.from(['{"a":"1"}\n']), 'csv'));
    expect(records).toEqual([{ line: 1, payload: { value: { a: '1' } } }]);
  });

  it('reads back whatever was written by the rules, at the line where it was written', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é', ';') });
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 12 }), async (rows) => {
        let line = 2;
        const expected: unknown[] = [];
        for (const [a, b] of rows) {
          if (`${a}${b}`.trim() !== '') expected.push([line, { a, b }]);
          line += `${a}${b}`.split('\n').length;
        }
        const text = rows.map((row) => `${row.map(quoted).join(',')}\n`).join('');
        expect(await rowsOf(`a,b\n${text}`)).toEqual(expected);
      }),
    );
  });
});

describe('reading a header', () => {
  it.each([
    ['an empty file', '', 'the file is empty'],
    ['blank lines alone', '\n\n', 'the file is empty'],
    [
      'a column without a name',
      'a,,c\n1,2,3\n',
      'the header (line 1) must name each column once: column 2 has no name',
    ],
    ['a name given twice', 'a,b,a\n1,2,3\n', 'column 3 has the name of column 1'],
    [
      'the head of a Google Ads template',
      '### INSTRUCTIONS ###,,\nParameters:TimeZone=+0100,,\nGoogle Click ID,Conversion Name,Conversion Time\nx,y,z\n',
      'the header (line 3) is that of a Google Ads template. Rename its columns (Conversion Name is name',
    ],
    ['the head of a Meta template', 'event_name,event_time,fn,ln\nx,1,j,d\n', 'is that of a Meta template'],
    ['names that are nearly right', 'a,B, C \n1,2,3\n', 'column 2 (write b), column 3 (write c)'],
    ['a stray quote', 'a"x,b\n1,2\n', 'cannot be read'],
  ])('refuses the file for %s', async (_what, text, message) => {
    await expect(read(text)).rejects.toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
  });

  it('never repeats what stands in the first row, which may be somebody’s data', async () => {
    const error = await read('kim@example.com,kim@example.com\n').catch((caught: unknown) => caught);
    expect(String(error)).toContain('column 2 has the name of column 1');
    expect(String(error)).not.toContain('kim');
  });

  it('refuses a file without a header at once, whatever the cells of its first row look like', async () => {
    const first = 'Jane,Doe,14155550101,jane.doe,2026-11-20';
    const error = await read(`${first}\n${first}\n`).catch((caught: unknown) => caught);
    expect(String(error)).toContain('names no column that is known: does the file begin with a record?');
    for (const cell of first.split(',')) expect(String(error)).not.toContain(cell);
  });

  it('refuses unknown columns by their number, and says which are known', async () => {
    const columns = Array.from({ length: 12 }, (_, number) => `Jane${number}`);
    await expect(read(`a,${columns.join(',')},b\n`)).rejects.toThrow(
      'the header (line 1) has unknown columns (column 2, column 3, column 4, column 5, column 6, column 7, column 8, ' +
        'column 9, column 10, column 11 and 2 more). Known are a, b, c, __proto__, constructor',
    );
  });

  it('reads the columns of source csv and no others', async () => {
    const recordsOf = (text: string) => collect(readRecords(Readable.from([text]), 'csv'));
    expect(await recordsOf('email, clientDedupeId\nx,1\n')).toHaveLength(1);
    await expect(recordsOf('email,emial\nx,1\n')).rejects.toThrow('has unknown columns (column 2)');
    await expect(recordsOf('E-Mail,Order ID,Country,ZIP,Total\nx,1,US,1,1\n')).rejects.toThrow(
      '(column 1 (write email), column 2 (write clientDedupeId), column 3 (write countryCode), column 4 (write postal), column 5 (write value))',
    );
  });

  // Comparing each column with each would take minutes: the test's own time limit is the bound.
  it('takes no longer for half a million columns than it takes to read them', async () => {
    const cells = Array.from({ length: 500_000 }, (_, number) => `c${number}`).join(',');
    await expect(read(`${cells}\n`)).rejects.toThrow('names no column that is known');
    await expect(read(`${'a,'.repeat(500_000)}a\n`)).rejects.toThrow('must name each column once');
  });
});
