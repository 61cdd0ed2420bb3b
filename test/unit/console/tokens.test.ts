import { describe, expect, it } from 'vitest';
import { matchToken, readTokens } from '../../../src/console/tokens.js';

const TOKEN = 's3cret-of-the-console';
const BASE64 = 'c2VjcmV0IG9mIHRoZSBzaG9wIQ==';

const shown = (text: string) => readTokens(text).map(({ name, role }) => [name, role]);

describe('reading tokens', () => {
  it.each([
    [TOKEN, 'token-1', 'operator'],
    [`ann=${TOKEN}`, 'ann', 'operator'],
    [`ann:operator=${TOKEN}`, 'ann', 'operator'],
    [`wall.screen:viewer=${TOKEN}`, 'wall.screen', 'viewer'],
    // Base64 may end in `=`: nothing is named by it.
    [BASE64, 'token-1', 'operator'],
    [`ann=${BASE64}`, 'ann', 'operator'],
  ])('%s belongs to %s, %s', (text, name, role) => {
    expect(shown(text)).toEqual([[name, role]]);
  });

  it.each([`ann:boss=${TOKEN}`, `ann:viewer:x=${TOKEN}`, `:viewer=${TOKEN}`, `ann b:viewer=${TOKEN}`])(
    'refuses "%s" and shows no token',
    (text) => {
      expect(() => readTokens(text)).toThrow(/^line 1: the (role|name)/);
      expect(() => readTokens(text)).not.toThrow(TOKEN);
    },
  );

  it('takes one a line, or comma-separated, or JSON on any number of lines', () => {
    expect(shown(`ann=${TOKEN}1\n\n  bob:viewer=${TOKEN}2 , ${TOKEN}3\n`)).toEqual([
      ['ann', 'operator'],
      ['bob', 'viewer'],
      ['token-3', 'operator'],
    ]);
    const list = [
      { name: 'jane', token: TOKEN },
      { name: 'wall', role: 'viewer', token: `${TOKEN}2` },
    ];
    expect(shown(JSON.stringify(list, null, 2))).toEqual([
      ['jane', 'operator'],
      ['wall', 'viewer'],
    ]);
  });
});

describe('matching tokens', () => {
  const tokens = readTokens(`ann=${BASE64},bob:viewer=${TOKEN},plain-token-of-nobody`);

  it.each([
    [BASE64, 'ann'],
    [TOKEN, 'bob'],
    [' plain-token-of-nobody\n', 'token-3'],
  ])('%j is of %s', (given, name) => {
    expect(matchToken(tokens, given)?.name).toBe(name);
  });

  it.each(['', 'ann', `ann=${BASE64}`, BASE64.slice(0, -2), TOKEN.toUpperCase(), `${TOKEN}2`])(
    '%j is nobody’s',
    (given) => {
      expect(matchToken(tokens, given)).toBeUndefined();
    },
  );
});
