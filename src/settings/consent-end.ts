/**
 * When a refresh token ends. Those that Amazon has given since the middle of 2026 die 365 days after the consent, whatever
 * use is made of them; older ones have no fixed end. The token itself does not tell.
 *
 * Sources differ on the day that the rule began, 30 June or 30 July 2026: the earlier one warns too often rather than never.
 */
const DAY_MS = 86_400_000;
const RULE_BEGAN_MS = Date.parse('2026-06-30T00:00:00Z');
const LIFETIME_MS = 365 * DAY_MS;

/** @returns epoch milliseconds; undefined where the token has no fixed end */
export function endOfConsent(consentedAtMs: number): number | undefined {
  return consentedAtMs < RULE_BEGAN_MS ? undefined : consentedAtMs + LIFETIME_MS;
}

/** How near an end is: people are told 30 days before, and woken 7 days before. */
export type Nearness = 'far' | 'soon' | 'near' | 'over';

export function nearnessOf(endsAtMs: number, nowMs: number): Nearness {
  const leftMs = endsAtMs - nowMs;
  if (leftMs <= 0) return 'over';
  if (leftMs <= 7 * DAY_MS) return 'near';
  return leftMs <= 30 * DAY_MS ? 'soon' : 'far';
}

/** Whole days, rounded down; below 0 where it is over. */
export function daysUntil(endsAtMs: number, nowMs: number): number {
  return Math.floor((endsAtMs - nowMs) / DAY_MS);
}
