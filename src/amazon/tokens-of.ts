/** The tokens of an account, by its kind of credentials. */
import type { Credentials } from '../settings/credentials.js';
import { ApiTokens } from './api-token.js';
import { LwaTokens, type RefreshListener, type Tokens } from './token.js';

/** @param onRefresh called for each refresh, and for an API token that cannot be read */
export function tokensOf(credentials: Credentials, onRefresh?: RefreshListener): Tokens {
  return credentials.kind === 'lwa' ? new LwaTokens(credentials, onRefresh) : new ApiTokens(credentials, onRefresh);
}
