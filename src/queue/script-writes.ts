/** Writes that are acknowledged as the settings require: when the master has them, or when replicas have them too. */

import type { RedisConnection } from '../redis/connect.js';
import { runScript, type ScriptCall } from '../redis/script.js';

export interface ScriptWrites {
  /**
   * Runs a script that writes. Resolves with what it returned when the write is acknowledged.
   *
   * @throws if Redis is unavailable, refuses, or too few replicas confirmed: the write is then not acknowledged, even if
   *   it was done
   */
  run(call: ScriptCall): Promise<unknown>;
  /** Closes what it opened, but not the caller's connection. */
  close(): void;
}

/** Acknowledged by the master alone. */
export function directWrites(connection: RedisConnection): ScriptWrites {
  return { run: (call) => runScript(connection, call), close: () => undefined };
}
