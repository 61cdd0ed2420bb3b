/**
 * Splits text into numbered lines. A line ends at LF or CRLF, or at CR in files without LF. No other character ends a
 * line: U+2028 may occur inside JSON text.
 *
 * Promises flat memory: only the current line is kept, and a line over the limit is refused.
 */
import { decodeText } from '../decode-text.js';
import { UnusableFileError } from './unusable-file.js';

/** The most UTF-16 units that are in memory at once: one line, or a JSON document of many lines. */
export const MAX_DOCUMENT_CHARS = 64 * 1024 * 1024;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its line break. The first line is without its byte order mark. */
  readonly text: string;
}

/** @throws UnusableFileError if a line exceeds the limit */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  maxChars: number = MAX_DOCUMENT_CHARS,
): AsyncGenerator<Line> {
  let number = 0;
  let begun = '';
  let lineBreak: '\n' | '\r' | undefined;
  for await (const piece of decodeText(chunks)) {
    lineBreak ??= lineBreakIn(begun, piece);
    const end = lineBreak ?? '\n';
    let start = 0;
    if (end === '\r' && begun.endsWith('\r')) {
      number += 1;
      yield lineOf(number, begun);
      begun = '';
    }
    // Only the new piece is searched. Otherwise a long line would be searched again with each piece.
    for (let at = piece.indexOf(end); at !== -1; at = piece.indexOf(end, start)) {
      number += 1;
      yield lineOf(number, begun + piece.slice(start, at));
      begun = '';
      start = at + 1;
    }
    begun += piece.slice(start);
    if (begun.length > maxChars) throw tooLong(number + 1, maxChars);
  }
  if (begun !== '') yield lineOf(number + 1, begun);
}

/**
 * How the file ends its first line. A CR at the end of a piece waits for the next piece: an LF may follow.
 *
 * @returns undefined if no line has ended yet
 */
function lineBreakIn(begun: string, piece: string): '\n' | '\r' | undefined {
  if (piece === '') return undefined;
  if (begun.endsWith('\r')) return piece.startsWith('\n') ? '\n' : '\r';
  const at = piece.search(/[\r\n]/);
  if (at === -1 || at === piece.length - 1) return piece[at] === '\n' ? '\n' : undefined;
  return piece[at] === '\n' || piece[at + 1] === '\n' ? '\n' : '\r';
}

function lineOf(number: number, text: string): Line {
  return { number, text: text.endsWith('\r') ? text.slice(0, -1) : text };
}

function tooLong(number: number, maxChars: number): UnusableFileError {
  const advice = number === 1 ? ' (a JSON array becomes NDJSON with: jq -c ".[]" FILE)' : '';
  const most = `${Math.round(maxChars / 1024 / 1024)} MiB`;
  return new UnusableFileError(`line ${number} is longer than ${most}: put one record on a line${advice}`);
}
