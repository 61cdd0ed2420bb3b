import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTokens } from '../../../src/console/tokens.js';
import { readApiKeys } from '../../../src/producer/http/api-keys.js';
import { readSecretLines, SecretTextError } from '../../../src/settings/secret-list.js';

const SECRET = 'correct-horse-battery';

function faultsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof SecretTextError) return error.faults;
    throw error;
  }
  return [];
}

describe('reading a list of secrets', () => {
  it('takes lines and commas, and passes over comments and blank lines', () => {
    const text = `\uFEFF# operators, since 2024\r\nann=${SECRET}1\r\n\r\n  # old: x,y\n ${SECRET}2 , bob=${SECRET}3,\n`;
    expect(readSecretLines(text)).toEqual([
      { where: 'line 2', label: 'ann', secret: `${SECRET}1` },
      { where: 'line 5, entry 1', label: undefined, secret: `${SECRET}2` },
      { where: 'line 5, entry 2', label: 'bob', secret: `${SECRET}3` },
    ]);
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \n\t\n'],
    ['a comma', ','],
    ['comments alone', '# one\n#two\n'],
    ['an empty list', '[]'],
    ['a list that is not closed', '['],
    ['a JSON object', `{"name": "jane", "token": "${SECRET}", "key": "${SECRET}"}`],
    ['JSON of other fields', `[{"user": "jane", "password": "${SECRET}"}]`],
    ['JSON text', `["${SECRET}"]`],
    ['JSON with a field twice', `[{"name": "a", "key": "${SECRET}", "key": "${SECRET}2", "token": "${SECRET}"}]`],
    ['a key of one letter', 'x'],
    ['15 characters', 'abcdefghijklmno'],
    ['a short key in JSON', '[{"name": "a", "key": "x", "token": "x"}]'],
    ['a key of blanks in JSON', `[{"name": "a", "key": "${' '.repeat(20)}", "token": "${' '.repeat(20)}"}]`],
    ['a name without a secret', 'admin='],
    ['a long name without a secret', 'operators-of-berlin='],
    ['a secret without a name', `=${SECRET}`],
    ['a comment behind a secret', `${SECRET},# jane`],
    ['a comment behind a blank', `${SECRET} # jane`],
    ['a comment of another format', '//operators-of-the-shop'],
    ['quotes', `"${SECRET}"`],
    ['YAML', `- ${SECRET}`],
    ['YAML with names', `jane: ${SECRET}`],
    ['a variable that was not expanded', '${INTAKE_API_KEYS}'],
    ['a variable without braces', '$INTAKE_API_KEYS_OF_SHOP'],
    ['a URL', 'https://example.com/keys'],
    ['a rule', '--------------------'],
    ['one character again and again', 'xxxxxxxxxxxxxxxxxxxx'],
    ['a secret twice', `ann=${SECRET}\nbob=${SECRET}`],
    ['bytes that are no UTF-8', `${SECRET}\uFFFD`],
    ['UTF-16', SECRET.split('').join('\0')],
  ])('refuses %s', (_what, text) => {
    for (const read of [readApiKeys, readTokens]) {
      const faults = faultsOf(() => read(text));
      expect(faults).not.toEqual([]);
      expect(faults.join()).not.toContain(SECRET);
    }
  });

  it('names every faulty line', () => {
    expect(faultsOf(() => readSecretLines(`x\n${SECRET}\n{ "a": 1 }`))).toEqual([
      'line 1: is shorter than 16 characters',
      expect.stringMatching(/^line 3: holds/),
    ]);
    const list = JSON.stringify(
      [
        { name: 'a', key: SECRET },
        { name: 'b c', key: 'short' },
      ],
      null,
      2,
    );
    expect(faultsOf(() => readApiKeys(list))).toEqual([
      expect.stringMatching(/^entry 2, name: /),
      'entry 2, key: is shorter than 16 characters',
    ]);
  });
});

