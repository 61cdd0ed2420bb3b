import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SecretTextError } from '../../../src/settings/secret-list.js';
import { readWebhookFile, readWebhookSetting } from '../../../src/settings/webhook-secrets.js';

/** As WooCommerce generates them: 50 characters of any punctuation. */
const GENERATED = 'k]7#f,2 w`B&9;Zq{p!x,"%Qe|0~Nd^u(M/t)@L=h*+-_.<>?Ya';
const WHSEC = 'whsec_0123456789abcdef';

describe('reading webhook secrets', () => {
  it('a setting is taken whole, and the pieces that could be secrets beside it', () => {
    expect(readWebhookSetting(WHSEC)).toEqual([WHSEC]);
    expect(readWebhookSetting(`${WHSEC}1, ${WHSEC}2`)).toEqual([`${WHSEC}1, ${WHSEC}2`, `${WHSEC}1`, `${WHSEC}2`]);
    expect(readWebhookSetting(`${GENERATED}\n`)).toEqual(expect.arrayContaining([GENERATED]));
  });

  it('no piece of a generated secret is short enough to be guessed', () => {
    for (const piece of readWebhookSetting(GENERATED)) expect(piece.length).toBeGreaterThanOrEqual(16);
  });

  it('a file holds one a line; nothing but the line end is trimmed', () => {
    const spaced = ` ${GENERATED} `;
    expect(readWebhookFile(`${spaced}\r\n#x${GENERATED}\n\n`)).toEqual([spaced, `#x${GENERATED}`]);
  });

  it('a file may hold comments, and secrets taken out by a #', () => {
    expect(readWebhookFile(`# since 2024\n#\n#${WHSEC}old\n${WHSEC}`)).toEqual([WHSEC]);
  });

  it('a file with plain secrets on one line gives each of them, as it did before', () => {
    expect(readWebhookFile(`${WHSEC}1,${WHSEC}2\n`)).toEqual([`${WHSEC}1,${WHSEC}2`, `${WHSEC}1`, `${WHSEC}2`]);
  });

  it.each([
    ['nothing', ''],
    ['a comma', ','],
    ['a word', 'secret'],
    ['comments alone', '# one\n'],
    ['JSON', `["${WHSEC}"]`],
    ['pretty-printed JSON', `[\n  "${WHSEC}"\n]`],
    ['a line of an environment file', `SHOPIFY_WEBHOOK_SECRET=${WHSEC}`],
    ['bytes that are no UTF-8', `${WHSEC}\uFFFD`],
    ['UTF-16', WHSEC.split('').join('\0')],
  ])('refuses %s', (_what, text) => {
    for (const read of [readWebhookFile, readWebhookSetting]) {
      expect(() => read(text)).toThrow(SecretTextError);
      expect(() => read(text)).not.toThrow(WHSEC);
    }
  });

  // More by hand: FUZZ_SECRETS=100000 npx vitest run --project unit test/unit/settings
  it('a file never yields a usable secret that it did not mean', () => {
    const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
    const generated = fc
      .string({ unit: fc.constantFrom(...printable), minLength: 50, maxLength: 50 })
      .filter((text) => !/^\s*#(\s|[\w.~+/=-]*$)/.test(text) && !/^[\s[{"]/.test(text) && text.trim().length >= 16);
    const plain = fc.string({ unit: fc.constantFrom(...'abcXYZ019_'.split('')), minLength: 16, maxLength: 40 });
    const line = fc.oneof(
      generated.map((text) => ({ text, secrets: [text] })),
      plain.map((text) => ({ text, secrets: [text] })),
      plain.map((text) => ({ text: `#${text}`, secrets: [] })),
      fc.string({ maxLength: 40 }).map((text) => ({ text: `# ${text.replaceAll(/[\r\n]/g, '')}`, secrets: [] })),
      fc.constantFrom('', '[', ']', '{}').map((text) => ({ text, secrets: [] })),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), (parts) => {
        const meant = parts.flatMap(({ secrets }) => secrets);
        const text = parts.map((part) => part.text).join('\n');
        try {
          const read = readWebhookFile(text);
          expect(meant).toEqual(expect.arrayContaining(read));
          expect(read).toEqual(expect.arrayContaining(meant));
        } catch (error) {
          if (!(error instanceof SecretTextError)) throw error;
        }
      }),
      { numRuns: Number(process.env['FUZZ_SECRETS'] ?? 2_000) },
    );
  }, 600_000);
});
