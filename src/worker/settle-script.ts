/** Lua of a settling: writes outcomes to Redis. */

import { TELL_OPERATION_LUA } from '../dead-letters/operations/replay-job.js';
import { SETTLING_FIELD } from '../queue/bullmq-commands.js';
import { QUEUE_INDEX_LUA } from '../queue/id-index.js';
import { CONVERSIONS_QUEUE } from '../queue/queue.js';
import type { RedisScript } from '../redis/script.js';
import { UNCOUNTED_CLAIMS, WINDOW_SIZES } from '../window/layout.js';
import { WRITE_LUA } from '../window/lua.js';
import { RECEIPT_LUA } from '../window/receipts.js';

/** Arguments of the settling for each of its jobs. */
export const ARGS_A_SETTLED_JOB = 9;
/** Arguments of the settling for each of its claims, and those before the first. */
export const ARGS_A_SETTLED_CLAIM = 3;
export const ARGS_BEFORE_CLAIMS = 9;

/**
 * Whether a run may write into its job. Its lock token is not enough: BullMQ gives the same token to the next run, and a promoted
 * master may have the job's state from before the run took it, or from before its last settling. A write by the run would then
 * remove events that nobody has counted. So a run also says which settling it builds on: the last one of the job as it took it,
 * later its own.
 */
export const STANDING_LUA = `
local function standingOf(key, token, base, name)
  if redis.call('GET', key .. ':lock') ~= token then return 'lost' end
  local last = redis.call('HGET', key, '${SETTLING_FIELD}') or ''
  if last == name then return 'settled' end
  return last == base and 'held' or 'lost'
end`;

/** Position of a job's id in its key, after the account's prefix. */
const JOB_ID_AT = CONVERSIONS_QUEUE.length + 2;

/**
 * From this many ids a claim gets a record, which lives as long as the window. With fewer ids the record saves too little time
 * for its memory.
 */
export const IDS_WORTH_A_RECORD = 20;

/**
 * Settles events: marks or releases ids, reduces jobs to their remaining events, counts in the ledger. One atomic step: a crash
 * before or after it neither loses an event nor counts one twice.
 *
 * KEYS[1] ledger   KEYS[2] window prefix   KEYS[3..] one key for each job
 * ARGV[1] the longest that an id stays known, ms   ARGV[2] lease, ms   ARGV[3] digests, 13 bytes each
 * ARGV[4] a status character for each digest: d delivered, r release   ARGV[5] from how many ids a claim gets a record
 * ARGV[6] number of claims   ARGV[7] number of jobs   ARGV[8] how long an id stays known from now on at least, ms
 * ARGV[9] Amazon's id of the request that delivered these events, '' if it had none
 * then three for each claim: its number, how many ids in a row belong to it, until when they stay known if that is later; the
 * rest of a claim is settled in one call
 * then nine for each job: lock token, name of the settling that this one builds on ('' for none), name of this settling, data,
 * enqueued, delivered, duplicate, dead-lettered, 1 if nothing of the job is left
 * then three for each replayed event that ended: the number of its job, d, u or x for delivered, duplicate or dead, and its
 * dedupe id; its operation records the outcome
 * Returns a status character for each job: 1 settled, 0 lost. Lost: this run no longer holds the job's lock, or Redis has another
 * last settling of the job than the one that this run builds on. Another run has its events now, or will, so its data and its
 * counts were left alone.
 *
 * A settling that arrives twice (its answer was lost with the connection, and it was sent again) counts once: the job remembers
 * the name of the last one.
 */
