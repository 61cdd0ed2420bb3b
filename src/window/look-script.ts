/** Lua that reads the window and changes nothing. */
import type { RedisScript } from '../redis/script.js';
import { READ_LUA } from './lua.js';
import { FIND_RECEIPT_LUA } from './receipts.js';

/**
 * KEYS[1] window prefix   ARGV[1] digests, 13 bytes each
 * Returns a status character for each id: d delivered, - not.
 */
export const PEEK_WINDOW: RedisScript = {
  name: 'capiPeekWindow',
  lua: `
local prefix = KEYS[1]
${READ_LUA}
local function isDelivered(said)
  if not said then return false end
  if not isNumber(said) then return untilOf(said) > nowText end
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

/**
 * Lua: `markOf(digest)` returns the window's state of an id now. Needs \`prefix\`. Returns a status character (d delivered, c
 * claimed, '' neither), then until when, then the receipt of a delivery or the owner of a claim.
 */
export const MARK_LUA = `
${READ_LUA}
${FIND_RECEIPT_LUA}
local function markOf(digest)
  local said = redis.call('HGET', prefix .. string.sub(digest, 1, 3), string.sub(digest, 4, 13))
  if not said then return '', '', '' end
  if not isNumber(said) then
    if untilOf(said) <= nowText then return '', '', '' end
    return 'd', untilOf(said), receiptBehind(said)
  end
  local claim = claimOf(said)
  if not claim or endOf(claim) <= nowText then return '', '', '' end
  if kindOf(claim) == 'd' then return 'd', endOf(claim), receiptBehind(string.sub(claim, 2)) end
  return 'c', endOf(claim), string.sub(claim, 16)
end`;
