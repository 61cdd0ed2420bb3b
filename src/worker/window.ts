/**
 * The window: which ids were delivered in the last 48 hours, and who may send one now.
 *
 * States of an id, and how they are left:
 *   absent -> claimed(owner, lease)   by `claim`
 *   claimed -> delivered(until)       by `settle` after Amazon accepted the event
 *   claimed -> absent                 by `settle` with a release, by its owner only; or when the lease ends
 *   delivered -> absent               when the window is over, to the millisecond of Redis's clock
 * A claim's owner is a job and a run of it (`<job>/<run>`). Another run of the same job may take the claim over, if it
 * holds the job's lock: BullMQ hands a job out again only when the earlier run has lost it, and a run that has lost its
 * job may claim nothing, however late it wakes. A delivery is a fact and is recorded even by a run whose lease has
 * ended; everything else only its owner may do.
 *
 * Layout: 32,768 hashes an account, each holding ids as 10-byte digests. Up to 128 small fields Redis keeps such a hash
 * as one compact block: some 27 bytes an id at a million ids, where a key of its own takes about 110. Digest and bucket
 * are 95 bits together, so that among 10^8 ids in the window no two meet with a probability of 1 - 10^-12.
 */
import { createHash } from 'node:crypto';
import type { RedisScript } from '../redis-script.js';

/** 2 bytes choose the bucket, 10 are the field in it. */
const DIGEST_BYTES = 12;

/** The 12 bytes that stand for an id. */
export function digestOf(clientDedupeId: string): Buffer {
  return createHash('sha256').update(clientDedupeId, 'utf8').digest().subarray(0, DIGEST_BYTES);
}

/** Letters of the claim script's answer; any other is `c`, claimed. */
export const DELIVERED = 'd';
export const BUSY = 'b';

const SHARED_LUA = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function placeOf(prefix, digests, i)
  local first = i * 12 + 1
  local high, low = string.byte(digests, first, first + 1)
  return prefix .. ((high * 256 + low) % 32768), string.sub(digests, first + 2, first + 11)
end
local function jobOf(owner) return string.match(owner, '^(.*)/') end
`;

/**
 * Asks for the right to send a batch now: the account's gate first, then its rate, then each id.
 *
 * KEYS[1] gate (hash: until, reason, …)   KEYS[2] rate (time the next request is due, ms)   KEYS[3] window prefix
 * KEYS[4..] the lock of each owner's job
 * ARGV[1] lease, ms   ARGV[2] window, ms   ARGV[3] ms between two requests, 0 for no limit   ARGV[4] digests, 12 bytes each
 * ARGV[5..] owner, number of ids in a row that are its, owner, number, …; then the token each owner has on its lock
 * Returns {0, ms to wait, reason} where the gate is closed or the rate is used up: nothing was claimed then;
 *         else {1, the `until` of the account's gate record or '', a letter an id: c claimed, d delivered, b busy}.
 * Every id of an owner that no longer holds its lock is busy: another run has the job by now, or will.
 * A hold whose time is over lets one batch through as a probe and stays closed for the others for another lease.
 */
export const CLAIM: RedisScript = {
  name: 'capiClaim',
  lua: `${SHARED_LUA}
local lease, window, interval = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local gate = redis.call('HMGET', KEYS[1], 'until', 'reason')
local record = gate[1] or ''
if gate[1] and tonumber(gate[1]) > now then return {0, tonumber(gate[1]) - now, gate[2]} end
if interval > 0 then
  local due = tonumber(redis.call('GET', KEYS[2]) or 0)
  -- Never more than one interval ahead, unless Redis's clock has gone back.
  if due > now and due - now <= interval then return {0, math.ceil(due - now), 'rate'} end
  redis.call('SET', KEYS[2], now + interval, 'PX', math.ceil(interval) + 1000)
end
if gate[1] then
  if gate[2] ~= 'throttled' then
    record = string.format('%.0f', now + lease)
    redis.call('HSET', KEYS[1], 'until', record, 'probe', 1)
  end
end
local digests = ARGV[4]
local states = {}
local owners, place, left = #KEYS - 3, 0, 0
local owner, isHeld
for i = 0, #digests / 12 - 1 do
  if left == 0 then
    place = place + 1
    owner, left = ARGV[3 + 2 * place], tonumber(ARGV[4 + 2 * place])
    isHeld = redis.call('GET', KEYS[3 + place]) == ARGV[4 + 2 * owners + place]
  end
  left = left - 1
  local key, field = placeOf(KEYS[3], digests, i)
  local value = isHeld and redis.call('HGET', key, field)
  local state = isHeld and 'c' or 'b'
  if value then
    local ends, holder = string.match(value, '^c(%d+):(.*)$')
    if ends then
      if tonumber(ends) > now and holder ~= owner and jobOf(holder) ~= jobOf(owner) then state = 'b' end
    elseif tonumber(value) > now then
      state = 'd'
    end
  end
  if state == 'c' then
    redis.call('HSET', key, field, 'c' .. (now + lease) .. ':' .. owner)
    redis.call('PEXPIRE', key, window + lease)
  end
  states[i + 1] = state
