/**
 * The body of an answer as text, whatever content encoding it came in.
 *
 * The client asks for no encoding, but what a proxy or Amazon compresses all the same must be read: a compressed 207
 * lists refusals too. Promise: never more than `maxBytes` of text, and undefined where the bytes cannot be decoded.
 */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

type Decoder = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const DECODERS: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

/** @param encoding the header Content-Encoding: names of encodings in the order in which they were applied */
export async function decodeBody(
  bytes: Buffer,
  encoding: string | undefined,
  maxBytes: number,
): Promise<string | undefined> {
  const names = (encoding ?? '').toLowerCase().split(',');
  const applied = names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity');
  try {
    let decoded = bytes;
    for (const name of applied.toReversed()) {
      const decode = DECODERS.get(name);
      if (!decode) return undefined;
      decoded = await decode(decoded, { maxOutputLength: maxBytes });
    }
    return decoded.toString('utf8');
  } catch {
    // Broken, cut off or too long: what it says is unknown, and readAnswer treats it so.
    return undefined;
  }
}
