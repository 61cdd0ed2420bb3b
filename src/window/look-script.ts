/**
 * Lua that looks at the window and changes nothing.
 */
import type { RedisScript } from '../redis/script.js';
import { READ_LUA } from './lua.js';

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
