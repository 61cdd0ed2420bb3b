/**
 * Bearer keys of the intake: `key` or `name=key`, or a JSON list that binds keys to accounts and sources.
 *
 * Compared by digest in constant time; only the name is ever shown.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { isSource, type Source } from '../mapping/source.js';

export interface ApiKey {
  readonly name: string;
  readonly digest: Buffer;
  /** What the key may be used for; undefined for everything. */
  readonly accounts?: readonly string[] | undefined;
  readonly sources?: readonly Source[] | undefined;
}

// A key in base64 may end in `=`: what stands before is a name only if something stands after.
const NAMED = /^([\w.-]+)=([^=].*)$/;

const listSchema = z.array(
  z.strictObject({
    name: z.string().min(1),
    key: z.string().min(16, 'is shorter than 16 characters'),
    accounts: z.array(z.string()).optional(),
    sources: z.array(z.string().refine(isSource, 'is not a source')).optional(),
  }),
);

export function readApiKeys(entries: readonly string[]): ApiKey[] {
  return entries.map((entry, index) => {
    const [, name, key] = NAMED.exec(entry) ?? [];
    return { name: name ?? `key-${index + 1}`, digest: digestOf(key ?? entry) };
  });
}

/**
 * Keys as a file holds them: one a line or comma-separated, or JSON: `[{"name", "key", "accounts"?, "sources"?}]`.
 *
 * @throws Error where the JSON is not of that form; the message names no key
 */
export function readApiKeyText(text: string): ApiKey[] {
  if (!text.trimStart().startsWith('[')) {
    const entries = text.split(/[,\n]/).map((entry) => entry.trim());
    return readApiKeys(entries.filter((entry) => entry !== ''));
  }
  const parsed = listSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`the list of keys is wrong at ${issue?.path.join('.')}: ${issue?.message}`);
  }
  return parsed.data.map(({ name, key, accounts, sources }) => ({
    name,
    digest: digestOf(key),
    accounts,
    sources: sources?.filter(isSource),
  }));
}

/** @returns the key that the header carries; undefined where it carries none of them */
export function matchApiKey(keys: readonly ApiKey[], authorization: string | undefined): ApiKey | undefined {
  const given = digestOf(/^Bearer +(.+)$/i.exec(authorization ?? '')?.[1] ?? '');
  let match: ApiKey | undefined;
  // All keys are compared, found or not: how long it takes says nothing.
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Said by the schema: undefined is no list.
    return undefined;
  }
}
