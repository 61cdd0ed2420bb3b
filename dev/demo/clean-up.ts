/**
 * Deletes the keys of one account, so that no trace stays in a Redis that may be the user's own.
 */
import type { RedisConnection } from '../../src/redis/connect.js';

/** @param prefix of one account; it contains no special character of patterns */
export async function deleteKeys(connection: RedisConnection, prefix: string): Promise<void> {
  let cursor = '0';
  do {
    const reply: unknown = await connection.call('SCAN', cursor, 'MATCH', `${prefix}:*`, 'COUNT', '1000');
    const [next, keys] = Array.isArray(reply) ? reply : ['0', []];
    if (Array.isArray(keys) && keys.length > 0) await connection.unlink(...keys.map(String));
    cursor = String(next);
  } while (cursor !== '0');
}
