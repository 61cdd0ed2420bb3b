/**
 * Tokens that people sign in with: `token`, `name=token`, `name:viewer=token` or `name:operator=token`, or a JSON list.
 *
 * Tokens are compared by digest in constant time. Only the name is shown, also in the history of changes.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import {
  isSecretJson,
  jsonSecret,
  readSecretJson,
  readSecretLines,
  type SecretEntry,
  SecretTextError,
  secretNameSchema,
} from '../settings/secret-list.js';

const ROLES = ['viewer', 'operator'] as const;
/** A viewer reads. An operator also replays, edits and discards. */
export type Role = (typeof ROLES)[number];

export interface ConsoleToken {
  readonly name: string;
  readonly role: Role;
  readonly digest: Buffer;
}

const entrySchema = z.strictObject({
  name: secretNameSchema,
  role: z.enum(ROLES, { error: 'is neither viewer nor operator' }).default('operator'),
  token: jsonSecret,
});

/**
 * Tokens as in the setting or its file: lines, or JSON: `[{"name", "role"?, "token"}]`.
 *
 * @throws SecretTextError naming every faulty line; the message contains no token
 */
export function readTokens(text: string): ConsoleToken[] {
  if (!isSecretJson(text)) return readSecretLines(text).map(tokenOfLine);
  return readSecretJson(text, entrySchema).map(({ name, role, token }) => ({ name, role, digest: digestOf(token) }));
}

function tokenOfLine({ where, label, secret }: SecretEntry, index: number): ConsoleToken {
  const [name, roleName = 'operator', ...more] = label?.split(':') ?? [`token-${index + 1}`];
  if (more.length > 0 || !secretNameSchema.safeParse(name).success) {
    throw new SecretTextError([`${where}: the name before the = may hold letters, digits, _, . and - only`]);
  }
  const role = ROLES.find((known) => known === roleName);
  if (role === undefined) throw new SecretTextError([`${where}: the role is neither viewer nor operator`]);
  return { name: name ?? '', role, digest: digestOf(secret) };
}

export function matchToken(tokens: readonly ConsoleToken[], given: string): ConsoleToken | undefined {
  const digest = digestOf(given.trim());
  let match: ConsoleToken | undefined;
  // All tokens are compared, also after a match, so that the time reveals nothing.
  for (const token of tokens) if (timingSafeEqual(token.digest, digest)) match = token;
  return match;
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}
