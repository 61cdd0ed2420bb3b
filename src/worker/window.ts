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
 * Layout of deliveries: 32,768 hashes (buckets) an account, each holding ids as 10-byte digests with the end of their
 * window. Up to 512 small fields Redis keeps such a hash as one compact block: some 30 bytes an id at a million ids,
 * where a key of its own takes about 145. Digest and bucket are 95 bits together, so that among 10^8 ids in the window
 * no two meet with a probability of 1 - 10^-12. A bucket lives at least as long as every id in it: its field `!` says
 * until when, is renewed every half window, and what is over is cleared then.
 * Layout of claims: one hash an account, an id's digest and `<ends>:<owner>`. They are few and short-lived, so that
 * they are read and written many at once instead of one call an id.
 * Times are milliseconds as text of 13 digits, which until the year 2286 compares as the numbers do.
 */
import { hash } from 'node:crypto';
import type { RedisScript } from '../redis-script.js';

/** Letters of a bucket's name; each holds 5 bits. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * What stands for an id, as text in latin1 (a Buffer an id costs more than its hash): 3 letters that name its bucket, of
 * 15 bits of its SHA-256, then 10 bytes of it, the field in the bucket.
 */
export function digestOf(clientDedupeId: string): string {
  const digest = hash('sha256', clientDedupeId, 'binary');
  const bits = (digest.charCodeAt(0) << 8) | digest.charCodeAt(1);
  const bucket = letterOf(bits >> 10) + letterOf(bits >> 5) + letterOf(bits);
  return bucket + digest.slice(2, 12);
}

function letterOf(bits: number): string {
  return LETTERS.charAt(bits & 31);
}

/** Digests as the scripts take them. */
export function joinDigests(digests: readonly string[]): Buffer {
  return Buffer.from(digests.join(''), 'latin1');
}

/** Letters of the claim script's answer; any other is `c`, claimed. */
export const DELIVERED = 'd';
export const BUSY = 'b';

const TIME_LUA = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function textOf(number) return string.format('%.0f', number) end`;

const IDS_LUA = `${TIME_LUA}
local nowText = textOf(now)
-- Ids of 13 bytes, and what is claimed of them.
local function idsOf(digests)
  local ids = {}
  for i = 1, #digests / 13 do ids[i] = string.sub(digests, i * 13 - 12, i * 13) end
  return ids
end
local function readClaims(key, ids)
  if #ids == 0 then return {} end
  return redis.call('HMGET', key, unpack(ids))
end
-- Claims made by one call are the same text: it is taken apart once.
local lastClaim, lastEnds, lastHolder
local function partsOf(claim)
  if claim ~= lastClaim then
    lastClaim = claim
    lastEnds, lastHolder = string.match(claim, '^(%d+):(.*)$')
  end
  return lastEnds, lastHolder
