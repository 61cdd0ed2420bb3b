/**
 * The access token of an account (Login with Amazon): cached, refreshed a minute early, one refresh at a time.
 *
 * States: empty -> refreshing -> fresh -> (a minute before its end, or refused by Amazon) -> refreshing. All batches that ask
 * during a refresh share it. The secret and the refresh token are read again at each refresh, so a rotated file needs no restart.
 */
import { request } from 'undici';
import { z } from 'zod';
import { TOKEN_TIMEOUT_MS } from '../settings/config.js';
import type { LwaCredentials } from '../settings/credentials.js';

const EARLY_MS = 60_000;

export type TokenResult =
  | { readonly kind: 'token'; readonly token: string }
  /** Login with Amazon refuses the credentials: only a person can fix that. `code` is OAuth's, such as invalid_grant. */
  | { readonly kind: 'refused'; readonly code: string }
  /** It may work in a moment. */
  | { readonly kind: 'failed'; readonly code: string };

export type RefreshListener = (result: 'ok' | 'refused' | 'failed', expiresAtMs: number) => void;

const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() });
const errorSchema = z.object({ error: z.string().max(100) });

/** The source of a request's token, by the account's kind of credentials. */
export interface Tokens {
  /** The current token; undefined if it must be fetched first. */
  readonly cached: string | undefined;
  /** Whether a refused token can be replaced by a new one. */
  readonly isRenewable: boolean;
  get(): Promise<TokenResult>;
  /** Drops a token that Amazon refused, unless another batch has already fetched a newer one. */
  drop(token: string): void;
}

export class LwaTokens implements Tokens {
  readonly isRenewable = true;
  readonly #credentials: LwaCredentials;
  readonly #onRefresh: RefreshListener;
  #current: { token: string; renewAtMs: number } | undefined;
  #refreshing: Promise<TokenResult> | undefined;

  constructor(credentials: LwaCredentials, onRefresh: RefreshListener = () => undefined) {
    this.#credentials = credentials;
    this.#onRefresh = onRefresh;
  }

  get cached(): string | undefined {
    if (!this.#current || Date.now() >= this.#current.renewAtMs) return undefined;
    return this.#current.token;
  }

  /** The cached token, or the outcome of the refresh in progress. */
  get(): Promise<TokenResult> {
    if (this.#refreshing) return this.#refreshing;
    const token = this.cached;
    if (token !== undefined) return Promise.resolve({ kind: 'token', token });
    this.#refreshing = this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  drop(token: string): void {
    if (this.#current?.token === token) this.#current = undefined;
  }

  async #refresh(): Promise<TokenResult> {
    const startedAt = Date.now();
    const result = await this.#ask();
    if (result.kind !== 'granted') {
      this.#onRefresh(result.kind, 0);
      return result;
    }
    const expiresAtMs = startedAt + result.lifetimeMs;
    // A minute early; for a token that lives less than two minutes, at half its life.
    const renewAtMs = expiresAtMs - Math.min(EARLY_MS, result.lifetimeMs / 2);
    this.#current = { token: result.token, renewAtMs };
    this.#onRefresh('ok', expiresAtMs);
    return { kind: 'token', token: result.token };
  }

  async #ask(): Promise<
    { kind: 'granted'; token: string; lifetimeMs: number } | Extract<TokenResult, { kind: 'refused' | 'failed' }>
  > {
    try {
      const form = new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: this.#credentials.readRefreshToken(),
        client_id: this.#credentials.clientId,
        client_secret: this.#credentials.readClientSecret(),
      });
      const response = await request(this.#credentials.tokenUrl, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: form.toString(),
        signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
      });
      const body: unknown = await response.body.json().catch(() => undefined);
      const granted = tokenSchema.safeParse(body);
      if (response.statusCode === 200 && granted.success) {
        return { kind: 'granted', token: granted.data.access_token, lifetimeMs: granted.data.expires_in * 1000 };
      }
      const code = errorSchema.safeParse(body).data?.error ?? `status_${response.statusCode}`;
      const isRefused = [400, 401, 403].includes(response.statusCode);
      return { kind: isRefused ? 'refused' : 'failed', code };
    } catch (error) {
      // A missing secret file, or the network: both may be fixed without a restart.
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'network';
      return { kind: 'failed', code };
    }
  }
}