end
return {1, record, table.concat(states)}`,
};

/**
 * Settles events: ids are marked or released, jobs shrink to what is left of them, the ledger counts. One atomic step,
 * so that a crash on either side of it neither loses an event nor counts one twice.
 *
 * KEYS[1] ledger   KEYS[2] window prefix   KEYS[3..] a key a job, then a key a dead letter that must be there already
 * ARGV[1] window, ms   ARGV[2] digests, 12 bytes each   ARGV[3] a letter a digest: d delivered, r release
 * ARGV[4] how many owner runs follow   ARGV[5] how many jobs; then owner, number of ids in a row, …
 * then seven for each job: lock token, name of this settling, data, enqueued, delivered, duplicate, dead-lettered
 * Returns an error, and has done nothing, where a dead letter is missing: its event must not go before it.
 * Else a letter a job: 1 settled, 0 lost (this run no longer holds the job's lock: another run has its events now,
 * so its data and its counts were left alone).
 * A settling that arrives twice (its answer was lost with the connection, and it was sent again) counts once: the job
 * remembers the name of the last.
 */
export const SETTLE: RedisScript = {
  name: 'capiSettle',
  lua: `${SHARED_LUA}
local window = tonumber(ARGV[1])
local digests, marks = ARGV[2], ARGV[3]
local jobs = tonumber(ARGV[5])
for k = 3 + jobs, #KEYS do
  if redis.call('EXISTS', KEYS[k]) == 0 then return redis.error_reply('LETTERMISSING the dead letters were not written') end
end
local at = 6
local left = tonumber(ARGV[7] or 0)
for i = 0, #digests / 12 - 1 do
  while left == 0 do at = at + 2; left = tonumber(ARGV[at + 1]) end
  left = left - 1
  local owner = ARGV[at]
  local key, field = placeOf(KEYS[2], digests, i)
  if string.byte(marks, i + 1) == 100 then
    redis.call('HSET', key, field, now + window)
    if redis.call('PTTL', key) < window then redis.call('PEXPIRE', key, window) end
    if string.byte(field, 1) % 8 == 0 and redis.call('HLEN', key) > 32 then
      local entries = redis.call('HGETALL', key)
      for e = 1, #entries, 2 do
        local ends = tonumber(string.match(entries[e + 1], '^c?(%d+)'))
        if ends <= now then redis.call('HDEL', key, entries[e]) end
      end
    end
  else
    local value = redis.call('HGET', key, field)
    local holder = value and string.match(value, '^c%d+:(.*)$')
    if holder == owner then redis.call('HDEL', key, field) end
  end
end
at = 6 + 2 * tonumber(ARGV[4])
local results = {}
local names = {'enqueued', 'delivered', 'duplicate', 'dead_lettered'}
for j = 3, 2 + jobs do
  if redis.call('GET', KEYS[j] .. ':lock') == ARGV[at] then
    if redis.call('HGET', KEYS[j], 'capiSettled') ~= ARGV[at + 1] then
      redis.call('HSET', KEYS[j], 'data', ARGV[at + 2], 'capiSettled', ARGV[at + 1])
      for c = 1, 4 do
        if ARGV[at + 2 + c] ~= '0' then redis.call('HINCRBY', KEYS[1], names[c], ARGV[at + 2 + c]) end
      end
    end
    results[j - 2] = '1'
  else
    results[j - 2] = '0'
  end
  at = at + 7
end
return table.concat(results)`,
};

/**
 * Closes the account's gate for all workers.
 *
 * KEYS[1] gate   ARGV[1] reason   ARGV[2] ms, or -1 to back off   ARGV[3] first back-off, ms   ARGV[4] longest, ms   ARGV[5] detail
 * Returns how long the gate is closed from now, ms: never shorter than it already was.
 */
export const CLOSE_GATE: RedisScript = {
  name: 'capiCloseGate',
  lua: `${SHARED_LUA}
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

/**
 * KEYS[1] window prefix   ARGV[1] every how many buckets are looked at
 * Returns the number of ids in them; digests spread ids evenly over all. All 32,768 hold Redis for some 10 ms.
 */
export const SAMPLE_WINDOW: RedisScript = {
  name: 'capiSampleWindow',
  lua: `
local ids = 0
for bucket = 0, 32767, tonumber(ARGV[1]) do ids = ids + redis.call('HLEN', KEYS[1] .. bucket) end
return ids`,
};

/**
 * KEYS[1] window prefix   ARGV[1] digests, 12 bytes each
 * Returns a letter an id: d delivered, - not. Changes nothing.
 */
export const PEEK_WINDOW: RedisScript = {
  name: 'capiPeekWindow',
  lua: `${SHARED_LUA}
local states = {}
for i = 0, #ARGV[1] / 12 - 1 do
  local value = redis.call('HGET', placeOf(KEYS[1], ARGV[1], i))
  local ends = value and tonumber(value)
  states[i + 1] = ends and ends > now and 'd' or '-'
end
return table.concat(states)`,
};
