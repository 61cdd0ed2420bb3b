/**
 * Whether a Host header names a server by a name that it is expected to have.
 *
 * PURE. What answers without a key must ask: a page of a stranger, whose name is made to resolve to an address of this
 * machine or network (DNS rebinding), is of one origin with the server for its visitor's browser, but its name stands in
 * Host. An attacker needs a public name for that, so addresses and names that nobody can register are safe.
 */
import { isIP } from 'node:net';

const HOST = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i;
const LOOPBACK_NAME = /^(?:localhost|[\w-]+\.localhost|127(?:\.\d{1,3}){3}|::1)$/i;
/** One label, or a domain that is reserved for private use. */
const PRIVATE_NAME = /^[\w-]+$|\.(?:localhost|local|internal|test|home\.arpa)$/i;

export interface ServerNames {
  /** Bound to this machine alone: then only names of this machine are expected. */
  readonly isLoopback: boolean;
  /** Others that the operator named, lower-case. */
  readonly allowed: readonly string[];
}

export function isExpectedHost(host: string | undefined, { isLoopback, allowed }: ServerNames): boolean {
  const [, named = ''] = HOST.exec(host ?? '') ?? [];
  const name = named.replace(/^\[|\]$/g, '').toLowerCase();
  if (name === '') return false;
  if (LOOPBACK_NAME.test(name) || allowed.includes(name)) return true;
  return !isLoopback && (isIP(name) !== 0 || PRIVATE_NAME.test(name));
}

/** Addresses that only this machine reaches. */
export function isLoopbackAddress(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