end
-- Unpacking has a limit, and so has the number of a command's arguments.
local function callInParts(command, key, fields)
  for first = 1, #fields, 4000 do
    redis.call(command, key, unpack(fields, first, math.min(first + 3999, #fields)))
  end
end
-- Lets a bucket live until then, and clears what is over.
local function renewBucket(key, untilText)
  local over = {}
  local entries = redis.call('HGETALL', key)
  for e = 1, #entries, 2 do
    if entries[e + 1] <= nowText then over[#over + 1] = entries[e] end
  end
  callInParts('HDEL', key, over)
  redis.call('HSET', key, '!', untilText)
  redis.call('PEXPIREAT', key, untilText)
end`;

/**
 * Asks for the right to send a batch now: the account's gate first, then its rate, then each id.
 *
 * KEYS[1] gate (hash: until, reason, …)   KEYS[2] rate (time the next request is due, ms)   KEYS[3] window prefix
 * KEYS[4..] the lock of each owner's job
 * ARGV[1] lease, ms   ARGV[2] window, ms   ARGV[3] ms between two requests, 0 for no limit   ARGV[4] digests, 13 bytes each
 * ARGV[5..] owner, number of ids in a row that are its, owner, number, …; then the token each owner has on its lock
 * Returns {0, ms to wait, reason} where the gate is closed or the rate is used up: nothing was claimed then;
 *         else {1, the `until` of the account's gate record or '', a letter an id: c claimed, d delivered, b busy}.
 * Every id of an owner that no longer holds its lock is busy: another run has the job by now, or will.
 * A hold whose time is over lets one batch through as a probe and stays closed for the others for another lease.
 */
export const CLAIM: RedisScript = {
  name: 'capiClaim',
  lua: `${IDS_LUA}
local function jobOf(owner) return string.match(owner, '^(.*)/') end
-- Claims whose owners died without another run to settle them. Seldom any, so it is seldom looked.
local function clearClaims(key, id)
  if redis.call('HLEN', key) < 10000 or string.byte(id, 4) > 3 then return end
  local over = {}
  local all = redis.call('HGETALL', key)
  for e = 1, #all, 2 do
    if all[e] ~= '!' and partsOf(all[e + 1]) <= nowText then over[#over + 1] = all[e] end
  end
  callInParts('HDEL', key, over)
end
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
local prefix, claimsKey = KEYS[3], KEYS[3] .. 'claims'
-- One long field makes Redis keep the claims as a hash table: a compact block would be searched field by field.
if redis.call('HEXISTS', claimsKey, '!') == 0 then redis.call('HSET', claimsKey, '!', string.rep('!', 100)) end
local ids = idsOf(ARGV[4])
local claims = readClaims(claimsKey, ids)
local ends = textOf(now + lease)
local outlives, renewed = textOf(now + lease + window), textOf(now + lease + window * 1.5)
local states, claimed, last = {}, {}, 0
local owners, place, left = #KEYS - 3, 0, 0
local owner, isHeld, job, claim
for i = 1, #ids do
  if left == 0 then
    place = place + 1
    owner, left = ARGV[3 + 2 * place], tonumber(ARGV[4 + 2 * place])
    isHeld = redis.call('GET', KEYS[3 + place]) == ARGV[4 + 2 * owners + place]
    job, claim = jobOf(owner), ends .. ':' .. owner
  end
  left = left - 1
  local id = ids[i]
  local key = prefix .. string.sub(id, 1, 3)
  local known = redis.call('HMGET', key, string.sub(id, 4), '!')
  local state = isHeld and 'c' or 'b'
  if not isHeld then
    -- Whatever is known of its ids, they are not this run's to decide.
  elseif known[1] and known[1] > nowText then
    state = 'd'
  elseif claims[i] then
    local heldUntil, holder = partsOf(claims[i])
    if heldUntil > nowText and holder ~= owner and jobOf(holder) ~= job then state = 'b' end
  end
  if state == 'c' then
    claimed[last + 1], claimed[last + 2] = id, claim
    last = last + 2
    if known[1] then redis.call('HDEL', key, string.sub(id, 4)) end
    if not known[2] or known[2] < outlives then renewBucket(key, renewed) end
  end
  states[i] = state
end
callInParts('HSET', claimsKey, claimed)
clearClaims(claimsKey, ids[1])
if redis.call('PTTL', claimsKey) < lease then redis.call('PEXPIRE', claimsKey, lease) end
return {1, record, table.concat(states)}`,
};

/**
 * Settles events: ids are marked or released, jobs shrink to what is left of them, the ledger counts. One atomic step,
 * so that a crash on either side of it neither loses an event nor counts one twice.
 *
 * KEYS[1] ledger   KEYS[2] window prefix   KEYS[3..] a key a job, then a key a dead letter that must be there already
 * ARGV[1] window, ms   ARGV[2] digests, 13 bytes each   ARGV[3] a letter a digest: d delivered, r release
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
  lua: `${IDS_LUA}
local window = tonumber(ARGV[1])
local jobs = tonumber(ARGV[5])
for k = 3 + jobs, #KEYS do
  if redis.call('EXISTS', KEYS[k]) == 0 then return redis.error_reply('LETTERMISSING the dead letters were not written') end
end
local prefix, claimsKey = KEYS[2], KEYS[2] .. 'claims'
local ids = idsOf(ARGV[2])
local claims = readClaims(claimsKey, ids)
local ends, renewed = textOf(now + window), textOf(now + window * 1.5)
local over = {}
local at, left = 4, 0
for i = 1, #ids do
  if left == 0 then at = at + 2; left = tonumber(ARGV[at + 1]) end
  left = left - 1
  local id = ids[i]
  local heldUntil, holder
  if claims[i] then heldUntil, holder = partsOf(claims[i]) end
  local isOurs = holder == ARGV[at]
  local isDelivered = string.byte(ARGV[3], i) == 100
  if isOurs or (holder and isDelivered) then over[#over + 1] = id end
  if isDelivered then
    local key = prefix .. string.sub(id, 1, 3)
    redis.call('HSET', key, string.sub(id, 4), ends)
    -- A live claim has seen to it that the bucket outlives the window; without one that is not sure.
    if not isOurs or heldUntil < nowText then renewBucket(key, renewed) end
  end
end
callInParts('HDEL', claimsKey, over)
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
 * Returns a letter an id: d delivered, - not. Changes nothing.
 */
export const PEEK_WINDOW: RedisScript = {
  name: 'capiPeekWindow',
  lua: `${IDS_LUA}
local states = {}
for i, id in ipairs(idsOf(ARGV[1])) do
  local ends = redis.call('HGET', KEYS[1] .. string.sub(id, 1, 3), string.sub(id, 4))
  states[i] = ends and ends > nowText and 'd' or '-'
end
return table.concat(states)`,
};
