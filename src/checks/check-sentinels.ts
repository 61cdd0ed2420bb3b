/**
 * How long the Sentinels let a master be silent before they fail over.
 */
import { Redis } from 'ioredis';
import { readRedisUrl } from '../redis/url.js';
import { REDIS_COMMAND_TIMEOUT_MS } from '../settings/config.js';
import { type CheckResult, codeOf, ok, warn } from './result.js';

/** Every process must be back within 15 s. The vote and the new connections take the rest. */
const DOWN_AFTER_MOST_MS = 5_000;

/** @returns nothing if REDIS_URL names no Sentinels */
export async function checkSentinels(url: string): Promise<CheckResult[]> {
  const form = readRedisUrl(url);
  if (form.kind !== 'sentinel') return [];
  const name = 'redis sentinels';
  let why = 'unknown';
  for (const host of form.hosts) {
    const sentinel = new Redis({
      ...host,
      ...form.sentinelCredentials,
      ...(form.isTls && { tls: {} }),
      retryStrategy: null,
      enableReadyCheck: false,
      connectTimeout: REDIS_COMMAND_TIMEOUT_MS,
      commandTimeout: REDIS_COMMAND_TIMEOUT_MS,
    });
    sentinel.on('error', () => undefined);
    try {
      return [judgeDownAfter(name, await sentinel.call('SENTINEL', 'MASTER', form.master))];
    } catch (error) {
      why = codeOf(error);
    } finally {
      sentinel.disconnect();
    }
  }
  return [
    warn(name, `they do not say how they are set (${why})`, `set down-after-milliseconds to ${DOWN_AFTER_MOST_MS}`),
  ];
}

function judgeDownAfter(name: string, facts: unknown): CheckResult {
  const texts = Array.isArray(facts) ? facts.map(String) : [];
  const downAfterMs = Number(texts[texts.indexOf('down-after-milliseconds') + 1]);
  const found = `down-after-milliseconds ${downAfterMs}`;
  if (downAfterMs <= DOWN_AFTER_MOST_MS) return ok(name, found);
  const advice = `SENTINEL SET <master> down-after-milliseconds ${DOWN_AFTER_MOST_MS} at every Sentinel`;
  return warn(name, `${found}: after a failure of the master, nothing is accepted or sent for that long`, advice);
}
