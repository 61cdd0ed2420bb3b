/** How a process writes: acknowledged by the master alone, or by replicas too. */
import type { RedisConnection } from '../redis/connect.js';
import type { Acknowledgement } from '../settings/config.js';
import { ReplicatedWrites } from './replicated-writes.js';
import { directWrites, type ScriptWrites } from './script-writes.js';

/** One for all accounts of a process: accounts on the same server share a connection. */
export function openWrites(connection: RedisConnection, acknowledgement: Acknowledgement): ScriptWrites {
  if (acknowledgement.replicas > 0) return new ReplicatedWrites(connection, acknowledgement);
  return directWrites(connection);
}
