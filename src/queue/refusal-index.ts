/**
 * Refusals: which ids were rejected by the intake, a file, the library or a reconcile, when and why. No personal data: an id is
 * stored as a digest.
 *
 *   refused:<day>   hash: 8-character digest of source and id -> 13 digits, epoch ms, the reason, a colon, and the digest of
 *                   the order's first id, so that all of one order can be forgotten together; at most 60,000 a day,
 *                   three of an order at most: 20,000 orders
 *
 * A day's refusals are kept as long as its aliases. What exceeds the limit is not stored: a shop that sends only rejected orders
 * has another problem. An export of old orders may be rejected as a whole, so files and the library get half of the day's limit.
 */
import type { RefusalReason } from '../mapping/refusal.js';
import { TIME_LUA } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import type { ScriptCall } from '../redis/script.js';
import { ALIAS_DAYS, aliasDayOf, aliasDigestOf } from './alias-index.js';
import { keysOf } from './queue.js';

const IDS_A_DAY = 60_000;
const IDS_A_DAY_IN_BULK = IDS_A_DAY / 2;

export interface RefusedIds {
  readonly source: string;
  readonly ids: readonly string[];
  readonly reason: RefusalReason;
}

/** KEYS[1] the day's refusals   ARGV[1] when they end   ARGV[2] most ids of the day   ARGV[3..] digest, reason, digest, …   Returns 1. */
const NOTE = {
  name: 'capiNoteRefusals',
  isRefusedWhenFull: true,
  lua: `${TIME_LUA}
local count = redis.call('HLEN', KEYS[1])
for i = 3, #ARGV, 2 do
  if count >= tonumber(ARGV[2]) then break end
  count = count + redis.call('HSET', KEYS[1], string.sub(ARGV[i], 4), string.format('%.0f', now) .. ARGV[i + 1])
end
redis.call('PEXPIREAT', KEYS[1], ARGV[1])
return 1`,
} as const;

export function noteRefusals(
  account: string,
  refused: readonly RefusedIds[],
  { nowMs, isBulk }: { nowMs: number; isBulk: boolean },
): ScriptCall {
  const { day, endsMs } = aliasDayOf(nowMs);
  return {
    script: NOTE,
    keys: [`${keysOf(account).refused}${day}`],
    args: [
      endsMs,
      isBulk ? IDS_A_DAY_IN_BULK : IDS_A_DAY,
      ...refused.flatMap(({ source, ids, reason }) => {
        const digests = ids.map((id) => aliasDigestOf(source, id));
        return digests.flatMap((digest) => [digest, `${reason}:${digests[0]?.slice(3)}`]);
      }),
    ],
  };
}

/** KEYS[1] prefix of the days   ARGV[1] the latest day   ARGV[2..] fields. Returns the latest refusal of any of them, or ''. */
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

/** @returns undefined if nothing was rejected */
export function readRefusal(reply: unknown): Refused | undefined {
  const text = String(reply);
  const [reason = ''] = text.slice(13).split(':');
  return text === '' ? undefined : { atMs: Number(text.slice(0, 13)), reason };
}

const FIELDS_A_CALL = 1_000;

export interface ForgetRefusals {
  /** All known ids of an order, as digests of source and id (`aliasDigestOf`) without the three letters before. */
  readonly fields: ReadonlySet<string>;
  /** The same, for orders whose other ids are not known. */
  readonly anyOrder: ReadonlySet<string>;
  readonly nowMs: number;
  /** Only counts. */
  readonly isDryRun: boolean;
}

/**
 * Forgets the refusals of these orders, with the other ids of each. Two orders can share a name: of an order with known ids, a
 * refusal is forgotten only if the id that it names is one of them.
 *
 * @returns how many there were
 */
export async function forgetRefusals(
  connection: RedisConnection,
  account: string,
  { fields, anyOrder, nowMs, isDryRun }: ForgetRefusals,
): Promise<number> {
  const asked = [...new Set([...fields, ...anyOrder])];
  const { day: latest } = aliasDayOf(nowMs);
  let count = 0;
  for (let ago = 0; ago <= ALIAS_DAYS; ago += 1) {
    const key = `${keysOf(account).refused}${latest - ago}`;
    const meant = new Set<string>();
    const gone: string[] = [];
    for (let start = 0; start < asked.length; start += FIELDS_A_CALL) {
      const part = asked.slice(start, start + FIELDS_A_CALL);
      const said = await connection.hmget(key, ...part);
      part.forEach((field, place) => {
        const text = said[place] ?? '';
        if (text === '' || !(anyOrder.has(field) || isOfOne(text, fields))) return;
        meant.add(text);
        gone.push(field);
      });
    }
    count += meant.size;
    if (isDryRun || meant.size === 0) continue;
    for (const [field, text] of Object.entries(await connection.hgetall(key))) {
      if (orderIn(text) !== undefined && meant.has(text)) gone.push(field);
    }
    for (let start = 0; start < gone.length; start += FIELDS_A_CALL) {
      await connection.hdel(key, ...gone.slice(start, start + FIELDS_A_CALL));
    }
  }
  return count;
}

/** Undefined in refusals from before they named their order: the other ids are not known. */
function orderIn(text: string): string | undefined {
  const place = text.indexOf(':', 13);
  return place === -1 ? undefined : text.slice(place + 1);
}

function isOfOne(text: string, fields: ReadonlySet<string>): boolean {
  const order = orderIn(text);
  return order === undefined || fields.has(order);
}
