/**
 * Lua scripts: run by digest, sent in full only where Redis does not know them yet.
 */
import { createHash } from 'node:crypto';
import type { RedisConnection } from './redis.js';

export interface RedisScript {
  /** Unique; also the name of the command where the script runs in a transaction. */
  readonly name: string;
  readonly lua: string;
}

/** A script with what it is to work on. All keys must lie in one slot. */
export interface ScriptCall {
  readonly script: RedisScript;
  readonly keys: readonly string[];
  readonly args: readonly (string | number | Buffer)[];
}

const digests = new Map<string, string>();

export async function runScript(connection: RedisConnection, { script, keys, args }: ScriptCall): Promise<unknown> {
  let digest = digests.get(script.name);
  if (digest === undefined) {
    digest = createHash('sha1').update(script.lua).digest('hex');
    digests.set(script.name, digest);
  }
  try {
    return await connection.evalsha(digest, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return connection.eval(script.lua, keys.length, ...keys, ...args);
  }
}
