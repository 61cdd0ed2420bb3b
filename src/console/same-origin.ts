/**
 * Checks where a request comes from, so that pages of other sites cannot use the console through its user's browser.
 *
 * PURE. These checks add to the CSRF token and the SameSite cookie. They do not replace them.
 */
import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request that changes something may come from one of our own pages.
 *
 * Over TLS and on loopback browsers send Sec-Fetch-Site. Elsewhere they send Origin, which is `null` under the policy
 * `no-referrer`. Then the origin is unknown, and only the CSRF token decides.
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
