/**
 * A Redis that evicts keys throws events away when its memory is used up, and nobody hears of it: no service runs on one.
 */
import type { RedisConnection } from '../redis/connect.js';
import { readEvictingPolicy } from '../redis/info.js';
import { UsageError } from './runtime.js';

/** @throws UsageError where Redis evicts keys. One that is away or does not say is taken as it is. */
export async function assertNoEviction(connection: RedisConnection): Promise<void> {
  const policy = await readEvictingPolicy(connection).catch(() => undefined);
  if (policy !== undefined) throw evictionError(policy);
}

/** Rejects as soon as a connection reaches a Redis that evicts keys: at start it may have been away. */
export function untilEvicting(connection: RedisConnection): Promise<never> {
  const failed = new Promise<never>((_resolve, reject) => {
    connection.on('ready', () => {
      assertNoEviction(connection).catch(reject);
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
