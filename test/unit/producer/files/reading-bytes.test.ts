import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type FileRecord } from '../../../../src/producer/files/file-record.js';
import { readJson } from '../../../../src/producer/files/read-json.js';
import { readLines } from '../../../../src/producer/files/read-lines.js';
import { readRecords } from '../../../../src/producer/files/read-records.js';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const read = (...chunks: (string | Buffer)[]) => all(readRecords(Readable.from(chunks)));
const linesOf = (text: string, maxChars?: number) => readLines(Readable.from([Buffer.from(text)]), maxChars);
const record = (line: number, value: unknown): FileRecord => ({ line, payload: { value } });

describe('unpacking', () => {
  const packed = gzipSync('{"a":1}\n{"a":2}\n');

  it('unpacks gzip, seen by its first bytes', async () => {
    expect(await read(packed)).toEqual([record(1, { a: 1 }), record(2, { a: 2 })]);
  });

  it('unpacks gzip that a pipe hands over byte by byte', async () => {
    expect(await read(...Array.from(packed, (byte) => Buffer.from([byte])))).toHaveLength(2);
  });

  it('unpacks files that were packed apart and joined', async () => {
    expect(await read(Buffer.concat([packed, gzipSync('{"a":3}\n')]))).toEqual([
      record(1, { a: 1 }),
      record(2, { a: 2 }),
      record(3, { a: 3 }),
    ]);
  });

  it('says that gzip data is cut off', async () => {
    await expect(read(packed.subarray(0, -10))).rejects.toThrow('damaged or cut off');
  });

  it('passes on what ends the stream beneath it', async () => {
    const failing = Readable.from(
      (async function* () {
        yield packed.subarray(0, 12);
        throw new Error('the disk is gone');
      })(),
    );
    await expect(all(readRecords(failing))).rejects.toThrow('the disk is gone');
  });

  it.each([
    ['a spreadsheet', Buffer.from('PK\u0003\u0004rest'), 'spreadsheet'],
    ['a spreadsheet of an old Excel', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'old Excel'],
    ['zstd', Buffer.from('28b52ffd0458', 'hex'), 'packed with zstd'],
    ['xz', Buffer.from('fd377a585a000004', 'hex'), 'packed with xz'],
    ['bzip2', Buffer.from('BZh91AY&SY'), 'packed with bzip2'],
    ['Parquet', Buffer.from('PAR1rest'), 'Parquet'],
    ['a PDF', Buffer.from('%PDF-1.7'), 'PDF'],
    ['CSV of another source', Buffer.from('Name,Email\n#1001,jane@example.com\n'), 'CSV files are of --source csv'],
    ['a page of HTML', Buffer.from('<!doctype html>\n<html>'), 'begins with neither { nor ['],
  ])('refuses %s with what to do', async (_what, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(message);
  });

  it.each([
    ['UTF-16 with a byte order mark', Buffer.from('\uFEFF{"a":1}\n', 'utf16le')],
    ['UTF-16, the high byte first', Buffer.from('\uFEFF{"a":1}\n', 'utf16le').swap16()],
    ['UTF-16 without a mark, in gzip', gzipSync(Buffer.from('{"a":1}\n', 'utf16le'))],
    ['UTF-8 with a byte order mark, in gzip', gzipSync('\uFEFF{"a":1}\n')],
  ])('reads %s', async (_what, bytes) => {
    expect(await read(bytes)).toEqual([record(1, { a: 1 })]);
  });

  it('closes the input when its reader stops early', async () => {
    const input = Readable.from([packed, packed]);
    for await (const { line } of readRecords(input)) if (line === 1) break;
    expect(input.destroyed).toBe(true);
  });
});

describe('reading lines', () => {
  it('ends a line at LF and CRLF alone', async () => {
    expect(await read('{"a":"x\u2028y"}\r\n{"a":2}')).toEqual([record(1, { a: 'x\u2028y' }), record(2, { a: 2 })]);
  });

  it('refuses a line that would fill the memory', async () => {
    await expect(all(linesOf(`{"a":1}\n${'x'.repeat(3 * 1024 * 1024)}`, 2 * 1024 * 1024))).rejects.toThrow(
      'line 2 is longer than 2 MiB',
    );
  });
});

describe('reading JSON documents up to a limit', () => {
  const MIB = 1024 * 1024;

  it('refuses a larger array before any of its records, and says how to convert it', async () => {
    const text = `[\n${'{"a":1},\n'.repeat(MIB / 4)}{}]`;
    const seen: FileRecord[] = [];
    const reading = (async () => {
      for await (const found of readJson(linesOf(text), MIB)) seen.push(found);
    })();
    await expect(reading).rejects.toThrow('larger than 1 MiB: turn it into NDJSON');
    expect(seen).toEqual([]);
  });

  it('takes NDJSON of any size whose first record is broken', async () => {
    const count = MIB / 4;
    const found = await all(readJson(linesOf(`{"a":\n${'{"a":1}\n'.repeat(count)}`), MIB));
    expect(found).toHaveLength(count + 1);
    expect(found[0]).toEqual({ line: 1, payload: undefined });
    expect(found.at(-1)).toEqual(record(count + 1, { a: 1 }));
  });

  it('gives real lines to records after blank lines and a broken first one', async () => {
    expect(await read('\n\n{"a":\n{"a":1}\n')).toEqual([{ line: 3, payload: undefined }, record(4, { a: 1 })]);
  });
});
