/**
 * Where a request comes from: the checks that keep other sites' pages from using the console through its user's browser.
 *
 * PURE. They stand beside the CSRF token and the SameSite cookie, not in their place.
 */
import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request that changes something may come from one of our own pages.
 *
 * Browsers say so in Sec-Fetch-Site over TLS and on loopback. Elsewhere there is Origin, which is `null` under the
 * policy `no-referrer`: then nothing is known, and the CSRF token alone decides.
 */
export function isFromOwnPage(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin, host } = headers;
  if (origin === undefined || origin === 'null') return true;
  return host !== undefined && hostOf(origin) === host.toLowerCase();
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
