/**
 * Tokens that people sign in with: `token`, `name=token`, `name:viewer=token` or `name:operator=token`.
 *
 * Compared by digest in constant time; only the name is ever shown, and stands in the history of what was done.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

const ROLES = ['viewer', 'operator'] as const;
/** A viewer looks; an operator replays, edits and discards. */
export type Role = (typeof ROLES)[number];

export interface ConsoleToken {
  readonly name: string;
  readonly role: Role;
  readonly digest: Buffer;
}

// A token in base64 may end in `=`: what stands before is a name only if something stands after.
const NAMED = /^([\w.-]+)(?::([\w-]+))?=([^=].*)$/;

/** @throws Error where a role is neither viewer nor operator; the message names no token */
export function readTokens(entries: readonly string[]): ConsoleToken[] {
  return entries.map((entry, index) => {
    const [, name, roleName = 'operator', token] = NAMED.exec(entry) ?? [];
    const role = ROLES.find((known) => known === roleName);
    if (role === undefined) throw new Error(`token ${name} has a role that is neither viewer nor operator`);
    return { name: name ?? `token-${index + 1}`, role, digest: digestOf(token ?? entry) };
  });
}

/** Tokens as a file holds them: one a line or comma-separated. */
export function readTokenText(text: string): ConsoleToken[] {
  const entries = text.split(/[,\n]/).map((entry) => entry.trim());
  return readTokens(entries.filter((entry) => entry !== ''));
}

export function matchToken(tokens: readonly ConsoleToken[], given: string): ConsoleToken | undefined {
  const digest = digestOf(given.trim());
  let match: ConsoleToken | undefined;
  // All tokens are compared, found or not: how long it takes says nothing.
  for (const token of tokens) if (timingSafeEqual(token.digest, digest)) match = token;
  return match;
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}
