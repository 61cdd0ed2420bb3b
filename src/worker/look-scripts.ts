/**
 * Lua that looks at the window and changes nothing.
 */
import type { RedisScript } from '../redis-script.js';
import { LETTERS } from './window.js';
import { READ_LUA } from './window-lua.js';

/**
 * KEYS[1] window prefix   ARGV[1] every how many buckets are looked at
 * Returns the number of ids in them; digests spread ids evenly over all. All 32,768 hold Redis for some 10 ms.
 */
export const SAMPLE_WINDOW: RedisScript = {
  name: 'capiSampleWindow',
  lua: `
local function letterOf(bits)
  local place = bits % 32 + 1
  return string.sub('${LETTERS}', place, place)
end
local ids = 0
for bucket = 0, 32767, tonumber(ARGV[1]) do
  local name = letterOf(math.floor(bucket / 1024)) .. letterOf(math.floor(bucket / 32)) .. letterOf(bucket)
  ids = ids + math.max(0, redis.call('HLEN', KEYS[1] .. name) - 1)
end
return ids`,
};

/**
 * KEYS[1] window prefix   ARGV[1] digests, 13 bytes each
 * Returns a letter an id: d delivered, - not.
 */
export const PEEK_WINDOW: RedisScript = {
  name: 'capiPeekWindow',
  lua: `
local prefix = KEYS[1]
${READ_LUA}
local function isDelivered(said)
  if not said then return false end
  if not isNumber(said) then return said > nowText end
  local claim = claimOf(said)
  return claim and kindOf(claim) == 'd' and endOf(claim) > nowText
end
local states = {}
for at = 1, #ARGV[1], 13 do
  local said = redis.call('HGET', prefix .. string.sub(ARGV[1], at, at + 2), string.sub(ARGV[1], at + 3, at + 12))
  states[#states + 1] = isDelivered(said) and 'd' or '-'
end
return table.concat(states)`,
};
