/**
 * Forgets a delivery. The id stays known as delivered, because otherwise the next webhook of the same order would be sent again.
 * But its mark no longer names a receipt: neither when it was delivered nor by which request.
 */
import type { RedisScript } from '../redis/script.js';
import { UNCOUNTED_CLAIMS } from './layout.js';
import { READ_LUA } from './lua.js';

/**
 * KEYS[1] window prefix   KEYS[2] jobs' prefix   ARGV[1] 1 to change nothing   ARGV[2] digests, 13 bytes each
 * Returns how many deliveries were forgotten, then the places of those that stay because a job has yet to count them.
 */
export const FORGET_DELIVERIES: RedisScript = {
  name: 'capiForgetDeliveries',
  lua: `
local prefix = KEYS[1]
${READ_LUA}
local reply = {0}
for at = 1, #ARGV[2], 13 do
  local key, field = prefix .. string.sub(ARGV[2], at, at + 2), string.sub(ARGV[2], at + 3, at + 12)
  local said = redis.call('HGET', key, field)
  local ends
  if said and isNumber(said) then
    local claim = claimOf(said)
    local job = redis.call('HGET', prefix .. '${UNCOUNTED_CLAIMS}', said)
    if claim and kindOf(claim) == 'd' and endOf(claim) > nowText then
      if job and redis.call('EXISTS', KEYS[2] .. job) == 1 then reply[#reply + 1] = (at + 12) / 13 else ends = endOf(claim) end
    end
  elseif said and #said > 13 and untilOf(said) > nowText then
    ends = untilOf(said)
  end
  if ends then
    reply[1] = reply[1] + 1
    if ARGV[1] == '0' then redis.call('HSET', key, field, ends) end
  end
end
return reply`,
};
