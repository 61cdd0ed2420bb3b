/**
 * The access token of a Shopify app: permanent (apps made before 2026), or for 24 hours by the client credentials
 * grant, which is for apps of one's own shop.
 *
 * A token is kept until a minute before it expires. A token that Shopify refuses is dropped, and a new one is
 * requested.
 */
import { z } from 'zod';
import type { ShopifyCredentials } from '../../settings/shop-settings.js';
import { ShopError, saidCode } from '../shop-error.js';
import type { ShopHttp } from '../shop-http.js';

const EARLY_MS = 60_000;
const grantSchema = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() });
const refusalSchema = z.object({ error: z.string() });

export class ShopifyToken {
  readonly #http: ShopHttp;
  readonly #credentials: ShopifyCredentials;
  #granted: { readonly token: string; readonly untilMs: number } | undefined;

  constructor(http: ShopHttp, credentials: ShopifyCredentials) {
    this.#http = http;
    this.#credentials = credentials;
  }

  /** Whether a new token can be requested if Shopify refuses this one. */
  get isRenewable(): boolean {
    return this.#credentials.kind === 'client';
  }

  drop(): void {
    this.#granted = undefined;
  }

  /** @throws ShopError if Shopify grants none */
  async get(signal: AbortSignal): Promise<string> {
    const credentials = this.#credentials;
    if (credentials.kind === 'token') return credentials.readAccessToken();
    if (this.#granted && Date.now() < this.#granted.untilMs) return this.#granted.token;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: credentials.clientId,
      client_secret: credentials.readClientSecret(),
    });
    const askedAtMs = Date.now();
    const { status, body } = await this.#http.ask(
      {
        method: 'POST',
        path: '/admin/oauth/access_token',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: form.toString(),
      },
      signal,
    );
    const granted = grantSchema.safeParse(body);
    if (status !== 200 || !granted.success) throw refusalOf(status, body);
    const { access_token: token, expires_in: seconds } = granted.data;
    this.#granted = { token, untilMs: askedAtMs + Math.max(seconds * 500, seconds * 1000 - EARLY_MS) };
    return token;
  }
}

function refusalOf(status: number, body: unknown): ShopError {
  const said = saidCode(refusalSchema.safeParse(body).data?.error);
  if (status === 404) {
    return new ShopError('SHOP_NOT_FOUND', 'Shopify knows no such shop: SHOPIFY_SHOP must be its name.myshopify.com');
  }
  if (status === 200) {
    return new ShopError('SHOP_UNREADABLE', 'what answers at SHOPIFY_SHOP or SHOPIFY_API_URL is not Shopify');
  }
  return new ShopError(
    'SHOP_CREDENTIALS',
    `Shopify grants no token${said}: check SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET, and that the app is installed in the shop and belongs to its organisation`,
  );
}
