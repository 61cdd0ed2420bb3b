import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Line, readLines } from '../../../../src/producer/files/read-lines.js';
import { encode, encodings } from '../../../support/packed-bytes.js';

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function linesOf(bytes: Buffer, size: number): Promise<string[]> {
  const lines: Line[] = [];
  for await (const line of readLines(inPieces(bytes, size))) lines.push(line);
  expect(lines.map(({ number }) => number)).toEqual(lines.map((_line, index) => index + 1));
  return lines.map(({ text }) => text);
}

describe('reading lines of bytes', () => {
  const sizes = fc.integer({ min: 1, max: 9 });

  it('gives the same lines in every encoding, with every line break, in pieces of any size', async () => {
    const line = fc.stringMatching(/^[a-zäß€😀,;" ]{0,12}$/u);
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        encodings,
        sizes,
        async (rest, lineBreak, { encoding, hasMark }, size) => {
          // A file starts with a letter, otherwise its encoding cannot be detected without a mark.
          const lines = ['head', ...rest];
          const text = lines.map((written) => written + lineBreak).join('');
          expect(await linesOf(encode(text, encoding, hasMark), size)).toEqual(lines);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(['\n', '\r\n', '\r'])('reads a last line without its line break %j', async (lineBreak) => {
    expect(await linesOf(Buffer.from(`a${lineBreak}b`), 1)).toEqual(['a', 'b']);
  });

  it('leaves a CR inside a line of a file that breaks its lines with LF', async () => {
    expect(await linesOf(Buffer.from('a\n"b\rc"\n'), 2)).toEqual(['a', '"b\rc"']);
  });

  it.each(['', 'a', 'ab'])('reads a file of %j', async (text) => {
    expect(await linesOf(Buffer.from(text), 1)).toEqual(text === '' ? [] : [text]);
  });
});
