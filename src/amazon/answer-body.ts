/**
 * The body of an answer as text, for any content encoding.
 *
 * The client asks for no encoding, but a proxy or Amazon may still compress the answer, and a compressed 207 also lists refusals.
 * Promise: never more than `maxBytes` of text; undefined if the bytes cannot be decoded.
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
    // Broken, cut off or too long: the content is unknown, and readAnswer treats it as such.
    return undefined;
  }
}
