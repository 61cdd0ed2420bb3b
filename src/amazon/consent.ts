/**
 * A person's consent: Amazon's consent page, and the exchange of its code for a refresh token.
 *
 * A code is valid for five minutes and works once. Never: a secret in an error.
 */
import { request } from 'undici';
import { z } from 'zod';
import { TOKEN_TIMEOUT_MS } from '../settings/config.js';
import type { LwaCredentials } from '../settings/credentials.js';

/** What the application may do in the person's name: access the advertising accounts, including conversions. */
export const CONSENT_SCOPE = 'advertising::campaign_management';

const PAGES = {
  NA: 'https://www.amazon.com/ap/oa',
  EU: 'https://eu.account.amazon.com/ap/oa',
  FE: 'https://apac.account.amazon.com/ap/oa',
} as const;

interface ConsentRequest {
  readonly region: keyof typeof PAGES;
  /** The address of a stand-in for Amazon; undefined for Amazon itself. */
  readonly standIn: string | undefined;
  readonly clientId: string;
  /** One of the Allowed Return URLs of the application. */
  readonly redirectUri: string;
  readonly scope: string;
  /** Returned with the code: the answer to another request has another state. */
  readonly state: string;
}

export function consentUrl({ region, standIn, clientId, redirectUri, scope, state }: ConsentRequest): string {
  const page = new URL(standIn === undefined ? PAGES[region] : new URL('/ap/oa', standIn));
  const query = { client_id: clientId, scope, response_type: 'code', redirect_uri: redirectUri, state };
  for (const [name, value] of Object.entries(query)) page.searchParams.set(name, value);
  return page.href;
}

export type CodeAnswer =
  | { readonly kind: 'code'; readonly code: string }
  /** The person refused, or the answer belongs to another request. */
  | { readonly kind: 'refused'; readonly why: string };

/** @param answer only a code, or the whole address to which Amazon sent the browser */
export function readCode(answer: string, state: string): CodeAnswer {
  const text = answer.trim();
  if (!/^https?:\/\//i.test(text)) {
    return /^[\w-]{5,200}$/.test(text) ? { kind: 'code', code: text } : { kind: 'refused', why: 'that is no code' };
  }
  const { searchParams: query } = new URL(text);
  const code = query.get('code');
  if (query.get('state') !== state) return { kind: 'refused', why: 'the address belongs to another request' };
  if (code !== null && code !== '') return { kind: 'code', code };
  const error = query.get('error') ?? '';
  return { kind: 'refused', why: `Amazon gave no code (${/^\w{1,64}$/.test(error) ? error : 'unknown'})` };
}

export type ExchangeResult =
  | { readonly kind: 'granted'; readonly refreshToken: string }
  /** OAuth's code, an HTTP status, or the code of a network error. */
  | { readonly kind: 'failed'; readonly code: string };

const grantSchema = z.object({ refresh_token: z.string().regex(/^[!-~]+$/) });
const errorSchema = z.object({ error: z.string().regex(/^\w{1,100}$/) });

export async function exchangeCode(
  { tokenUrl, clientId, readClientSecret }: Pick<LwaCredentials, 'tokenUrl' | 'clientId' | 'readClientSecret'>,
  code: string,
  redirectUri: string,
): Promise<ExchangeResult> {
  try {
    const form = new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      client_id: clientId,
      client_secret: readClientSecret(),
    });
    const response = await request(tokenUrl, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
      signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
    });
    const body: unknown = await response.body.json().catch(() => undefined);
    const granted = grantSchema.safeParse(body);
    if (response.statusCode === 200 && granted.success) {
      return { kind: 'granted', refreshToken: granted.data.refresh_token };
    }
    return { kind: 'failed', code: errorSchema.safeParse(body).data?.error ?? `status_${response.statusCode}` };
  } catch (error) {
    return { kind: 'failed', code: error instanceof Error && 'code' in error ? String(error.code) : 'network' };
  }
}
