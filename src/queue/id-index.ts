/**
 * The index of events by their ids: which jobs of the queue, and which dead letters, contain the event of an id.
 *
 *   queued:<group>       hash for jobs with consecutive ids: an event id's digest -> the jobs that contain it
 *   queued:<group>:jobs  set: the group's jobs that have not ended; when the last one ends, both keys are deleted
 *   queued:groups        sorted set of groups, by the number of their first job, which is their name
 *   dead:<3 letters>     a bucket: hash of ids of dead letters: an id's digest -> the letters that contain it
 *
 * Every script that adds or removes events updates the index in the same step. The digest is a fast one, because SHA-256 would
 * cost an enqueue too much. Ids stay in a group until its last job ends (or for 30 days, if somebody else removed a job):
 * removing each one alone would cost Redis as much as its delivery. So an entry is only a hint: a look-up reads the job or the
 * letter, and relies only on that.
 */
import { LETTERS } from '../window/layout.js';

/** Characters of an index digest. */
export const INDEX_DIGEST_CHARS = 11;
const BUCKET_CODES = Buffer.from(LETTERS);
const FIELD_CODES = Buffer.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_');

/** An id's digest in the index: three letters, the bucket of a dead letter, then the field, 48 bits. PURE. */
export function indexDigestOf(clientDedupeId: string): string {
  return indexDigestsOf([clientDedupeId]);
}

/** The digests of all ids in a row. They are written into one buffer: one text for each id would take twice the time. PURE. */
export function indexDigestsOf(clientDedupeIds: readonly string[]): string {
  const codes = Buffer.allocUnsafe(clientDedupeIds.length * INDEX_DIGEST_CHARS);
  let at = 0;
  for (const id of clientDedupeIds) at = writeDigest(id, codes, at);
  return codes.toString('latin1');
}

/** @returns where the next one begins */
function writeDigest(id: string, codes: Buffer, at: number): number {
  // Two rounds of 32 bits side by side (cyrb53), with the seeds of its author.
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let place = 0; place < id.length; place += 1) {
    const code = id.charCodeAt(place);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  let end = at;
  for (const shift of [0, 5, 10]) codes[end++] = BUCKET_CODES[(high >>> shift) & 31] ?? 0;
  for (const shift of [15, 21]) codes[end++] = fieldCode(high >>> shift);
  // The remaining 5 bits of the one, and one bit of the other.
  codes[end++] = fieldCode((high >>> 27) | ((low & 1) << 5));
  for (const shift of [1, 7, 13, 19, 25]) codes[end++] = fieldCode(low >>> shift);
  return end;
}

function fieldCode(bits: number): number {
  return FIELD_CODES[bits & 63] ?? 0;
}

/** If very many events share an id, only this many characters of names are kept: nobody needs them all. */
const NAMES_MAX_CHARS = 400;
/** With more ids in a group, one waiting job keeps more ids of ended jobs; with fewer, a look-up asks more groups. */
const IDS_A_GROUP = 262_144;
/** Longer than an event can wait in the queue and still be sent. */
const KEPT_DAYS = 30;
const DAY_MS = 86_400_000;
/** Fields in one command: Lua's `unpack` has a limit. */
const FIELDS_A_COMMAND = 1_000;

/** Lua that both indexes share: lists of names, separated by a blank. */
const NAMES_LUA = `
local function placeOf(names, name) return string.find(' ' .. names .. ' ', ' ' .. name .. ' ', 1, true) end
local function withName(names, name)
  if not names then return name end
  return #names < ${NAMES_MAX_CHARS} and names .. ' ' .. name or names
end
-- False where nothing is left.
local function withoutName(names, name)
  if names == name then return false end
  local first, last = placeOf(names, name)
  if not first then return names end
  local framed = ' ' .. names .. ' '
  return string.sub(string.sub(framed, 1, first) .. string.sub(framed, last + 1), 2, -2)
end
local function dropName(key, field, name)
  local names = redis.call('HGET', key, field)
  local left = names and withoutName(names, name)
  if left then redis.call('HSET', key, field, left) elseif names then redis.call('HDEL', key, field) end
end`;

/**
 * Lua: the index of the queue. `index` is its prefix, `digests` are index digests in a row. One command sets the fields of a
 * job's events: one command for each event would cost twice the time, and four times the traffic to replicas and to the
 * append-only file.
 */
