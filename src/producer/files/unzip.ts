/**
 * The unpacked bytes of a file. gzip is detected from the content, whatever the file's name is (a browser unpacks a
 * `.gz` and keeps its name). Standard input works the same.
 *
 * Promises flat memory. Spreadsheets, archives and other packed files are refused at once, with advice. decode-text.ts
 * detects the text encoding.
 */
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { peek } from './peek.js';
import { UnusableFileError } from './unusable-file.js';

// No text starts with this byte. One byte is enough, as a pipe may deliver one at a time.
const GZIP = 0x1f;

/** First bytes of files that are not text, as latin1. */
const NO_TEXT: readonly (readonly [start: string, what: string])[] = [
  ['PK\x03\x04', 'is a spreadsheet or a zip archive: export it as CSV, or unpack it'],
  ['\xd0\xcf\x11\xe0', 'is a spreadsheet of an old Excel (.xls): save it as CSV'],
  ['\x28\xb5\x2f\xfd', 'is packed with zstd: unpack it, or pack it with gzip'],
  ['\xfd7zXZ\x00', 'is packed with xz: unpack it, or pack it with gzip'],
  ['BZh', 'is packed with bzip2: unpack it, or pack it with gzip'],
  ['7z\xbc\xaf', 'is a 7z archive: unpack it'],
  ['PAR1', 'is a Parquet file: export it as CSV or NDJSON'],
  ['%PDF-', 'is a PDF: export the records as CSV'],
];

/** @throws UnusableFileError if the bytes are not text, or the gzip data is damaged or truncated */
export async function* unzip(input: Readable): AsyncGenerator<Buffer> {
  const { first, all } = await peek(bytesOf(input));
  const start = first?.[0];
  if (start === undefined) return;
  if (start === GZIP) {
    yield* gunzip(all);
    return;
  }
  const begun = first?.subarray(0, 8).toString('latin1') ?? '';
  const [, what] = NO_TEXT.find(([bytes]) => begun.startsWith(bytes)) ?? [];
  if (what !== undefined) throw new UnusableFileError(`the file ${what}`);
  yield* all;
}

async function* bytesOf(input: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of input as AsyncIterable<Buffer | string>) {
    if (chunk.length > 0) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
}

async function* gunzip(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  // The callback does nothing: an error of the pipeline also ends the loop below.
  const unpacked = pipeline(Readable.from(packed), createGunzip(), () => undefined);
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) yield chunk;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (!code.startsWith('Z_')) throw cause;
    throw new UnusableFileError('the gzip data is damaged or cut off: fetch the file again', { cause });
  }
}
