/**
 * Redis servers on which no service runs: one that evicts keys, which throws events away when its memory is used up and tells
 * nobody; and one that refuses our password, which no waiting mends.
 */
import type { RedisConnection } from '../redis/connect.js';
import { readEvictingPolicy } from '../redis/info.js';
import { isPasswordRefused } from '../redis/reach.js';
import { UsageError } from './runtime.js';

/**
 * One that is away or does not say is taken as it is.
 *
 * @throws UsageError where Redis evicts keys; Redis's own error where it refuses the password
 */
export async function assertFit(connection: RedisConnection): Promise<void> {
  const policy = await readEvictingPolicy(connection).catch((error: unknown) => {
    if (isPasswordRefused(error)) throw error;
    return undefined;
  });
  if (policy !== undefined) throw evictionError(policy);
}

/**
 * Rejects as soon as a connection reaches an unfit Redis: at start it may have been away. Once it was let in, a refused password
 * is one that is being changed: the connection tries again until it is let in.
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
  // It is for who waits for it.
  failed.catch(() => undefined);
  return failed;
}

function evictionError(policy: string): UsageError {
  return new UsageError(
    `Redis has maxmemory-policy ${policy}: when its memory is used up it would throw events away. ` +
      'Set it to noeviction (redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf or at your provider).',
  );
}
