// Only the clock is faked.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiTokens } from '../../../src/amazon/api-token.js';
import { LwaTokens } from '../../../src/amazon/token.js';
import { tokensOf } from '../../../src/amazon/tokens-of.js';
import type { Credentials } from '../../../src/settings/credentials.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A token as a file would hold it. */
class Held {
  text: string | Error = 'first';
  readonly told: string[] = [];
  readonly tokens = tokensOf({ kind: 'api_token', readToken: () => this.read() }, (result) => this.told.push(result));

  private read(): string {
    if (this.text instanceof Error) throw this.text;
    return this.text;
  }
}

describe('an API token', () => {
  it('is read once a minute, and cannot be renewed', async () => {
    const held = new Held();
    expect(held.tokens.isRenewable).toBe(false);
    expect(held.tokens.cached).toBeUndefined();
    expect(await held.tokens.get()).toEqual({ kind: 'token', token: 'first' });
    held.text = 'second';
    vi.advanceTimersByTime(59_999);
    expect(held.tokens.cached).toBe('first');
    vi.advanceTimersByTime(1);
    expect(held.tokens.cached).toBeUndefined();
    expect(await held.tokens.get()).toEqual({ kind: 'token', token: 'second' });
    expect(held.told).toEqual([]);
  });

  it('is read again after it was refused, but not for the sake of an older one', async () => {
    const held = new Held();
    await held.tokens.get();
    held.tokens.drop('older');
    expect(held.tokens.cached).toBe('first');
    held.tokens.drop('first');
    expect(held.tokens.cached).toBeUndefined();
    held.tokens.drop('first');
    expect(held.tokens.cached).toBeUndefined();
  });

  it.each([
    [Object.assign(new Error('gone'), { code: 'ENOENT' }), 'ENOENT'],
    [new Error('half written'), 'unreadable'],
  ])('that cannot be read is told, and may come back: %s', async (fault, code) => {
    const held = new Held();
    held.text = fault;
    expect(await held.tokens.get()).toEqual({ kind: 'failed', code });
    expect(held.told).toEqual(['failed']);
    held.text = 'back';
    expect(await held.tokens.get()).toEqual({ kind: 'token', token: 'back' });
  });

  it('needs no listener', async () => {
    const readToken = () => {
      throw new Error('gone');
    };
    expect(await new ApiTokens({ kind: 'api_token', readToken }).get()).toMatchObject({ kind: 'failed' });
  });
});

it('an account’s kind of credentials decides its tokens', () => {
  const lwa: Credentials = {
    kind: 'lwa',
    tokenUrl: 'http://127.0.0.1:1',
    clientId: 'c',
    readClientSecret: () => 's',
    readRefreshToken: () => 'r',
    readConsent: () => undefined,
  };
  expect(tokensOf(lwa)).toBeInstanceOf(LwaTokens);
  expect(tokensOf({ kind: 'api_token', readToken: () => 't' })).toBeInstanceOf(ApiTokens);
});
