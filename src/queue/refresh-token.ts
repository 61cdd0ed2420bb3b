/**
 * Stores in Redis when a person consented to an account's refresh token, so that every process can tell when it ends. Only
 * workers have the token, so they write it.
 *
 * If nobody says when that was, it is the day on which a worker first saw the token. That is a guess, and too late by the time
 * that the token was already in use. The token itself is never stored, only a part of its digest.
 */
import { createHash } from 'node:crypto';
import type { RedisConnection } from '../redis/connect.js';
import { type RedisScript, runScript } from '../redis/script.js';
import { endOfConsent } from '../settings/consent-end.js';
import { keysOf } from './queue.js';

export interface RefreshTokenState {
  /** Epoch milliseconds. */
  readonly consentedAtMs: number;
  /** Undefined if the token has no fixed end. */
  readonly endsAtMs: number | undefined;
  /** True if only the time when the token was first seen is known. */
  readonly isGuess: boolean;
}

/**
 * KEYS[1] record   ARGV[1] digest of the token   ARGV[2] when a person consented, or '' for not known   ARGV[3] now
 * Stores the known time, else the time at which this digest was first seen. Returns nothing.
 */
const NOTE_TOKEN: RedisScript = {
  name: 'capiNoteToken',
  lua: `
local known = redis.call('HMGET', KEYS[1], 'digest', 'consented', 'guess')
if ARGV[2] ~= '' then
  if known[1] ~= ARGV[1] or known[2] ~= ARGV[2] or known[3] ~= '0' then
    redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'consented', ARGV[2], 'guess', '0')
  end
elseif known[1] ~= ARGV[1] then
  redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'consented', ARGV[3], 'guess', '1')
end`,
};

interface SeenToken {
  readonly token: string;
  /** Epoch milliseconds; undefined if nobody says. */
  readonly consentedAtMs: number | undefined;
  readonly nowMs: number;
}

export async function noteRefreshToken(
  account: string,
  connection: RedisConnection,
  { token, consentedAtMs, nowMs }: SeenToken,
): Promise<void> {
  const digest = createHash('sha256').update(token).digest('hex').slice(0, 20);
  const args = [digest, String(consentedAtMs ?? ''), String(Math.round(nowMs))];
  await runScript(connection, { script: NOTE_TOKEN, keys: [keysOf(account).refreshToken], args });
}

/** For an account that no longer has a refresh token. */
export async function forgetRefreshToken(account: string, connection: RedisConnection): Promise<void> {
  await connection.del(keysOf(account).refreshToken);
}

/** @param fields `consented` and `guess` of the record */
export function refreshTokenStateOf([consented, guess]: readonly (string | null | undefined)[]):
  | RefreshTokenState
  | undefined {
  const consentedAtMs = Number(consented ?? Number.NaN);
  if (!Number.isFinite(consentedAtMs)) return undefined;
  return { consentedAtMs, endsAtMs: endOfConsent(consentedAtMs), isGuess: guess === '1' };
}

export async function readRefreshToken(
  account: string,
  connection: RedisConnection,
): Promise<RefreshTokenState | undefined> {
  return refreshTokenStateOf(await connection.hmget(keysOf(account).refreshToken, 'consented', 'guess'));
}
