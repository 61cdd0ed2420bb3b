import { describe, expect, it } from 'vitest';
import { matchToken, readTokens, readTokenText } from '../../../src/console/tokens.js';

const shown = (entries: readonly string[]) => readTokens(entries).map(({ name, role }) => [name, role]);

describe('reading tokens', () => {
  it.each([
    ['s3cret', 'token-1', 'operator'],
    ['ann=s3cret', 'ann', 'operator'],
    ['ann:operator=s3cret', 'ann', 'operator'],
    ['wall.screen:viewer=s3cret', 'wall.screen', 'viewer'],
    // Base64 may end in `=`: nothing is named by it.
    ['czNjcmV0==', 'token-1', 'operator'],
    ['ann=czNjcmV0==', 'ann', 'operator'],
  ])('%s belongs to %s, %s', (entry, name, role) => {
    expect(shown([entry])).toEqual([[name, role]]);
  });

  it('refuses a role that there is not, and names no token', () => {
    expect(() => readTokens(['ann:boss=s3cret'])).toThrow('token ann has a role that is neither viewer nor operator');
    expect(() => readTokens(['ann:boss=s3cret'])).not.toThrow(/s3cret/);
  });

  it('takes a file with one a line, or comma-separated', () => {
    expect(readTokenText('ann=a\n\n  bob:viewer=b , c\n').map(({ name }) => name)).toEqual(['ann', 'bob', 'token-3']);
    expect(readTokenText(' \n')).toEqual([]);
  });
});

describe('matching tokens', () => {
  const tokens = readTokens(['ann=czNjcmV0==', 'bob:viewer=other', 'plain']);

  it.each([
    ['czNjcmV0==', 'ann'],
    ['other', 'bob'],
    [' plain\n', 'token-3'],
  ])('%j is of %s', (given, name) => {
    expect(matchToken(tokens, given)?.name).toBe(name);
  });

  it.each(['', 'ann', 'ann=czNjcmV0==', 'czNjcmV0', 'PLAIN', 'plain2'])('%j is nobody’s', (given) => {
    expect(matchToken(tokens, given)).toBeUndefined();
  });
});
