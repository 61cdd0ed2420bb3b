/**
 * Writes that are acknowledged as the settings demand: when the master has them, or when replicas have them too.
 */

import type { RedisConnection } from '../redis/connect.js';
import { runScript, type ScriptCall } from '../redis/script.js';

export interface ScriptWrites {
  /**
   * Runs a script that writes; resolves with what it returned when the write is acknowledged.
   *
   * @throws where Redis is away, refuses, or too few replicas confirmed: the write is not acknowledged then, even where
   *   it was done
   */
  run(call: ScriptCall): Promise<unknown>;
  /** Closes what it opened; the connection stays its owner's. */
  close(): void;
}

/** Acknowledged by the master alone. */
export function directWrites(connection: RedisConnection): ScriptWrites {
  return { run: (call) => runScript(connection, call), close: () => undefined };
}
