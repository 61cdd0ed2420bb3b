/**
 * The access token of an account (Login with Amazon): cached, refreshed a minute early, one refresh at a time.
 *
 * States: empty -> refreshing -> fresh -> (a minute before its end, or refused by Amazon) -> refreshing. However many
 * batches ask while it is refreshing, they share that one refresh. The secret and the refresh token are read anew at
 * each refresh, so a rotated file needs no restart.
 */
import { request } from 'undici';
import { z } from 'zod';
import type { Account } from '../settings/accounts.js';
import { TOKEN_TIMEOUT_MS } from '../settings/config.js';

const EARLY_MS = 60_000;

export type TokenResult =
  | { readonly kind: 'token'; readonly token: string }
  /** Login with Amazon refuses the credentials: only a person can mend it. `code` is OAuth's, such as invalid_grant. */
  | { readonly kind: 'refused'; readonly code: string }
  /** It may work in a moment. */
  | { readonly kind: 'failed'; readonly code: string };

export type RefreshListener = (result: 'ok' | 'refused' | 'failed', expiresAtMs: number) => void;

const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() });
const errorSchema = z.object({ error: z.string().max(100) });

export class TokenSource {
  readonly #account: Account;
  readonly #onRefresh: RefreshListener;
  #current: { token: string; renewAtMs: number } | undefined;
  #refreshing: Promise<TokenResult> | undefined;

  constructor(account: Account, onRefresh: RefreshListener = () => undefined) {
    this.#account = account;
    this.#onRefresh = onRefresh;
  }

  /** The token in hand; undefined where a refresh is due. */
  get cached(): string | undefined {
    if (!this.#current || Date.now() >= this.#current.renewAtMs) return undefined;
    return this.#current.token;
  }

  /** The cached token, or the outcome of the one refresh under way. */
  get(): Promise<TokenResult> {
    if (this.#refreshing) return this.#refreshing;
    const token = this.cached;
    if (token !== undefined) return Promise.resolve({ kind: 'token', token });
    this.#refreshing = this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Drops a token that Amazon refused, unless another batch has already brought a newer one. */
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
    // A minute early; a token that lives less than two minutes, at half its life.
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
        refresh_token: this.#account.readRefreshToken(),
        client_id: this.#account.clientId,
        client_secret: this.#account.readClientSecret(),
      });
      const response = await request(this.#account.tokenUrl, {
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
      // A secret file that is gone, or the network: both may be mended without a restart.
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'network';
      return { kind: 'failed', code };
    }
  }
}
