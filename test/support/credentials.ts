/** Credentials for tests: complete, so that a test changes only what it is about. */
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
