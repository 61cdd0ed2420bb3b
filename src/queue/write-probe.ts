/**
 * Whether Redis takes a write now: it may answer a ping and still refuse writes, because it is full, read-only, without replicas
 * or without a disk.
 */

import type { RedisConnection } from '../redis/connect.js';
import { type RedisScript, runScript } from '../redis/script.js';
import { prefixOf } from './queue.js';

/**
 * KEYS[1] a key used for nothing else
 * Returns 1.
 */
const LUA = `
redis.call('SET', KEYS[1], 1, 'PX', 60000)
return 1`;
const WRITE: RedisScript = { name: 'capiProbeWrite', lua: LUA };
const BRING_IN: RedisScript = { name: 'capiProbeBringIn', lua: LUA, isRefusedWhenFull: true };

/**
 * Writes a probe in the slot of each account.
 *
 * @param bringsIn whether a full Redis counts as one that refuses
 * @throws Redis's refusal
 */
export async function probeWrites(
  connection: RedisConnection,
  accounts: readonly string[],
  bringsIn: boolean,
): Promise<void> {
  const script = bringsIn ? BRING_IN : WRITE;
  await Promise.all(
    accounts.map((account) => runScript(connection, { script, keys: [`${prefixOf(account)}:probe`], args: [] })),
  );
}
