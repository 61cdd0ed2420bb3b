/**
 * The index of aliases: from other names of an order to the shop's part of its dedupe id.
 *
 *   aliases:<day>:<2 letters>   a bucket: hash of 8-character digests of source and alias -> the shop's id, at most 28 bytes
 *
 * A day's aliases are kept until no event of the day can be known any more: an event may be 504 hours old, and stays known for 48
 * hours. A bucket is small enough for Redis to keep it as one compact block. If two names have the same digest, the later one
 * wins.
 */
import type { RedisConnection } from '../redis/connect.js';
import { type RedisScript, runScript } from '../redis/script.js';
import { LETTERS as ALPHABET } from '../window/layout.js';
import { indexDigestOf } from './id-index.js';
import { keysOf } from './queue.js';

const DAY_MS = 86_400_000;
export const ALIAS_DAYS = 23;
const VALUE_MAX = 28;
const LETTERS = 2;

export interface Alias {
  readonly digest: string;
  readonly value: string;
}

/** @returns undefined if the id is too long to be kept */
export function aliasEntry(source: string, alias: string, shopId: string): Alias | undefined {
  return Buffer.byteLength(shopId) > VALUE_MAX ? undefined : { digest: aliasDigestOf(source, alias), value: shopId };
}

export function aliasDigestOf(source: string, alias: string): string {
  return indexDigestOf(`${source}\n${alias}`);
}

/** The day, counted from 1970, and when its aliases end, epoch ms. */
export function aliasDayOf(nowMs: number): { readonly day: number; readonly endsMs: number } {
  const day = Math.floor(nowMs / DAY_MS);
  return { day, endsMs: (day + 1 + ALIAS_DAYS) * DAY_MS };
}

/** Lua: `keepAlias(prefix, digest, value, ends)`; the prefix ends with the day and a colon. */
export const KEEP_ALIAS_LUA = `
local function keepAlias(prefix, digest, value, ends)
  local key = prefix .. string.sub(digest, 1, ${LETTERS})
  local isNew = redis.call('HSET', key, string.sub(digest, 4), value) == 1
  if isNew and redis.call('HLEN', key) == 1 then redis.call('PEXPIREAT', key, ends) end
end`;

/** KEYS[1] prefix of aliases   ARGV[1] the latest day   ARGV[2..] digests. Returns the shop's ids, '' for none. */
export const FIND_ALIASES = {
  name: 'capiFindAliases',
  lua: `
local found = {}
for place = 2, #ARGV do
  found[place - 1] = ''
  for day = ARGV[1], ARGV[1] - ${ALIAS_DAYS}, -1 do
    local key = KEYS[1] .. string.format('%.0f', day) .. ':' .. string.sub(ARGV[place], 1, ${LETTERS})
    local value = redis.call('HGET', key, string.sub(ARGV[place], 4))
    if value then
      found[place - 1] = value
      break
    end
  end
end
return found`,
};

const LETTERS_LIST = ALPHABET.split('');
/** Buckets that a call reads, of every day. With ten million aliases a call blocks Redis for some milliseconds. */
const BUCKETS_A_CALL = 2;
/** With more ids than this, sending them with each call takes longer than reading the aliases. */
const IDS_A_CALL = 5_000;
const ALIASES_A_CALL = 1_000;

/** KEYS aliases of buckets   ARGV the shop's ids. Returns the key's place and the field of each alias of one of them. */
const SEARCH_ALIASES: RedisScript = {
  name: 'capiSearchAliases',
  lua: `
local wanted, found = {}, {}
for _, id in ipairs(ARGV) do wanted[id] = true end
for place, key in ipairs(KEYS) do
  local entries = redis.call('HGETALL', key)
  for e = 1, #entries, 2 do
    if wanted[entries[e + 1]] then
      found[#found + 1] = place
      found[#found + 1] = entries[e]
    end
  end
end
return found`,
};

/** Where an alias is stored: its field is the digest without the bucket's letters (`aliasDigestOf`). */
export interface KeptAlias {
  readonly key: string;
  readonly field: string;
}

/**
 * Every alias of one of these ids. An alias cannot be derived from the shop's id, so all aliases are scanned.
 *
 * @param shopIds ids that the aliases lead to
 */
export async function findAliasesOf(
  connection: RedisConnection,
  account: string,
  { shopIds, nowMs }: { shopIds: ReadonlySet<string>; nowMs: number },
): Promise<KeptAlias[]> {
  const found: KeptAlias[] = [];
  if (shopIds.size === 0) return found;
  const { aliases } = keysOf(account);
  const { day: latest } = aliasDayOf(nowMs);
  const days = Array.from({ length: ALIAS_DAYS + 1 }, (_, ago) => latest - ago);
  const buckets = LETTERS_LIST.flatMap((first) => LETTERS_LIST.map((second) => first + second));
  const search = shopIds.size > IDS_A_CALL ? searchHere : searchInRedis;
  for (let start = 0; start < buckets.length; start += BUCKETS_A_CALL) {
    const names = buckets.slice(start, start + BUCKETS_A_CALL);
    const keys = days.flatMap((day) => names.map((name) => `${aliases}${day}:${name}`));
    for (const alias of await search(connection, keys, shopIds)) found.push(alias);
  }
  return found;
}

type Search = (
  connection: RedisConnection,
  keys: readonly string[],
  shopIds: ReadonlySet<string>,
) => Promise<KeptAlias[]>;

const searchInRedis: Search = async (connection, keys, shopIds) => {
  const reply = await runScript(connection, { script: SEARCH_ALIASES, keys, args: [...shopIds] });
  const flat: unknown[] = Array.isArray(reply) ? reply : [];
  return Array.from({ length: flat.length / 2 }, (_, at) => ({
    key: keys[Number(flat[2 * at]) - 1] ?? '',
    field: String(flat[2 * at + 1]),
  }));
};

const searchHere: Search = async (connection, keys, shopIds) => {
  const entries = await Promise.all(keys.map((key) => connection.hgetall(key)));
  return keys.flatMap((key, place) =>
    Object.entries(entries[place] ?? {}).flatMap(([field, shopId]) => (shopIds.has(shopId) ? [{ key, field }] : [])),
  );
};

export async function removeAliases(connection: RedisConnection, aliases: readonly KeptAlias[]): Promise<void> {
  for (let start = 0; start < aliases.length; start += ALIASES_A_CALL) {
    const part = aliases.slice(start, start + ALIASES_A_CALL);
    await Promise.all(part.map(({ key, field }) => connection.hdel(key, field)));
  }
}
