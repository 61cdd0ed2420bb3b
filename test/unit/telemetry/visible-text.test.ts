import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visibleJson, visibleText } from '../../../src/telemetry/visible-text.js';

/** All that steers a terminal or turns text. */
const STEERS =
  /[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029\u200e\u200f\u061c\ufeff\u{e0000}-\u{e007f}\ufff9-\ufffb\u3164]/u;

/** Seldom drawn by chance. */
const STEERED = fc
  .array(fc.constantFrom('a', '\u001b', '\u009b', '\u202e', '\u{e0041}', '\ufffa', '\u3164', '\u2028', '👩‍👧', '"'))
  .map((parts) => parts.join(''));

describe('making text fit to be shown', () => {
  it.each([
    ['\u001b[2J\u001b]0;title\u0007', '␛[2J␛]0;title␇'],
    ['one\r\ntwo\tthree', 'one␍␊two␉three'],
    ['\u009b31m', '<U+009B>31m'],
    ['\u007f', '␡'],
    ['abc\u202etxt.exe', 'abc<U+202E>txt.exe'],
    ['a\u2028b\u200fc\ufeff', 'a<U+2028>b<U+200F>c<U+FEFF>'],
    ['hid\u{e0041}den\u00ad\u3164', 'hid<U+E0041>den<U+00AD><U+3164>'],
    ['Zoë 東京 👩‍👧 é', 'Zoë 東京 👩‍👧 é'],
  ])('%j becomes %j', (text, shown) => expect(visibleText(text)).toBe(shown));

  it('leaves nothing that steers, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), STEERED), (text) => {
        expect(visibleText(text)).not.toMatch(STEERS);
      }),
    );
  });

  it('leaves JSON the same value, in one line or several', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.oneof(fc.string({ unit: 'binary' }), STEERED),
        fc.constantFrom(0, 2),
        (value, text, indent) => {
          const shown = visibleJson(JSON.stringify([value, text], null, indent));
          expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify([value, text])));
          expect(shown.replaceAll('\n', '')).not.toMatch(STEERS);
        },
      ),
    );
  });
});

it('no command writes to the terminal but through output.ts', () => {
  const root = join(import.meta.dirname, '..', '..', '..', 'src', 'commands');
  // The demo shows its own words alone; a crash is told as JSON without messages.
  const exempt = new Set(['output.ts', 'demo.ts', 'crash.ts']);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const offenders = files
    .filter((file) => !exempt.has(file))
    .filter((file) =>
      /std(?:out|err)\.write|console\.(?:log|error|warn|info)\(/.test(readFileSync(join(root, file), 'utf8')),
    );
  expect(offenders).toEqual([]);
});
