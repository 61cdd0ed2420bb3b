/**
 * The bytes of a file as they are meant: gzip is unpacked on the way, whatever the file's name says (a browser unpacks a
 * `.gz` and keeps its name). Standard input works the same.
 *
 * Promises flat memory. Never guesses at other encodings: UTF-16 and archives are refused at once, with what to do.
 */
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { peek } from './peek.js';
import { UnusableFileError } from './unusable-file.js';

// No text in UTF-8 starts with any of these, so the first byte is enough where a pipe hands over one at a time.
const GZIP = 0x1f;
const UTF_16 = new Set([0xff, 0xfe]);
const ZIP = 'PK\u0003\u0004';

/** @throws UnusableFileError where the bytes are no text, or the gzip data is damaged or cut off */
export async function* unzip(input: Readable): AsyncGenerator<Buffer> {
  const { first, all } = await peek(bytesOf(input));
  const start = first?.[0];
  if (start === undefined) return;
  if (start === GZIP) {
    yield* gunzip(all);
    return;
  }
  if (UTF_16.has(start)) throw new UnusableFileError('the file is UTF-16: save it as UTF-8');
  if (first?.subarray(0, 4).toString('latin1') === ZIP) {
    throw new UnusableFileError('the file is a spreadsheet or a zip archive: export it as CSV, or unpack it');
  }
  yield* all;
}

async function* bytesOf(input: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of input as AsyncIterable<Buffer | string>) {
    if (chunk.length > 0) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
}

async function* gunzip(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  // Its callback has nothing to add: what ends the pipeline ends the loop below with the same error.
  const unpacked = pipeline(Readable.from(packed), createGunzip(), () => undefined);
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) yield chunk;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (!code.startsWith('Z_')) throw cause;
    throw new UnusableFileError('the gzip data is damaged or cut off: fetch the file again', { cause });
  }
}
