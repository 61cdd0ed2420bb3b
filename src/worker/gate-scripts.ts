/**
 * Lua of the account's gate: closing it for all workers, and opening it again. Passing it is part of a claim (window.ts).
 */
import { TIME_LUA } from '../redis-clock.js';
import type { RedisScript } from '../redis-script.js';

/**
 * Closes the account's gate for all workers.
 *
 * KEYS[1] gate   ARGV[1] reason   ARGV[2] ms, or -1 to back off   ARGV[3] first back-off, ms   ARGV[4] longest, ms   ARGV[5] detail
 * Returns how long the gate is closed from now, ms: never shorter than it already was.
 */
export const CLOSE_GATE: RedisScript = {
  name: 'capiCloseGate',
  lua: `${TIME_LUA}
local known = redis.call('HMGET', KEYS[1], 'until', 'reason', 'tries', 'probe')
local tries = tonumber(known[3] or 0) + 1
local wait = tonumber(ARGV[2])
-- Batches that were in flight together fail together: that is one failure, not one each. A probe that fails is a
-- failure of its own: the gate was closed for the others only while it was on its way.
local closed = tonumber(known[1] or 0) - now
if wait < 0 and closed > 0 and known[2] == ARGV[1] and not known[4] then return closed end
redis.call('HDEL', KEYS[1], 'probe')
if wait < 0 then wait = math.min(tonumber(ARGV[4]), tonumber(ARGV[3]) * 2 ^ math.min(tries - 1, 30)) end
local ends = now + math.ceil(wait)
if known[2] == 'throttled' or ARGV[1] == 'throttled' then ends = math.max(ends, tonumber(known[1] or 0)) end
redis.call('HSET', KEYS[1], 'until', ends, 'reason', ARGV[1], 'tries', tries, 'detail', ARGV[5])
if known[2] ~= ARGV[1] then redis.call('HSET', KEYS[1], 'since', now) end
return ends - now`,
};

/**
 * Opens the gate, if it is still the one that a claim saw: an answer that comes late must not open what a newer 429
 * has closed.
 *
 * KEYS[1] gate   ARGV[1] the `until` that the claim returned
 * Returns 1 where it is open now.
 */
export const OPEN_GATE: RedisScript = {
  name: 'capiOpenGate',
  lua: `
if redis.call('HGET', KEYS[1], 'until') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return 1`,
};
