/**
 * Bearer keys of the intake: `key` or `name=key`, or a JSON list that binds keys to accounts and sources.
 *
 * Keys are compared by digest in constant time. Only the name is ever shown.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { isSource, type Source } from '../../mapping/source.js';
import {
  isSecretJson,
  jsonSecret,
  readSecretJson,
  readSecretLines,
  SecretTextError,
  secretNameSchema,
} from '../../settings/secret-list.js';

export interface ApiKey {
  readonly name: string;
  readonly digest: Buffer;
  /** What the key may be used for. Undefined: everything. */
  readonly accounts?: readonly string[] | undefined;
  readonly sources?: readonly Source[] | undefined;
}

const entrySchema = z.strictObject({
  name: secretNameSchema,
  key: jsonSecret,
  accounts: z.array(z.string()).optional(),
  sources: z.array(z.string().refine(isSource, 'is not a source')).optional(),
});

/**
 * Keys as in the setting or its file: lines, or JSON: `[{"name", "key", "accounts"?, "sources"?}]`.
 *
 * @throws SecretTextError naming every faulty line; the message contains no key
 */
export function readApiKeys(text: string): ApiKey[] {
  if (!isSecretJson(text)) {
    return readSecretLines(text).map(({ where, label, secret }, index) => {
      if (label !== undefined && !secretNameSchema.safeParse(label).success) {
        throw new SecretTextError([`${where}: the name before the = may hold letters, digits, _, . and - only`]);
      }
      return { name: label ?? `key-${index + 1}`, digest: digestOf(secret) };
    });
  }
  return readSecretJson(text, entrySchema).map(({ name, key, accounts, sources }) => ({
    name,
    digest: digestOf(key),
    accounts,
    sources: sources?.filter(isSource),
  }));
}

/** @returns the key that the header carries; undefined if it is not one of them */
export function matchApiKey(keys: readonly ApiKey[], authorization: string | undefined): ApiKey | undefined {
  const given = digestOf(/^Bearer +(.+)$/i.exec(authorization ?? '')?.[1] ?? '');
  let match: ApiKey | undefined;
  // All keys are compared, also after a match, so that the time reveals nothing.
  for (const key of keys) if (timingSafeEqual(key.digest, given)) match = key;
  return match;
}

/** Whether the key may send events of this source to this account. */
export function isAllowed(key: ApiKey, account: string, source: Source): boolean {
  return (key.accounts?.includes(account) ?? true) && (key.sources?.includes(source) ?? true);
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key, 'utf8').digest();
}
