/**
 * Refusals: which ids were refused at intake, when and why. No personal data: of an id a digest is kept.
 *
 *   refused:<day>   hash: 8-character digest of source and id -> 13 digits, epoch ms, and the reason; at most 20,000 a day
 *
 * A day's refusals live as long as its aliases. What is over the cap is not kept: a shop that sends nothing else than refused
 * orders has another problem.
 */
import type { RefusalReason } from '../mapping/refusal.js';
import { TIME_LUA } from '../redis/clock.js';
import type { ScriptCall } from '../redis/script.js';
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
      ...refused.flatMap(({ source, ids, reason }) => ids.flatMap((id) => [aliasDigestOf(source, id), reason])),
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
  return text === '' ? undefined : { atMs: Number(text.slice(0, 13)), reason: text.slice(13) };
}
