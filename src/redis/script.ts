/**
 * Lua scripts: run by digest, and sent in full only if Redis does not know them yet.
 *
 * A full Redis (`noeviction`) refuses every script that may write, even one that would free memory. Ours still run on servers
 * that support a flag for this (7 and later), except those that add data.
 */
import { createHash } from 'node:crypto';
import type { RedisConnection } from './connect.js';

export interface RedisScript {
  /** Unique; also the name of the command if the script runs in a transaction. */
  readonly name: string;
  readonly lua: string;
  /** Set if the script adds data: a full Redis must refuse it. */
  readonly isRefusedWhenFull?: true;
}

/** A script with its keys and arguments. All keys must be in one slot. */
export interface ScriptCall {
  readonly script: RedisScript;
  readonly keys: readonly string[];
  readonly args: readonly (string | number | Buffer)[];
}

/** Goes before a script's text: it may use memory even if Redis is full. */
export const ALSO_WHEN_FULL = '#!lua flags=allow-oom\n';

/** A script as it is sent. */
interface SentForm {
  readonly text: string;
  readonly digest: string;
}

// By the script's text, because two scripts of one name must not be confused. Hashing it at each call would cost more than the
// call.
const plainForms = new Map<string, SentForm>();
const flaggedForms = new Map<string, SentForm>();
/** Connections to servers before 7, which report the line above as an error in the script. */
const withoutFlags = new WeakSet<RedisConnection>();

export async function runScript(connection: RedisConnection, call: ScriptCall): Promise<unknown> {
  const { script } = call;
  if (script.isRefusedWhenFull || withoutFlags.has(connection)) {
    return runForm(connection, call, plainFormOf(script));
  }
  try {
    const form = formOf(flaggedForms, script.lua, () => ALSO_WHEN_FULL + script.lua);
    return await runForm(connection, call, form);
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('rror compiling script'))) throw error;
    withoutFlags.add(connection);
    // The next connection may be to another server.
    connection.once('close', () => withoutFlags.delete(connection));
    return runScript(connection, call);
  }
}

/**
 * The same script for many keys, in two round trips for any number of keys: the first call registers it with Redis, the others
 * follow together.
 */
export async function runScripts(connection: RedisConnection, calls: readonly ScriptCall[]): Promise<unknown[]> {
  const [first, ...others] = calls;
  if (!first) return [];
  const reply = await runScript(connection, first);
  return [reply, ...(await Promise.all(others.map((call) => runScript(connection, call))))];
}

/** A script that a full Redis must refuse. */
export function plainFormOf({ lua }: RedisScript): SentForm {
  return formOf(plainForms, lua, () => lua);
}

function formOf(forms: Map<string, SentForm>, lua: string, textOf: () => string): SentForm {
  let form = forms.get(lua);
  if (!form) {
    const text = textOf();
    form = { text, digest: createHash('sha1').update(text).digest('hex') };
    forms.set(lua, form);
  }
  return form;
}

async function runForm(connection: RedisConnection, { keys, args }: ScriptCall, form: SentForm): Promise<unknown> {
  try {
    return await connection.evalsha(form.digest, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return connection.eval(form.text, keys.length, ...keys, ...args);
  }
}
