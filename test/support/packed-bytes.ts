/** Text as bytes in each encoding, packed or not, whole or damaged, as files and bodies arrive. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';

const MARKS = { 'utf-8': [0xef, 0xbb, 0xbf], 'utf-16le': [0xff, 0xfe], 'utf-16be': [0xfe, 0xff] };
export type Encoding = keyof typeof MARKS;
const ENCODINGS = Object.keys(MARKS) as Encoding[];

export function encode(text: string, encoding: Encoding, hasMark: boolean): Buffer {
  const bytes = encoding === 'utf-8' ? Buffer.from(text) : Buffer.from(text, 'utf16le');
  return Buffer.concat([Buffer.from(hasMark ? MARKS[encoding] : []), encoding === 'utf-16be' ? bytes.swap16() : bytes]);
}

/** In one member, or in several that were joined. */
export function pack(bytes: Buffer, members: number): Buffer {
  const size = Math.max(1, Math.ceil(bytes.length / members));
  const parts = Array.from({ length: members }, (_, part) => bytes.subarray(part * size, (part + 1) * size));
  return Buffer.concat(parts.map((part) => gzipSync(part)));
}

export const encodings = fc.record({ encoding: fc.constantFrom(...ENCODINGS), hasMark: fc.boolean() });

/** Damaged bytes: truncated, one byte changed, bytes added before or after. */
export function damaged(bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc
    .tuple(bytes, fc.nat(), fc.nat(255), fc.constantFrom('cut', 'change', 'before', 'behind', 'twice'))
    .map(([whole, place, byte, how]) => {
      const at = whole.length === 0 ? 0 : place % whole.length;
      if (how === 'cut') return whole.subarray(0, at);
      if (how === 'before') return Buffer.concat([Buffer.from([byte]), whole]);
      if (how === 'behind') return Buffer.concat([whole, Buffer.from([byte, byte])]);
      if (how === 'twice') return Buffer.concat([whole.subarray(0, at), whole]);
      const changed = Buffer.from(whole);
      if (changed.length > 0) changed[at] = byte;
      return changed;
    });
}

export function inPieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, piece) =>
    bytes.subarray(piece * size, (piece + 1) * size),
  );
}
