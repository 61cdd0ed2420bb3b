/**
 * The index of events by their ids: which jobs of the queue, and which dead letters, hold the event of an id.
 *
 *   queued:<hash>        hash of the ids in 16,384 jobs: an id's digest -> the jobs that hold it
 *   queued               set: which of these hashes there are
 *   dead:<3 letters>     a bucket: hash of ids of dead letters: an id's digest -> the letters that hold it
 *
 * Every script that brings events in or takes them out keeps the index in the same step. The digest is a quick one, for SHA-256
 * would cost an enqueue too much, and so an entry is a hint: who looks an id up reads the job or the letter, and believes
 * only what stands there.
 */
import { LETTERS } from '../window/layout.js';

/** Characters of an index digest. */
export const INDEX_DIGEST_CHARS = 11;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_';

/** What stands for an id in the index: three letters, the bucket of a dead letter, then the field, 48 bits. PURE. */
export function indexDigestOf(clientDedupeId: string): string {
  // Two rounds of 32 bits side by side (cyrb53), with the seeds of its author.
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let at = 0; at < clientDedupeId.length; at += 1) {
    const code = clientDedupeId.charCodeAt(at);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return (
    LETTERS.charAt(high & 31) +
    LETTERS.charAt((high >>> 5) & 31) +
    LETTERS.charAt((high >>> 10) & 31) +
    digit(high >>> 15) +
    digit(high >>> 21) +
    // What is left of the one, 5 bits, and a bit of the other.
    digit((high >>> 27) | ((low & 1) << 5)) +
    digit(low >>> 1) +
    digit(low >>> 7) +
    digit(low >>> 13) +
    digit(low >>> 19) +
    digit(low >>> 25)
  );
}

function digit(bits: number): string {
  return DIGITS.charAt(bits & 63);
}

/** Of an id that a flood of events shares, so many characters of names are kept: nobody needs them all. */
const NAMES_MAX_CHARS = 400;
/** Jobs whose events share a hash: a look-up asks one hash after the other. */
const JOBS_A_HASH = 16_384;
/** Fields of one command: unpacking has a limit. */
const FIELDS_A_COMMAND = 1_000;

/** Lua both indexes share: lists of names, with a blank between two. */
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
end`;

/**
 * Lua: the index of the queue. `index` is its prefix, `digests` are index digests in a row. A job is listed once for each of its
 * events that share an id. The fields of a job's events are set, and removed, by one command: one for each event would cost
 * twice the time, and four times the traffic to replicas and to the append-only file.
 */
export const QUEUE_INDEX_LUA = `${NAMES_LUA}
-- Jobs are numbered by BullMQ; those of replays have names.
local function hashOf(job)
  local number = tonumber(job)
  return number and string.format('%.0f', math.floor(number / ${JOBS_A_HASH})) or 'named'
end
local function eachPart(digests, work)
  local size = ${FIELDS_A_COMMAND * INDEX_DIGEST_CHARS}
  for first = 1, #digests, size do
    local fields, last = {}, math.min(first + size - 1, #digests)
    for at = first, last, ${INDEX_DIGEST_CHARS} do fields[#fields + 1] = string.sub(digests, at + 3, at + ${INDEX_DIGEST_CHARS - 1}) end
    work(fields)
  end
end
local function listJob(index, digests, job)
  if digests == '' then return end
  local hash = hashOf(job)
  local key = index .. hash
  redis.call('SADD', string.sub(index, 1, -2), hash)
  eachPart(digests, function(fields)
    local known, mine, entries = redis.call('HMGET', key, unpack(fields)), {}, {}
    for i, field in ipairs(fields) do
      local names = withName(mine[field] or known[i], job)
      mine[field] = names
      entries[2 * i - 1], entries[2 * i] = field, names
    end
    redis.call('HSET', key, unpack(entries))
  end)
end
local function dropJob(index, digests, job)
  if digests == '' then return end
  local hash = hashOf(job)
  local key = index .. hash
  eachPart(digests, function(fields)
    local known, over, others = redis.call('HMGET', key, unpack(fields)), {}, {}
    for i, field in ipairs(fields) do
      local names = known[i]
      if others[field] ~= nil then names = others[field] end
      local left = names and withoutName(names, job)
      if names == job then over[#over + 1] = field end
      if names and names ~= left then others[field] = left end
    end
    for field, names in pairs(others) do if names then redis.call('HSET', key, field, names) end end
    if #over > 0 then redis.call('HDEL', key, unpack(over)) end
  end)
  if redis.call('EXISTS', key) == 0 then redis.call('SREM', string.sub(index, 1, -2), hash) end
end`;

/** Lua: the index of dead letters. `index` is its prefix, `digest` an index digest, or '' for a letter that holds no id. */
export const LETTER_INDEX_LUA = `${NAMES_LUA}
local function listLetter(index, digest, letter)
  if digest == '' then return end
  local key, field = index .. string.sub(digest, 1, 3), string.sub(digest, 4)
  local names = redis.call('HGET', key, field)
  if not (names and placeOf(names, letter)) then redis.call('HSET', key, field, withName(names, letter)) end
end
local function dropLetter(index, digest, letter)
  if digest == '' then return end
  local key, field = index .. string.sub(digest, 1, 3), string.sub(digest, 4)
  local names = redis.call('HGET', key, field)
  local left = names and withoutName(names, letter)
  if left then redis.call('HSET', key, field, left) elseif names then redis.call('HDEL', key, field) end
end`;
