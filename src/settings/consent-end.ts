/**
 * When a refresh token expires. Tokens given since mid-2026 expire 365 days after the consent, whether they are used or
 * not. Older ones have no fixed end. The token itself does not show which kind it is.
 *
 * Sources differ on the first day of the rule, 30 June or 30 July 2026. The earlier one is used: it rather warns too
 * often than never.
 */
const DAY_MS = 86_400_000;
const RULE_BEGAN_MS = Date.parse('2026-06-30T00:00:00Z');
const LIFETIME_MS = 365 * DAY_MS;

/** @returns epoch milliseconds; undefined if the token has no fixed end */
export function endOfConsent(consentedAtMs: number): number | undefined {
  return consentedAtMs < RULE_BEGAN_MS ? undefined : consentedAtMs + LIFETIME_MS;
}

/** How near an end is: people get a warning 30 days before, and an alert 7 days before. */
export type Nearness = 'far' | 'soon' | 'near' | 'over';

export function nearnessOf(endsAtMs: number, nowMs: number): Nearness {
  const leftMs = endsAtMs - nowMs;
  if (leftMs <= 0) return 'over';
  if (leftMs <= 7 * DAY_MS) return 'near';
  return leftMs <= 30 * DAY_MS ? 'soon' : 'far';
}

/** Whole days, rounded down. Below 0 if it is over. */
export function daysUntil(endsAtMs: number, nowMs: number): number {
  return Math.floor((endsAtMs - nowMs) / DAY_MS);
}