export const QUEUE_INDEX_LUA = `${NAMES_LUA}
local function latestGroup(index, upTo) return redis.call('ZREVRANGEBYSCORE', index .. 'groups', upTo, '-inf', 'LIMIT', 0, 1)[1] end
-- BullMQ numbers jobs. Those of a replay are named after it, and are a group of their own.
local function nameOf(job) return not tonumber(job) and (string.match(job, '^replay%-%x+') or 'named') end
local function groupOf(index, job) return nameOf(job) or latestGroup(index, job) end
local function openGroup(index, job)
  local group = nameOf(job)
  if group then
    if redis.call('ZSCORE', index .. 'groups', group) then return group end
  else
    group = latestGroup(index, '(+inf')
    if group and redis.call('HLEN', index .. group) < ${IDS_A_GROUP} then return group end
    group = job
  end
  -- Few, and seldom: those that ran out of time go.
  for _, known in ipairs(redis.call('ZRANGE', index .. 'groups', 0, -1)) do
    if redis.call('EXISTS', index .. known) == 0 then redis.call('ZREM', index .. 'groups', known) end
  end
  redis.call('ZADD', index .. 'groups', nameOf(job) and '+inf' or job, group)
  return group
end
local function eachPart(digests, work)
  local size = ${FIELDS_A_COMMAND * INDEX_DIGEST_CHARS}
  for first = 1, #digests, size do
    local fields, last = {}, math.min(first + size - 1, #digests)
    for at = first, last, ${INDEX_DIGEST_CHARS} do fields[#fields + 1] = string.sub(digests, at + 3, at + ${INDEX_DIGEST_CHARS - 1}) end
    work(fields)
  end
end
-- Of the names in an entry those of jobs that have not ended, then this one.
local function withJob(names, jobs, job)
  local kept = nil
  for name in string.gmatch(names, '%S+') do
    if name ~= job and redis.call('SISMEMBER', jobs, name) == 1 then kept = withName(kept, name) end
  end
  return kept and kept .. ' ' .. job or job
end
local function listJob(index, digests, job)
  if digests == '' then return end
  local key = index .. openGroup(index, job)
  local jobs = key .. ':jobs'
  redis.call('SADD', jobs, job)
  eachPart(digests, function(fields)
    local known, entries = redis.call('HMGET', key, unpack(fields)), {}
    for i = 1, #fields do
      entries[2 * i - 1], entries[2 * i] = fields[i], known[i] and withJob(known[i], jobs, job) or job
    end
    redis.call('HSET', key, unpack(entries))
  end)
  if redis.call('PTTL', key) < ${(KEPT_DAYS - 1) * DAY_MS} then
    redis.call('PEXPIRE', key, ${KEPT_DAYS * DAY_MS})
    redis.call('PEXPIRE', jobs, ${KEPT_DAYS * DAY_MS})
  end
end
-- Nothing of the job is left. Does nothing the second time.
local function endJob(index, job)
  local group = groupOf(index, job)
  if not group then return end
  local key = index .. group
  if redis.call('SREM', key .. ':jobs', job) == 1 and redis.call('EXISTS', key .. ':jobs') == 0 then
    redis.call('UNLINK', key)
    redis.call('ZREM', index .. 'groups', group)
  end
end
-- The ids of a person who is erased go at once.
local function dropEvents(index, digests, job)
  local group = groupOf(index, job)
  if not group then return end
  local key = index .. group
  eachPart(digests, function(fields)
    for _, field in ipairs(fields) do dropName(key, field, job) end
  end)
end`;

/** Lua: the index of dead letters. `index` is its prefix, `digest` an index digest, or '' for a letter without an id. */
export const LETTER_INDEX_LUA = `${NAMES_LUA}
local function listLetter(index, digest, letter)
  if digest == '' then return end
  local key, field = index .. string.sub(digest, 1, 3), string.sub(digest, 4)
  local names = redis.call('HGET', key, field)
  if not (names and placeOf(names, letter)) then redis.call('HSET', key, field, withName(names, letter)) end
end
local function dropLetter(index, digest, letter)
  if digest ~= '' then dropName(index .. string.sub(digest, 1, 3), string.sub(digest, 4), letter) end
end`;
