/**
 * The body of a request as text: unpacked if it is gzip, decoded (UTF-8, or UTF-16 by its first bytes), without a byte
 * order mark.
 *
 * Promises: unpacking exceeds the limit by at most one piece, however small the packed body is. Nothing is unpacked
 * before the sender is let in.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { decodeBytes } from '../decode-text.js';

/** Limits the body as it came, and the unpacked body. */
export const BODY_MAX_BYTES = 5_000_000;
/** Each piece takes a turn of a thread. The default of 16 KB would need three hundred turns for the largest body. */
const PIECE_BYTES = 65_536;

type Encoding = 'identity' | 'gzip' | 'unknown';

const ENCODINGS: ReadonlyMap<string, Encoding> = new Map([
  ['', 'identity'],
  ['identity', 'identity'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
]);

export function encodingOf(headers: IncomingHttpHeaders): Encoding {
  return ENCODINGS.get((headers['content-encoding'] ?? '').trim().toLowerCase()) ?? 'unknown';
}

/** The text, or that the bytes are not gzip or unpack to more than the limit. */
type BodyText = { readonly text: string } | 'not_gzip' | 'too_large';

const unpack = promisify<Buffer, object, Buffer>(gunzip);

/** @param encoding from `encodingOf`; unknown encodings have been refused before */
export async function readBody(body: Buffer, encoding: Encoding): Promise<BodyText> {
  if (encoding !== 'gzip') return { text: decodeBytes(body) };
  try {
    const bytes = await unpack(body, { maxOutputLength: BODY_MAX_BYTES, chunkSize: PIECE_BYTES });
    return { text: decodeBytes(bytes) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_BUFFER_TOO_LARGE') return 'too_large';
    if (typeof code === 'string' && code.startsWith('Z_')) return 'not_gzip';
    throw error;
  }
}
