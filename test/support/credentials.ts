/** Credentials for tests, and an account with them: complete, so that a test changes only what it is about. */
import type { Account } from '../../src/settings/accounts.js';
import type { LwaCredentials } from '../../src/settings/credentials.js';

export function lwaCredentials(overrides: Partial<LwaCredentials> = {}): LwaCredentials {
  return {
    kind: 'lwa',
    tokenUrl: 'https://api.amazon.com/auth/o2/token',
    clientId: 'client',
    readClientSecret: () => 'the client secret',
    readRefreshToken: () => 'the refresh token',
    readConsent: () => undefined,
    ...overrides,
  };
}

/** At a server of the test. */
export function lwaAt(url: string, readClientSecret = () => 'the client secret'): LwaCredentials {
  return lwaCredentials({ tokenUrl: `${url}/auth/o2/token`, readClientSecret });
}

export function accountAt(url: string, overrides: Partial<Account> = {}): Account {
  return {
    name: 'default',
    region: 'NA',
    wire: 'events-manager-v1',
    endpoint: url,
    profileId: '1',
    credentials: lwaAt(url),
    ...overrides,
  };
}
