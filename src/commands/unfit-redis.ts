/**
 * Redis servers on which no service runs: one that evicts keys, because it silently loses events when its memory is
 * full; and one that refuses our password, because waiting does not help.
 */
import type { RedisConnection } from '../redis/connect.js';
import { readEvictingPolicy } from '../redis/info.js';
import { isPasswordRefused } from '../redis/reach.js';
import { UsageError } from './runtime.js';

/**
 * A server that is down or does not answer this is accepted.
 *
 * @throws UsageError if Redis evicts keys; Redis's own error if it refuses the password
 */
export async function assertFit(connection: RedisConnection): Promise<void> {
  const policy = await readEvictingPolicy(connection).catch((error: unknown) => {
    if (isPasswordRefused(error)) throw error;
    return undefined;
  });
  if (policy !== undefined) throw evictionError(policy);
}

/**
 * Rejects as soon as a connection reaches an unfit Redis, which may have been down at the start. After a first
 * successful login, a refused password is taken as a password change: the connection retries until it succeeds.
 */
export function untilUnfit(connection: RedisConnection): Promise<never> {
  const failed = new Promise<never>((_resolve, reject) => {
    const rejectWithoutEntry = (error: unknown) => {
      if (isPasswordRefused(error)) reject(error);
    };
    connection.on('error', rejectWithoutEntry);
    connection.on('ready', () => {
      connection.off('error', rejectWithoutEntry);
      assertFit(connection).catch(reject);
    });
  });
  // Only callers that await it should see the error.
  failed.catch(() => undefined);
  return failed;
}

function evictionError(policy: string): UsageError {
  return new UsageError(
    `Redis has maxmemory-policy ${policy}: when its memory is used up it would throw events away. ` +
      'Set it to noeviction (redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf or at your provider).',
  );
}
