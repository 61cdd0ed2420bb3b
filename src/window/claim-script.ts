/**
 * Lua of a claim: the right to send a batch now.
 */
import type { RedisScript } from '../redis/script.js';
import { UNCOUNTED_CLAIMS, WINDOW_LAYOUT } from './layout.js';
import { WRITE_LUA } from './lua.js';

/** Status characters of the claim script's answer; any other is `c`, claimed. */
export const DELIVERED = 'd';
export const BUSY = 'b';
/** Delivered by an earlier run of the same job after it had lost the job: not counted yet. */
export const UNCOUNTED = 'u';

/** Why nothing was claimed: the window has the layout of a newer version. */
export const NEWER_LAYOUT = 'layout';
const NEWER_LAYOUT_WAIT_MS = 30_000;

/** Periods of a window. With more periods, claims are forgotten earlier and there are more hashes. */
export const PERIODS = 8;

/**
 * Asks for the right to send a batch now: checks the account's gate (gate.ts), then its rate, then each id.
 *
 * KEYS[1] gate (hash: until, reason, …)   KEYS[2] rate (time the next request is due, ms)   KEYS[3] window prefix
 * KEYS[4..] the lock of each owner's job
 * ARGV[1] lease, ms   ARGV[2] window, ms   ARGV[3] ms between two requests, 0 for no limit   ARGV[4] digests, 13 bytes each
 * ARGV[5] the `until` of the gate's record under which this batch already probes, or ''
 * ARGV[6..] owner, number of its ids in a row, owner, number, …; then the token each owner has on its lock
 * Returns {0, ms to wait, reason} if nothing was claimed: the gate is closed, the rate is used up, or the window has a newer
 *         version's layout; else {1, the gate's record {until, reason, began, tries} or '', a status character for each id:
 *         c claimed, d delivered, u delivered but not counted, b busy, the number of each owner's claim}.
 *
 * If an owner no longer holds its lock, all its ids are busy: another run has the job by now, or will. If nothing is claimed, no
 * request follows: the rate is not used, and the gate is not probed.
 */
export const CLAIM: RedisScript = {
  name: 'capiClaim',
  lua: `
local prefix, lease, window, interval = KEYS[3], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
${WRITE_LUA}
local layout = tonumber(redis.call('GET', prefix .. 'layout') or 0)
if layout > ${WINDOW_LAYOUT} then return {0, ${NEWER_LAYOUT_WAIT_MS}, '${NEWER_LAYOUT}'} end
if layout < ${WINDOW_LAYOUT} then redis.call('SET', prefix .. 'layout', ${WINDOW_LAYOUT}) end
local gate = redis.call('HMGET', KEYS[1], 'until', 'reason', 'began', 'tries')
local closedFor = tonumber(gate[1] or 0) - now
if closedFor > 0 and gate[1] ~= ARGV[5] then return {0, closedFor, gate[2]} end
if interval > 0 then
  local due = tonumber(redis.call('GET', KEYS[2]) or 0)
  -- Never more than one interval ahead, unless Redis's clock has gone back.
  if due > now and due - now <= interval then return {0, math.ceil(due - now), 'rate'} end
end
-- Says that a request follows.
local function announce()
  if interval > 0 then redis.call('SET', KEYS[2], now + interval, 'PX', math.ceil(interval) + 1000) end
  if not gate[1] then return '' end
  -- While refused batches are counted there is no reason, and after a 429 everybody may go.
  if gate[2] and gate[2] ~= 'throttled' then
    gate[1] = textOf(now + lease)
    redis.call('HSET', KEYS[1], 'until', gate[1], 'probe', 1)
  end
  return {gate[1], gate[2] or '', gate[3] or '', gate[4] or '0'}
end

local owners = #KEYS - 3
local periodMs = window / ${PERIODS}
local period = math.floor(now / periodMs)
local claimsKey = prefix .. 'claims:' .. textOf(period)
local lastGiven = redis.call('HINCRBY', claimsKey, '#', owners) - owners
-- One long field makes Redis keep the claims as a hash table: a compact block would be searched field by field.
if lastGiven == 0 then redis.call('HSET', claimsKey, '!', string.rep('!', 100)) end
expireAt(claimsKey, math.ceil((period + 1) * periodMs) + lease + window + 1000)

local ends = textOf(now + lease)
local owner, job, number
local function jobOf(name) return string.match(name, '^(.*)/') end
-- What another claim or a delivery of before means for an id that is asked for: d, u, b, or c, and then it is ours.
local function takeOver(key, field)
  local said = redis.call('HGET', key, field)
  if isNumber(said) then
    local claim = claimOf(said)
    if claim and endOf(claim) > nowText then
      if kindOf(claim) == 'd' then
        return redis.call('HGET', prefix .. '${UNCOUNTED_CLAIMS}', said) == job and 'u' or 'd'
      end
      local holder = string.sub(claim, 16)
      if holder ~= owner and jobOf(holder) ~= job then return 'b' end
    end
    takeFrom(said)
  elseif untilOf(said) > nowText then
    return 'd'
  end
  redis.call('HSET', key, field, number)
  return 'c'
end
local digests, numbers, claims, at, i = ARGV[4], {}, {}, 1, 0
-- Of the ids that are not claimed, which are few: d, u or b by their place.
local others = {}
local call, sub = redis.call, string.sub
for place = 1, owners do
  owner, number = ARGV[4 + 2 * place], '-' .. textOf(period) .. string.format('%010d', lastGiven + place)
  job = jobOf(owner)
  local isHeld = call('GET', KEYS[3 + place]) == ARGV[5 + 2 * owners + place]
  local hasClaimed = false
  for _ = 1, tonumber(ARGV[5 + 2 * place]) do
    i = i + 1
    local state = 'b'
    if isHeld then
      local name, field = sub(digests, at, at + 2), sub(digests, at + 3, at + 12)
      local key = prefix .. name
      state = call('HSETNX', key, field, number) == 1 and 'c' or takeOver(key, field)
      if state == 'c' then
        hasClaimed = true
        keepBucket(key, name)
      end
    end
    if state ~= 'c' then others[i] = state end
    at = at + 13
  end
  numbers[place] = number
  if hasClaimed then
    claims[#claims + 1] = number
    claims[#claims + 1] = 'c' .. ends .. ':' .. owner
  end
end
callInParts('HSET', claimsKey, claims)
local record = #claims > 0 and announce() or ''
if next(others) == nil then return {1, record, string.rep('c', i), numbers} end
local states = {}
for place = 1, i do states[place] = others[place] or 'c' end
return {1, record, table.concat(states), numbers}`,
};
