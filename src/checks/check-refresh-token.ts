/**
 * Checks when an account's refresh token expires: by the time in its file or the settings, otherwise by the day on
 * which a worker first saw it, which is in Redis. Writes nothing.
 */
import { readRefreshToken } from '../queue/refresh-token.js';
import { connectRedis } from '../redis/connect.js';
import type { Account } from '../settings/accounts.js';
import { daysUntil, endOfConsent, nearnessOf } from '../settings/consent-end.js';
import { type CheckResult, codeOf, fail, ok, warn } from './result.js';

interface Consent {
  readonly consentedAtMs: number;
  readonly isGuess: boolean;
}

/** @returns nothing for an account with an API token: its end is not known */
export async function checkRefreshToken(account: Account, redisUrl: string): Promise<CheckResult[]> {
  if (account.credentials.kind !== 'lwa') return [];
  const name = `refresh token ${account.name}`;
  try {
    const said = account.credentials.readConsent();
    const consent = said === undefined ? await seenIn(redisUrl, account.name) : { consentedAtMs: said, isGuess: false };
    return [judgeConsent(name, consent, Date.now())];
  } catch (error) {
    return [warn(name, `its end cannot be told (${codeOf(error)})`, 'see the lines of redis, or set LWA_CONSENT_DATE')];
  }
}

async function seenIn(redisUrl: string, account: string): Promise<Consent | undefined> {
  const connection = connectRedis(redisUrl, 'prompt', 'capi-check');
  connection.on('error', () => undefined);
  try {
    const state = await readRefreshToken(account, connection);
    // A time that a worker stored from a setting is no guess, but the setting may have been removed since.
    return state && { consentedAtMs: state.consentedAtMs, isGuess: state.isGuess };
  } finally {
    connection.disconnect();
  }
}

const SAY_WHEN = 'set LWA_CONSENT_DATE (consentDate in ACCOUNTS_FILE) to the day on which a person consented';

export function judgeConsent(name: string, consent: Consent | undefined, nowMs: number): CheckResult {
  if (consent === undefined) return warn(name, 'its end is not known: no worker has seen it yet', SAY_WHEN);
  const { consentedAtMs, isGuess } = consent;
  const endsAtMs = endOfConsent(consentedAtMs);
  if (endsAtMs === undefined) return ok(name, `has no fixed end: a person consented on ${dayOf(consentedAtMs)}`);
  const days = daysUntil(endsAtMs, nowMs);
  const day = dayOf(endsAtMs);
  const why = isGuess ? ` (a guess: first seen on ${dayOf(consentedAtMs)})` : '';
  const nearness = nearnessOf(endsAtMs, nowMs);
  switch (nearness) {
    case 'far':
      return isGuess
        ? warn(name, `ends on ${day} at the latest${why}`, SAY_WHEN)
        : ok(name, `ends on ${day}, in ${days} days`);
    case 'soon':
      return warn(name, `ends on ${day}, in ${days} days${why}`, RENEW);
    case 'near':
      return fail(name, `ends on ${day}, in ${days} ${days === 1 ? 'day' : 'days'}${why}`, RENEW);
    case 'over':
      return fail(name, `ended on ${day}${why}`, RENEW);
    default:
      return nearness satisfies never;
  }
}

const RENEW = 'give consent again: capi-forwarder authorize';

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
