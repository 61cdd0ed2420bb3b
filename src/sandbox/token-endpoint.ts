/**
 * Login with Amazon as the sandbox plays it: tokens that live `ttlSeconds`, and OAuth's errors.
 */
import { randomBytes } from 'node:crypto';
import type { Faults } from './faults.js';

export interface TokenAnswer {
  readonly status: number;
  readonly body: object;
}

export class TokenEndpoint {
  readonly #ttlSeconds: number;
  readonly #faults: Faults;
  readonly #tokens = new Map<string, number>();
  #grants = 0;

  constructor(ttlSeconds: number, faults: Faults) {
    this.#ttlSeconds = ttlSeconds;
    this.#faults = faults;
  }

  /** How many tokens were asked for, refused ones included. */
  get requests(): number {
    return this.#grants;
  }

  grant(form: URLSearchParams, nowMs: number): TokenAnswer {
    this.#grants += 1;
    const status = this.#faults.strike('token_status', undefined);
    if (status) return { status: status.status, body: { error: 'server_error' } };
    if (form.get('grant_type') !== 'refresh_token' || !form.get('refresh_token')) {
      return { status: 400, body: { error: 'invalid_request', error_description: 'refresh_token is missing' } };
    }
    if (!form.get('client_id') || !form.get('client_secret')) {
      return { status: 401, body: { error: 'invalid_client', error_description: 'client authentication failed' } };
    }
    const refused = this.#faults.strike('credentials', undefined);
    if (refused) {
      const { error } = refused;
      return { status: error === 'invalid_client' ? 401 : 400, body: { error, error_description: 'told to refuse' } };
    }
    const token = `Atza|${randomBytes(24).toString('base64url')}`;
    this.#tokens.set(token, nowMs + this.#ttlSeconds * 1000);
    return {
      status: 200,
      body: {
        access_token: token,
        token_type: 'bearer',
        expires_in: this.#ttlSeconds,
        refresh_token: form.get('refresh_token'),
      },
    };
  }

  isValid(authorization: string | undefined, nowMs: number): boolean {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
    return (this.#tokens.get(token) ?? 0) > nowMs;
  }

  /** Ends every token at once, as if their hour were over. */
  expireAll(): void {
    this.#tokens.clear();
  }
}
