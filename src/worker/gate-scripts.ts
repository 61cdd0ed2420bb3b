/**
 * Lua of the account's gate: closes it for all workers, counts refused batches, and opens it again. Passing it is part of a claim
 * (claim-script.ts). The states of the gate are described in gate.ts.
 */
import { TIME_LUA } from '../redis/clock.js';
import type { RedisScript } from '../redis/script.js';

/** KEYS[1] must be the gate. @returns for how long the gate is closed from now, ms, since when, and how often it has closed */
const CLOSE_LUA = `${TIME_LUA}
local function textOf(number) return string.format('%.0f', number) end
local function close(reason, asked, base, longest, share, detail)
  local known = redis.call('HMGET', KEYS[1], 'until', 'reason', 'tries', 'probe', 'began')
  local ends, tries = tonumber(known[1] or 0), tonumber(known[3] or 0)
  -- Batches that were in flight together fail together: that is one failure, not one each. A probe that fails is a
  -- failure of its own: the gate was closed for the others only while it was on its way.
  local isTogether = ends > now and not known[4] and (known[2] == reason or reason == 'unavailable')
  if isTogether then
    ends = math.max(ends, now + asked)
    reason = known[2]
  else
    tries = tries + 1
    local wait = math.min(longest, base * 2 ^ math.min(tries - 1, 30)) * share
    -- A 429 is waited for as long as it says, and no longer.
    if asked > 0 and (reason == 'throttled' or asked > wait) then wait = asked end
    local closesUntil = now + math.max(1, math.ceil(wait))
    if known[2] == 'throttled' or reason == 'throttled' then closesUntil = math.max(closesUntil, ends) end
    ends = closesUntil
    redis.call('HDEL', KEYS[1], 'probe')
    redis.call('HSET', KEYS[1], 'reason', reason, 'tries', tries, 'detail', detail)
    redis.call('HSETNX', KEYS[1], 'began', textOf(now))
    if known[2] ~= reason then redis.call('HSET', KEYS[1], 'since', textOf(now)) end
  end
  redis.call('HSET', KEYS[1], 'until', textOf(ends))
  return {ends - now, redis.call('HGET', KEYS[1], 'began'), tries}
end`;

/**
 * Closes the account's gate for all workers.
 *
 * KEYS[1] gate   ARGV[1] reason   ARGV[2] Retry-After, ms, or 0   ARGV[3] first back-off, ms   ARGV[4] longest, ms
 * ARGV[5] the share of the back-off that is waited, 0 to 1   ARGV[6] detail
 * Returns {ms from now, began, tries}.
 */
export const CLOSE_GATE: RedisScript = {
  name: 'capiCloseGate',
  lua: `${CLOSE_LUA}
return close(ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6])`,
};

/**
 * Counts a batch that was refused as a whole. From the limit on the account is held.
 *
 * KEYS[1] gate   ARGV[1] reason of the hold   ARGV[2] limit   ARGV[3] first back-off, ms   ARGV[4] longest, ms   ARGV[5] detail
 * Returns {how many in a row, ms from now for which the account is held; 0 for not}.
 */
export const COUNT_REFUSED: RedisScript = {
  name: 'capiCountRefused',
  lua: `${CLOSE_LUA}
local refused = redis.call('HINCRBY', KEYS[1], 'refused', 1)
redis.call('HSETNX', KEYS[1], 'until', 0)
if refused < tonumber(ARGV[2]) then return {refused, 0} end
return {refused, close(ARGV[1], 0, tonumber(ARGV[3]), tonumber(ARGV[4]), 1, ARGV[5])[1]}`,
};

/**
 * Opens the gate, if it is still the one that a claim saw: a late answer must not open what a newer 429 has closed.
 *
 * KEYS[1] gate   ARGV[1] the \`until\` that the claim returned   ARGV[2] 1 to keep the number of refused batches
 * Returns 1 if it is open now.
 */
export const OPEN_GATE: RedisScript = {
  name: 'capiOpenGate',
  lua: `
if redis.call('HGET', KEYS[1], 'until') ~= ARGV[1] then return 0 end
local refused = ARGV[2] == '1' and redis.call('HGET', KEYS[1], 'refused')
redis.call('DEL', KEYS[1])
if refused then redis.call('HSET', KEYS[1], 'until', 0, 'refused', refused) end
return 1`,
};

/**
 * Gives up a probe that will send nothing, so that another may probe at once.
 *
 * KEYS[1] gate   ARGV[1] the `until` that the claim returned
 */
export const RELEASE_PROBE: RedisScript = {
  name: 'capiReleaseProbe',
  lua: `
if redis.call('HGET', KEYS[1], 'until') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'probe')
-- 0 would mean that refused batches are only counted.
redis.call('HSET', KEYS[1], 'until', 1)
return 1`,
};
