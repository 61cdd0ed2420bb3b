/**
 * Decodes the bytes of a file or a body. The first bytes show the encoding: UTF-8, or UTF-16 as spreadsheets write it.
 *
 * UTF-16 has a byte order mark, or a zero in its first two bytes. Neither JSON nor CSV in UTF-8 starts like that.
 * Invalid bytes become U+FFFD, which the readers refuse. A byte order mark is removed.
 */
import { StringDecoder } from 'node:string_decoder';

type Decode = (bytes: Buffer | undefined) => string;

export async function* decodeText(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let decode: Decode | undefined;
  let begun = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (decode) {
      yield decode(chunk);
      continue;
    }
    begun = Buffer.concat([begun, chunk]);
    if (begun.length < BYTES_THAT_TELL) continue;
    decode = decoderFor(begun);
    yield withoutMark(decode(begun));
  }
  yield decode ? decode(undefined) : begun.toString('utf8');
}

/** The same for bytes that are complete in memory. */
export function decodeBytes(bytes: Buffer): string {
  const encoding = encodingOf(bytes);
  return withoutMark(encoding === 'utf-8' ? bytes.toString('utf8') : new TextDecoder(encoding).decode(bytes));
}

const BYTES_THAT_TELL = 3;

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

function encodingOf([first, second]: Buffer): Encoding {
  if ((first === 0xff && second === 0xfe) || second === 0) return 'utf-16le';
  return (first === 0xfe && second === 0xff) || first === 0 ? 'utf-16be' : 'utf-8';
}

function decoderFor(begun: Buffer): Decode {
  const encoding = encodingOf(begun);
  if (encoding === 'utf-8') {
    // Several times as fast as a TextDecoder with `stream: true`.
    const decoder = new StringDecoder('utf8');
    return (bytes) => (bytes ? decoder.write(bytes) : decoder.end());
  }
  const decoder = new TextDecoder(encoding);
  return (bytes) => (bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode());
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