export const SETTLE: RedisScript = {
  name: 'capiSettle',
  lua: `
local prefix, window, lease = KEYS[2], tonumber(ARGV[1]), tonumber(ARGV[2])
local worthARecord, claims, jobs, least = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local accountPrefix = string.sub(KEYS[1], 1, -7)
${TELL_OPERATION_LUA}
${STANDING_LUA}
${WRITE_LUA}
${RECEIPT_LUA}
${QUEUE_INDEX_LUA}
local jobsAt = ${ARGS_BEFORE_CLAIMS + 1} + ${ARGS_A_SETTLED_CLAIM} * claims
local standings, isLost = {}, {}
for j = 3, 2 + jobs do
  local at = jobsAt + ${ARGS_A_SETTLED_JOB} * (j - 3)
  standings[j] = standingOf(KEYS[j], ARGV[at], ARGV[at + 1], ARGV[at + 2])
  -- A settling's name begins with the run's.
  if standings[j] == 'lost' then isLost[string.match(ARGV[at + 2], '^(.*)#')] = true end
end
local digests, letters, place = ARGV[3], ARGV[4], 0
for c = 1, claims do
  local claimAt = ${ARGS_BEFORE_CLAIMS + 1} + ${ARGS_A_SETTLED_CLAIM} * (c - 1)
  local number, count = ARGV[claimAt], tonumber(ARGV[claimAt + 1])
  local ends = textOf(math.min(now + window, math.max(now + least, tonumber(ARGV[claimAt + 2]))))
  local claim = claimOf(number)
  local kind = claim and kindOf(claim)
  -- Nobody can have touched an id of a claim that is whole and whose lease has not ended.
  local isWhole = kind == 'c' and endOf(claim) > nowText
  local _, delivered = string.gsub(string.sub(letters, place + 1, place + count), 'd', 'd')
  local isMarked = kind == 'd'
  -- Delivered, and counted by nobody: the next run of the job is told so, and counts it.
  local isUncounted = isWhole and delivered > 0 and isLost[string.sub(claim, 16)]
  if isUncounted then
    redis.call('HSET', prefix .. '${UNCOUNTED_CLAIMS}', number, string.match(claim, '^.*:(.*)/'))
    expireAt(prefix .. '${UNCOUNTED_CLAIMS}', tonumber(ends))
  end
  if isWhole and (delivered >= worthARecord or isUncounted) then
    redis.call('HSET', claimsOf(number), number, 'd' .. ends .. receiptOf(ARGV[9]))
    isMarked = true
  elseif claim and not isMarked then
    redis.call('HDEL', claimsOf(number), number)
  end
  if not isMarked or delivered < count then
    for i = place + 1, place + count do
      local name, field = string.sub(digests, i * 13 - 12, i * 13 - 10), string.sub(digests, i * 13 - 9, i * 13)
      local key = prefix .. name
      if string.byte(letters, i) ~= 100 then
        if redis.call('HGET', key, field) == number then redis.call('HDEL', key, field) end
      elseif not isMarked then
        if not isWhole then takeFrom(redis.call('HGET', key, field)) end
        redis.call('HSET', key, field, ends .. receiptOf(ARGV[9]))
        -- A live claim has seen to it that the bucket outlives the window; without one that is not sure.
        if not isWhole then keepBucket(key, name) end
      end
    end
  end
  place = place + count
end

local results = {}
local names = {'enqueued', 'delivered', 'duplicate', 'dead_lettered'}
local told, records = {'', 'delivered', 'duplicate', 'diedAgain'}, {}
local deliveredNow = 0
local at = jobsAt
for j = 3, 2 + jobs do
  local standing = standings[j]
  if standing == 'held' then
    redis.call('HSET', KEYS[j], 'data', ARGV[at + 3], '${SETTLING_FIELD}', ARGV[at + 2])
    for c = 1, 4 do
      if ARGV[at + 3 + c] ~= '0' then redis.call('HINCRBY', KEYS[1], names[c], ARGV[at + 3 + c]) end
    end
    deliveredNow = deliveredNow + tonumber(ARGV[at + 5])
    if ARGV[at + 8] == '1' then endJob(accountPrefix .. 'queued:', string.sub(KEYS[j], #accountPrefix + ${JOB_ID_AT})) end
    local record = recordOf(KEYS[j])
    records[j - 2] = record
    for c = 2, 4 do
      if record and ARGV[at + 3 + c] ~= '0' then redis.call('HINCRBY', record, told[c], ARGV[at + 3 + c]) end
    end
  end
  results[j - 2] = standing == 'lost' and '0' or '1'
  at = at + ${ARGS_A_SETTLED_JOB}
end
-- How many ids the window holds is known from what each hour brought in: to count them would take as many looks as buckets.
if deliveredNow > 0 then
  local sizes, hour = prefix .. '${WINDOW_SIZES}', math.floor(now / 3600000)
  if redis.call('HINCRBY', sizes, textOf(hour), deliveredNow) == deliveredNow then
    local known = redis.call('HGETALL', sizes)
    for h = 1, #known, 2 do
      local ofHour = tonumber(known[h])
      if ofHour and (ofHour + 1) * 3600000 + window <= now then redis.call('HDEL', sizes, known[h]) end
    end
    redis.call('HSET', sizes, 'window', textOf(window))
    redis.call('PEXPIREAT', sizes, textOf((hour + 1) * 3600000 + window))
  end
end
for e = at, #ARGV, 3 do
  local record = records[tonumber(ARGV[e])]
  if record and redis.call('HEXISTS', record .. ':events', ARGV[e + 2]) == 1 then
    redis.call('HSET', record .. ':events', ARGV[e + 2], ARGV[e + 1])
  end
end
return table.concat(results)`,
};
