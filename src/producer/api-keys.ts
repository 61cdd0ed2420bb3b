/**
 * Bearer keys of the intake: `key` or `name=key`. Compared by digest in constant time; only the name is ever shown.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

export interface ApiKey {
  readonly name: string;
  readonly digest: Buffer;
}

// A key in base64 may end in `=`: what stands before is a name only if something stands after.
const NAMED = /^([\w.-]+)=([^=].*)$/;

export function readApiKeys(entries: readonly string[]): ApiKey[] {
  return entries.map((entry, index) => {
    const [, name, key] = NAMED.exec(entry) ?? [];
    return { name: name ?? `key-${index + 1}`, digest: digestOf(key ?? entry) };
  });
}

/** @returns the name of the key that the header carries; undefined where it carries none of them */
export function matchApiKey(keys: readonly ApiKey[], authorization: string | undefined): string | undefined {
  const given = digestOf(/^Bearer +(.+)$/i.exec(authorization ?? '')?.[1] ?? '');
  let name: string | undefined;
  // All keys are compared, found or not: how long it takes says nothing.
  for (const key of keys) if (timingSafeEqual(key.digest, given)) name = key.name;
  return name;
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key, 'utf8').digest();
}
