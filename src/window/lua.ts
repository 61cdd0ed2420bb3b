/** Lua that the window's scripts share. The data is described in layout.ts. */
import { TIME_LUA } from '../redis/clock.js';
import { LETTERS } from './layout.js';

/** Reads what a bucket says of an id. Needs `prefix`. */
export const READ_LUA = `${TIME_LUA}
local function textOf(number) return string.format('%.0f', number) end
local nowText = textOf(now)
local function isNumber(said) return string.byte(said) == 45 end
local function claimsOf(number) return prefix .. 'claims:' .. string.sub(number, 2, -11) end
local function claimOf(number) return redis.call('HGET', claimsOf(number), number) end
local function kindOf(claim) return string.sub(claim, 1, 1) end
-- Until when an id that is marked by itself is known: the receipt's name follows.
local function untilOf(said) return string.sub(said, 1, 13) end
-- Until when a lease or a delivery holds.
local function endOf(claim) return string.sub(claim, 2, 14) end`;

/** Changes buckets. Needs `prefix`, and `window` and `lease` in ms. */
export const WRITE_LUA = `${READ_LUA}
-- Unpacking has a limit, and so has the number of a command's arguments.
local function callInParts(command, key, fields)
  for first = 1, #fields, 4000 do
    redis.call(command, key, unpack(fields, first, math.min(first + 3999, #fields)))
  end
end
-- Never earlier than it already would; a key without a time has less than none.
local function expireAt(key, atMs)
  if redis.call('PTTL', key) < atMs - now then redis.call('PEXPIREAT', key, textOf(atMs)) end
end
local byte, floor = string.byte, math.floor
local half = floor(now / (window / 2))
local halfEnds = math.ceil((half + 1) * (window / 2))
local renewedKey = prefix .. 'renewed:' .. textOf(window) .. ':' .. textOf(half)
local renewed = redis.call('GET', renewedKey) or ''
local isTimed = renewed ~= ''
-- Of a bucket's three letters: what each adds to the number of its byte in the bitmap, and the bit of it that is its own.
local firstOf, secondOf, thirdOf, bitOf, weightOf = {}, {}, {}, {}, {}
for number = 0, 31 do
  local letter = byte('${LETTERS}', number + 1)
  firstOf[letter], secondOf[letter], thirdOf[letter] = number * 128, number * 4, floor(number / 8)
  bitOf[letter], weightOf[letter] = number % 8, 2 ^ (7 - number % 8)
end
local areThere = {}
local function isThere(key)
  if areThere[key] == nil then areThere[key] = redis.call('EXISTS', key) == 1 end
  return areThere[key]
end
-- Sees to it that a bucket outlives every id that is claimed in this half of the window, and clears what is over.
-- Its field \`!\` keeps it from going, and its time with it, when the last id of it is released.
local function renewBucket(key, place)
  local over = {}
  local entries = redis.call('HGETALL', key)
  for e = 1, #entries, 2 do
    local said = entries[e + 1]
    local isOver = untilOf(said) <= nowText
    if isNumber(said) then isOver = not isThere(claimsOf(said)) end
    if isOver and entries[e] ~= '!' then over[#over + 1] = entries[e] end
  end
  callInParts('HDEL', key, over)
  redis.call('HSET', key, '!', 0)
  expireAt(key, halfEnds + lease + window + 1000)
  redis.call('SETBIT', renewedKey, place, 1)
  if not isTimed then expireAt(renewedKey, halfEnds + 1000) end
  isTimed = true
end
-- Says in another claim that an id of it is not its own any more: it can no longer be settled as a whole.
local function takeFrom(said)
  if not said or not isNumber(said) then return end
  local claim = claimOf(said)
  if claim and kindOf(claim) == 'c' then redis.call('HSET', claimsOf(said), said, 't' .. string.sub(claim, 2)) end
end
local function keepBucket(key, name)
  local a, b, c = byte(name, 1, 3)
  local place = firstOf[a] + secondOf[b] + thirdOf[c]
  local bits = byte(renewed, place + 1)
  if not bits or bits / weightOf[c] % 2 < 1 then renewBucket(key, place * 8 + bitOf[c]) end
end`;
