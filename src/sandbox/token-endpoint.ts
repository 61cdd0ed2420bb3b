/**
 * The sandbox's Login with Amazon: tokens valid for `ttlSeconds`, and OAuth's errors.
 */
import { randomBytes } from 'node:crypto';
import type { Faults } from './faults.js';

export interface TokenAnswer {
  readonly status: number;
  readonly body: object;
}

const CODE_LIVES_MS = 5 * 60_000;

export interface TokenLives {
  /** Of an access token. */
  readonly ttlSeconds: number;
  /** Of a refresh token that was issued for a code. Unknown ones are accepted. */
  readonly refreshTtlSeconds: number;
}

export class TokenEndpoint {
  readonly #lives: TokenLives;
  readonly #faults: Faults;
  readonly #codes = new Map<string, { readonly redirectUri: string; readonly endsMs: number }>();
  /** When each known refresh token expires. */
  readonly #refreshTokens = new Map<string, number>();
  readonly #tokens = new Map<string, number>();
  #grants = 0;

  constructor(lives: TokenLives, faults: Faults) {
    this.#lives = lives;
    this.#faults = faults;
  }

  /** How many tokens were requested, including refused requests. */
  get requests(): number {
    return this.#grants;
  }

  grant(form: URLSearchParams, nowMs: number): TokenAnswer {
    this.#grants += 1;
    const status = this.#faults.strike('token_status', undefined);
    if (status) return { status: status.status, body: { error: 'server_error' } };
    const isCode = form.get('grant_type') === 'authorization_code';
    const given = form.get(isCode ? 'code' : 'refresh_token') ?? '';
    if ((!isCode && form.get('grant_type') !== 'refresh_token') || given === '') {
      return { status: 400, body: { error: 'invalid_request', error_description: 'code or refresh_token is missing' } };
    }
    if (!form.get('client_id') || !form.get('client_secret')) {
      return { status: 401, body: { error: 'invalid_client', error_description: 'client authentication failed' } };
    }
    const refused = this.#faults.strike('credentials', undefined);
    if (refused) {
      const { error } = refused;
      return { status: error === 'invalid_client' ? 401 : 400, body: { error, error_description: 'told to refuse' } };
    }
    const refreshToken = isCode ? this.#redeem(given, form.get('redirect_uri'), nowMs) : this.#use(given, nowMs);
    if (refreshToken === undefined) {
      return { status: 400, body: { error: 'invalid_grant', error_description: 'the grant is unknown or has ended' } };
    }
    const token = `Atza|${randomBytes(24).toString('base64url')}`;
    this.#tokens.set(token, nowMs + this.#lives.ttlSeconds * 1000);
    return {
      status: 200,
      body: {
        access_token: token,
        token_type: 'bearer',
        expires_in: this.#lives.ttlSeconds,
        refresh_token: refreshToken,
      },
    };
  }

  isValid(authorization: string | undefined, nowMs: number): boolean {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
    return (this.#tokens.get(token) ?? 0) > nowMs;
  }

  /** A code of the consent page, for one use. */
  issueCode(redirectUri: string, nowMs: number): string {
    const code = `A${randomBytes(9).toString('base64url').replace(/[-_]/g, 'x')}`;
    this.#codes.set(code, { redirectUri, endsMs: nowMs + CODE_LIVES_MS });
    return code;
  }

  /** Expires every known refresh token, as if its year were over. */
  expireRefreshTokens(): void {
    for (const token of this.#refreshTokens.keys()) this.#refreshTokens.set(token, 0);
  }

  #redeem(code: string, redirectUri: string | null, nowMs: number): string | undefined {
    const known = this.#codes.get(code);
    this.#codes.delete(code);
    if (!known || known.redirectUri !== redirectUri || known.endsMs <= nowMs) return undefined;
    const token = `Atzr|${randomBytes(24).toString('base64url')}`;
    this.#refreshTokens.set(token, nowMs + this.#lives.refreshTtlSeconds * 1000);
    return token;
  }

  #use(token: string, nowMs: number): string | undefined {
    const endsMs = this.#refreshTokens.get(token) ?? Number.POSITIVE_INFINITY;
    this.#refreshTokens.set(token, endsMs);
    return endsMs > nowMs ? token : undefined;
  }

  /** Expires every access token at once, as if their hour were over. */
  expireAll(): void {
    this.#tokens.clear();
  }
}
