/**
 * Checks whether the Host header names the server by an expected name.
 *
 * PURE. Endpoints that answer without a key need this check against DNS rebinding: an attacker's page has a name that
 * resolves to an address of this machine or network. The visitor's browser then treats page and server as one origin,
 * but the attacker's name is in Host. The attack needs a public name, so addresses and names that nobody can register
 * are safe.
 */
import { isIP } from 'node:net';

const HOST = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i;
const LOOPBACK_NAME = /^(?:localhost|[\w-]+\.localhost|127(?:\.\d{1,3}){3}|::1)$/i;
/** A single label, or a domain reserved for private use. */
const PRIVATE_NAME = /^[\w-]+$|\.(?:localhost|local|internal|test|home\.arpa)$/i;

export interface ServerNames {
  /** Bound to loopback only. Then only names of this machine are expected. */
  readonly isLoopback: boolean;
  /** More names, set by the operator, in lower case. */
  readonly allowed: readonly string[];
}

export function isExpectedHost(host: string | undefined, { isLoopback, allowed }: ServerNames): boolean {
  const [, named = ''] = HOST.exec(host ?? '') ?? [];
  const name = named.replace(/^\[|\]$/g, '').toLowerCase();
  if (name === '') return false;
  if (LOOPBACK_NAME.test(name) || allowed.includes(name)) return true;
  return !isLoopback && (isIP(name) !== 0 || PRIVATE_NAME.test(name));
}

/** Addresses that only this machine can reach. */
export function isLoopbackAddress(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
