/**
 * An API token is sent as it is, and nothing renews it. So a refusal holds the account at once, until a person sets another.
 *
 * It is read again once a minute, and after each refusal: a token that is replaced in its file needs no restart.
 */
import type { ApiTokenCredentials } from '../settings/credentials.js';
import type { RefreshListener, TokenResult, Tokens } from './token.js';

const READ_EVERY_MS = 60_000;

export class ApiTokens implements Tokens {
  readonly isRenewable = false;
  readonly #credentials: ApiTokenCredentials;
  readonly #onRefresh: RefreshListener;
  #current: { token: string; readAtMs: number } | undefined;

  /** @param onRefresh called if the token cannot be read */
  constructor(credentials: ApiTokenCredentials, onRefresh: RefreshListener = () => undefined) {
    this.#credentials = credentials;
    this.#onRefresh = onRefresh;
  }

  get cached(): string | undefined {
    if (!this.#current || Math.abs(Date.now() - this.#current.readAtMs) >= READ_EVERY_MS) return undefined;
    return this.#current.token;
  }

  get(): Promise<TokenResult> {
    try {
      const token = this.#credentials.readToken();
      this.#current = { token, readAtMs: Date.now() };
      return Promise.resolve({ kind: 'token', token });
    } catch (error) {
      // A missing file may come back without a restart.
      this.#onRefresh('failed', 0);
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
      return Promise.resolve({ kind: 'failed', code });
    }
  }

  drop(token: string): void {
    if (this.#current?.token === token) this.#current = undefined;
  }
}