describe('fuzzing files of secrets', () => {
  // More by hand: FUZZ_SECRETS=100000 npx vitest run --project unit test/unit/settings
  const files = Number(process.env['FUZZ_SECRETS'] ?? 3_000);

  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/'.split('');
  const secret = fc
    .string({ unit: fc.constantFrom(...alphabet), minLength: 16, maxLength: 50 })
    .filter((text) => new Set(text).size >= 5 && !/^(\/\/|--|\+\+)/.test(text));
  const name = fc.string({ unit: fc.constantFrom(...'abcxyz019_.-'.split('')), minLength: 1, maxLength: 24 });

  /** A line of a file, and what its writer meant. */
  interface Meant {
    readonly text: string;
    readonly secrets: readonly string[];
  }
  const entry = fc.oneof(
    secret.map((text): Meant => ({ text, secrets: [text] })),
    fc.tuple(name, secret).map(([of, text]): Meant => ({ text: `${of}=${text}`, secrets: [text] })),
  );
  const list = fc.array(entry, { minLength: 1, maxLength: 3 }).map(
    (entries): Meant => ({
      text: entries.map(({ text }) => text).join(', '),
      secrets: entries.flatMap((one) => one.secrets),
    }),
  );
  const nothing = (text: string): Meant => ({ text, secrets: [] });
  const noise = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => nothing(`# ${text.replaceAll(/[\r\n]/g, ' ')}`)),
    secret.map((text) => nothing(`#${text}`)),
    fc.constant(nothing('')),
    name.map((text) => nothing(`${text}=`)),
    fc.tuple(name, secret).map(([of, text]) => nothing(`${of} ${text}`)),
    fc.tuple(name, secret).map(([of, text]) => nothing(`${of}: "${text}"`)),
    secret.map((text) => nothing(`${text} # note`)),
    fc
      .constantFrom('[', ']', '{', '},', '  "accounts": ["default"]', '---', '<<<<<<< HEAD', '================')
      .map(nothing),
    secret.map((text) => nothing(text.slice(0, 15))),
    // A long number alone has the form of a secret.
    fc
      .jsonValue()
      .map((value) => nothing(JSON.stringify(value, null, 2)))
      .filter(({ text }) => !/^[\d.e+-]{16,}$/.test(text)),
  );
  const lines = fc
    .array(fc.oneof({ weight: 3, arbitrary: entry }, { weight: 1, arbitrary: list }, { weight: 2, arbitrary: noise }), {
      maxLength: 6,
    })
    .chain((parts) =>
      fc.constantFrom('\n', '\r\n').map(
        (end): Meant => ({
          text: parts.map(({ text }) => text).join(end),
          secrets: parts.flatMap((part) => part.secrets),
        }),
      ),
    );
  const json = fc
    .tuple(
      fc.array(fc.tuple(name, secret), { minLength: 1, maxLength: 3 }),
      fc.constantFrom(0, 2),
      fc.constantFrom('key', 'token'),
    )
    .map(
      ([pairs, indent, field]): Meant => ({
        text: JSON.stringify(
          pairs.map(([of, text]) => ({ name: of, [field]: text })),
          null,
          indent,
        ),
        secrets: pairs.map(([, text]) => text),
      }),
    );
  /** What an editor, a copy or a disk may do to it. JSON without its end or its start is not JSON. */
  const damagedJson = json.chain(({ text }) =>
    fc
      .tuple(fc.nat(text.length - 1), fc.boolean())
      .map(([at, isStart]): Meant => nothing(isStart ? text.slice(at + 1) : text.slice(0, at))),
  );

  it(`${files} files never yield a usable secret that the file did not mean`, () => {
    let usable = 0;
    fc.assert(
      fc.property(fc.oneof(lines, json, damagedJson), ({ text, secrets }) => {
        const meant = new Set(secrets.map((one) => createHash('sha256').update(one).digest('hex')));
        for (const read of [readApiKeys, readTokens]) {
          try {
            for (const { digest } of read(text)) {
              expect([...meant]).toContain(digest.toString('hex'));
              usable += 1;
            }
          } catch (error) {
            if (!(error instanceof SecretTextError)) throw error;
            for (const one of secrets) expect(error.message).not.toContain(one);
          }
        }
      }),
      { numRuns: files },
    );
    expect(usable).toBeGreaterThan(files / 10);
  }, 600_000);
});
