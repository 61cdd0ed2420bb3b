/**
 * Lets time pass for an account's window by making its content older, as Redis's own clock cannot be changed from here.
 */
import { keysOf } from '../../src/queue/queue.js';
import type { RedisConnection } from '../../src/redis/connect.js';

/**
 * KEYS[1] a key of the window   ARGV[1] ms   ARGV[2] what it is: `times` (a delivery's or, after a letter, a claim's), `hours`
 * (fields that are hours since 1970) or `renewed`, which is over with the part of the window that it is of
 */
const AGE_LUA = `
local key, ms, kind = KEYS[1], tonumber(ARGV[1]), ARGV[2]
if kind == 'renewed' then return redis.call('DEL', key) end
local entries = redis.call('HGETALL', key)
local left = redis.call('PTTL', key)
if kind == 'hours' then redis.call('DEL', key) end
for e = 1, #entries, 2 do
  local field, value = entries[e], entries[e + 1]
  if kind == 'hours' and tonumber(field) then field = string.format('%.0f', tonumber(field) - ms / 3600000) end
  local letter, time, rest = string.match(value, '^(%a?)(%d%d%d%d%d%d%d%d%d%d%d%d%d)(.*)$')
  if kind == 'times' and time then value = letter .. string.format('%013.0f', tonumber(time) - ms) .. rest end
  redis.call('HSET', key, field, value)
end
if left >= 0 then redis.call('PEXPIRE', key, math.max(1, left - ms)) end`;

/** @param hours whole ones, for values that are counted in hours */
export async function letTimePass(connection: RedisConnection, account: string, hours: number): Promise<void> {
  const { window } = keysOf(account);
  let cursor = '0';
  do {
    const reply: unknown = await connection.call('SCAN', cursor, 'MATCH', `${window}*`, 'COUNT', '1000');
    const [next, keys] = Array.isArray(reply) ? reply : ['0', []];
    for (const key of Array.isArray(keys) ? keys.map(String) : []) {
      // A number that does not age.
      if (key === `${window}layout`) continue;
      await connection.eval(AGE_LUA, 1, key, hours * 3_600_000, kindOf(key.slice(window.length)));
    }
    cursor = String(next);
  } while (cursor !== '0');
}

function kindOf(name: string): 'times' | 'hours' | 'renewed' {
  if (name.startsWith('renewed:')) return 'renewed';
  return name === 'sizes' ? 'hours' : 'times';
}
