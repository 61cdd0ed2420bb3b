/**
 * Refusals: which ids were refused at intake, when and why. No personal data: of an id a digest is kept.
 *
 *   refused:<day>   hash: 8-character digest of source and id -> 13 digits, epoch ms, the reason, a colon, and the digest of
 *                   the order's first id, so that all of one order can be forgotten together; at most 20,000 a day
 *
 * A day's refusals live as long as its aliases. What is over the cap is not kept: a shop that sends nothing else than refused
 * orders has another problem.
 */
import type { RefusalReason } from '../mapping/refusal.js';
import { TIME_LUA } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import { runScript, type ScriptCall } from '../redis/script.js';
import { ALIAS_DAYS, aliasDayOf, aliasDigestOf } from './alias-index.js';
import { keysOf } from './queue.js';

const REFUSALS_A_DAY = 20_000;

export interface RefusedIds {
  readonly source: string;
  readonly ids: readonly string[];
  readonly reason: RefusalReason;
}

/** KEYS[1] the day's refusals   ARGV[1] when they end   ARGV[2..] digest, reason, digest, …   Returns 1. */
const NOTE = {
  name: 'capiNoteRefusals',
  isRefusedWhenFull: true,
  lua: `${TIME_LUA}
local count = redis.call('HLEN', KEYS[1])
for i = 2, #ARGV, 2 do
  if count >= ${REFUSALS_A_DAY} then break end
  count = count + redis.call('HSET', KEYS[1], string.sub(ARGV[i], 4), string.format('%.0f', now) .. ARGV[i + 1])
end
redis.call('PEXPIREAT', KEYS[1], ARGV[1])
return 1`,
} as const;

export function noteRefusals(account: string, refused: readonly RefusedIds[], nowMs: number): ScriptCall {
  const { day, endsMs } = aliasDayOf(nowMs);
  return {
    script: NOTE,
    keys: [`${keysOf(account).refused}${day}`],
    args: [
      endsMs,
      ...refused.flatMap(({ source, ids, reason }) => {
        const digests = ids.map((id) => aliasDigestOf(source, id));
        return digests.flatMap((digest) => [digest, `${reason}:${digests[0]?.slice(3)}`]);
      }),
    ],
  };
}

/** KEYS[1] prefix of the days   ARGV[1] the latest day   ARGV[2..] fields. Returns the latest of what is said of any, or ''. */
const FIND = {
  name: 'capiFindRefusal',
  lua: `
local latest = ''
for day = ARGV[1], ARGV[1] - ${ALIAS_DAYS}, -1 do
  for _, said in ipairs(redis.call('HMGET', KEYS[1] .. string.format('%.0f', day), unpack(ARGV, 2))) do
    if said and said > latest then latest = said end
  end
  if latest ~= '' then break end
end
return latest`,
} as const;

/** @param ids by source */
export function findRefusal(
  account: string,
  ids: readonly { readonly source: string; readonly id: string }[],
  nowMs: number,
): ScriptCall {
  const fields = ids.map(({ source, id }) => aliasDigestOf(source, id).slice(3));
  return { script: FIND, keys: [keysOf(account).refused], args: [aliasDayOf(nowMs).day, ...fields] };
}

export interface Refused {
  readonly atMs: number;
  readonly reason: string;
}

/** @returns undefined where nothing was refused */
export function readRefusal(reply: unknown): Refused | undefined {
  const text = String(reply);
  const [reason = ''] = text.slice(13).split(':');
  return text === '' ? undefined : { atMs: Number(text.slice(0, 13)), reason };
}

/**
 * KEYS[1] prefix of the days   ARGV[1] the latest day   ARGV[2] 1 where nothing is removed   ARGV[3..] fields
 * Returns how many refusals were behind the fields; they are gone, with the other ids of their orders.
 */
const FORGET = {
  name: 'capiForgetRefusals',
  lua: `
local count = 0
for day = ARGV[1], ARGV[1] - ${ALIAS_DAYS}, -1 do
  local key, meant, found = KEYS[1] .. string.format('%.0f', day), {}, false
  for place, said in ipairs(redis.call('HMGET', key, unpack(ARGV, 3))) do
    if said and not meant[said] then
      meant[said], found, count = true, true, count + 1
    end
    -- One of before refusals named their order: the other ids are not known.
    if said and ARGV[2] == '0' then redis.call('HDEL', key, ARGV[place + 2]) end
  end
  local all = found and ARGV[2] == '0' and redis.call('HGETALL', key) or {}
  for e = 1, #all, 2 do
    if meant[all[e + 1]] and string.find(all[e + 1], ':', 14, true) then redis.call('HDEL', key, all[e]) end
  end
end
return count`,
} as const;

const FIELDS_A_CALL = 1_000;

/** @param fields digests of source and id (`aliasDigestOf`), without the three letters before */
export async function forgetRefusals(
  connection: RedisConnection,
  account: string,
  { fields, nowMs, isDryRun }: { fields: readonly string[]; nowMs: number; isDryRun: boolean },
): Promise<number> {
  let count = 0;
  for (let start = 0; start < fields.length; start += FIELDS_A_CALL) {
    const args = [aliasDayOf(nowMs).day, isDryRun ? 1 : 0, ...fields.slice(start, start + FIELDS_A_CALL)];
    count += Number(await runScript(connection, { script: FORGET, keys: [keysOf(account).refused], args }));
  }
  return count;
}
