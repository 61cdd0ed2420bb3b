/**
 * Text by lines, each with its number. A line ends at LF or CRLF and nowhere else: U+2028 may stand inside JSON text.
 *
 * Promises flat memory: nothing but the line in hand is kept, and one longer than the limit is refused.
 */
import { StringDecoder } from 'node:string_decoder';
import { UnusableFileError } from './unusable-file.js';

/** The most that is ever read into memory at once, in UTF-16 units: a line, or a JSON document of many. */
export const MAX_DOCUMENT_CHARS = 64 * 1024 * 1024;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its line break; the first without its byte order mark. */
  readonly text: string;
}

/** @throws UnusableFileError where a line passes the limit */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  maxChars: number = MAX_DOCUMENT_CHARS,
): AsyncGenerator<Line> {
  const decoder = new StringDecoder('utf8');
  let number = 0;
  let begun = '';
  for await (const chunk of chunks) {
    // Only the new piece is searched: a long line would otherwise be searched again with each piece of it.
    const piece = decoder.write(chunk);
    let start = 0;
    for (let end = piece.indexOf('\n'); end !== -1; end = piece.indexOf('\n', start)) {
      number += 1;
      yield lineOf(number, begun + piece.slice(start, end));
      begun = '';
      start = end + 1;
    }
    begun += piece.slice(start);
    if (begun.length > maxChars) throw tooLong(number + 1, maxChars);
  }
  begun += decoder.end();
  if (begun !== '') yield lineOf(number + 1, begun);
}

function lineOf(number: number, text: string): Line {
  const content = text.endsWith('\r') ? text.slice(0, -1) : text;
  return { number, text: number === 1 && content.startsWith('\uFEFF') ? content.slice(1) : content };
}

function tooLong(number: number, maxChars: number): UnusableFileError {
  const advice = number === 1 ? ' (a JSON array becomes NDJSON with: jq -c ".[]" FILE)' : '';
  const most = `${Math.round(maxChars / 1024 / 1024)} MiB`;
  return new UnusableFileError(`line ${number} is longer than ${most}: put one record on a line${advice}`);
}
