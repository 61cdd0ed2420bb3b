/** When a refresh token expires, in words, for `status` and `check`. */
import type { RefreshTokenState } from '../queue/refresh-token.js';
import { daysUntil } from '../settings/consent-end.js';

/** @returns undefined if it is unknown, or the token has no fixed end */
export function tokenEndText(state: RefreshTokenState | undefined, nowMs: number): string | undefined {
  if (state?.endsAtMs === undefined) return undefined;
  const days = daysUntil(state.endsAtMs, nowMs);
  const day = dayOf(state.endsAtMs);
  const end = state.endsAtMs <= nowMs ? `ended on ${day}` : `ends on ${day}, in ${days} ${days === 1 ? 'day' : 'days'}`;
  return state.isGuess ? `${end}: a guess, first seen on ${dayOf(state.consentedAtMs)}` : end;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
