/**
 * The scripts of the index of dead letters: list new letters, read along a shelf, and replace a letter with its corrected form.
 * Removing letters: take-script.ts.
 *
 * Each script is one atomic step, so letter, shelf and counts always agree, even after an interruption.
 */
import { indexDigestOf, LETTER_INDEX_LUA } from '../queue/id-index.js';
import type { AccountKeys } from '../queue/queue.js';
import type { RedisScript, ScriptCall } from '../redis/script.js';
import { type DeadLetter, restsSince } from './letter.js';
import { memberOf, overflowShelfOf, SHELVES_MAX, type Shelf, shelfOf } from './shelf.js';

/** Lua: the letter's id in a shelf's member. */
const LETTER_IN_LUA = `
local function letterIn(member) return string.match(member, '^%S+') end`;

/**
 * KEYS[1] shelves (hash: id to description)   then a shelf and its overflow, for each shelf
 * ARGV[1] most shelves   ARGV[2] number of shelves that follow; for each: id, description, overflow's id, its description
 * then for each letter: place of its shelf, since when it is here, member, index digest of its event's id or ''
 * Returns 1. Listing a letter twice changes nothing.
 */
const INDEX: RedisScript = {
  name: 'capiIndexLetters',
  lua: `
${LETTER_INDEX_LUA}
${LETTER_IN_LUA}
local index = string.sub(KEYS[1], 1, -8) .. 'dead:'
local at = 3
local used, spare = {}, {}
for s = 1, tonumber(ARGV[2]) do
  used[s], spare[s] = KEYS[2 * s], KEYS[2 * s + 1]
  if redis.call('HEXISTS', KEYS[1], ARGV[at]) == 0 then
    if redis.call('HLEN', KEYS[1]) < tonumber(ARGV[1]) then
      redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
    else
      used[s], spare[s] = spare[s], used[s]
      redis.call('HSET', KEYS[1], ARGV[at + 2], ARGV[at + 3])
    end
  end
  at = at + 4
end
for i = at, #ARGV, 4 do
  local s = tonumber(ARGV[i])
  redis.call('ZREM', spare[s], ARGV[i + 2])
  redis.call('ZADD', used[s], ARGV[i + 1], ARGV[i + 2])
  listLetter(index, ARGV[i + 3], letterIn(ARGV[i + 2]))
end
return 1`,
};

/** Lists new letters on their shelves, as part of the transaction that writes them. */
export function indexLetters(keys: AccountKeys, letters: readonly DeadLetter[]): ScriptCall {
  const places = new Map<string, number>();
  const shelfKeys: string[] = [];
  const descriptions: string[] = [];
  const entries = letters.flatMap((letter) => {
    const shelf = shelfOf(letter);
    let place = places.get(shelf.id);
    if (place === undefined) {
      const overflow = overflowShelfOf(letter);
      place = places.size + 1;
      places.set(shelf.id, place);
      shelfKeys.push(keys.letters + shelf.id, keys.letters + overflow.id);
      descriptions.push(shelf.id, JSON.stringify(shelf), overflow.id, JSON.stringify(overflow));
    }
    return [place, restsSince(letter), memberOf(letter), letterDigest(letter)];
  });
  return {
    script: INDEX,
    keys: [keys.shelves, ...shelfKeys],
    args: [SHELVES_MAX, places.size, ...descriptions, ...entries],
  };
}

/**
 * KEYS[1] shelf   ARGV[1] 1 for newest first   ARGV[2] time to start at   ARGV[3] time to end at
 * ARGV[4] members to skip   ARGV[5] how many to read   ARGV[6] text to search, '' for any
 * Returns {how many were read, last member read, its time, then member and time of each that contains the text}.
 */
const SEEK: RedisScript = {
  name: 'capiSeekLetters',
  lua: `
local command = ARGV[1] == '1' and 'ZREVRANGEBYSCORE' or 'ZRANGEBYSCORE'
local page = redis.call(command, KEYS[1], ARGV[2], ARGV[3], 'LIMIT', ARGV[4], ARGV[5])
local last = page[#page]
local found = {#page, last or '', last and redis.call('ZSCORE', KEYS[1], last) or ''}
for i = 1, #page do
  if ARGV[6] == '' or string.find(page[i], ARGV[6], 1, true) then
    found[#found + 1] = page[i]
    found[#found + 1] = redis.call('ZSCORE', KEYS[1], page[i])
  end
end
return found`,
};

export interface Seek {
  readonly isNewestFirst: boolean;
  readonly from: number | string;
  readonly to: number | string;
  readonly skip: number;
  readonly lookAt: number;
  /** In lower case. */
  readonly text: string;
}

export function seekLetters(shelfKey: string, { isNewestFirst, from, to, skip, lookAt, text }: Seek): ScriptCall {
  return { script: SEEK, keys: [shelfKey], args: [isNewestFirst ? 1 : 0, from, to, skip, lookAt, text] };
}

/**
 * KEYS[1] shelf   ARGV[1] first rank   ARGV[2] last rank   ARGV[3] text to search, in lower case
 * Returns {how many contain it, the oldest of them, its time, the newest, its time}, or {0}.
 */
const COUNT: RedisScript = {
  name: 'capiCountLetters',
  lua: `
local count, first, last = 0, nil, nil
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2])) do
  if string.find(member, ARGV[3], 1, true) then
    count = count + 1
    first = first or member
    last = member
  end
end
if count == 0 then return {0} end
return {count, first, redis.call('ZSCORE', KEYS[1], first), last, redis.call('ZSCORE', KEYS[1], last)}`,
};

/** Counts along a shelf by rank. While letters come and go, the count is not of a single moment. */
export function countLetters(
  shelfKey: string,
  { first, last, text }: { first: number; last: number; text: string },
): ScriptCall {
  return { script: COUNT, keys: [shelfKey], args: [first, last, text] };
}

/** Lua: removes a letter from its shelf, and the shelf if it is then empty. */
export const LEAVE_LUA = `
local function leave(shelves, shelf, id, member)
  if redis.call('ZREM', shelf, member) == 0 then return false end
  if redis.call('EXISTS', shelf) == 0 then redis.call('HDEL', shelves, id) end
  return true
end`;

/** The digest by which a letter is found; '' if its event could not be read. */
function letterDigest({ event }: DeadLetter): string {
  return event ? indexDigestOf(event.clientDedupeId) : '';
}

/** Identifies a letter for the scripts: three keys and five arguments. */
export function placesOf(keys: AccountKeys, letter: DeadLetter): { keys: string[]; args: string[] } {
  const shelf = shelfOf(letter);
  const overflow = overflowShelfOf(letter);
  return {
    keys: [keys.letter + letter.id, keys.letters + shelf.id, keys.letters + overflow.id],
    args: [letter.id, memberOf(letter), shelf.id, overflow.id, letterDigest(letter)],
  };
}

/**
 * KEYS[1] shelves   KEYS[2] letter   KEYS[3] its shelf   KEYS[4] its overflow   KEYS[5] the new shelf
 * ARGV[1] member   ARGV[2] shelf's id   ARGV[3] overflow's id   ARGV[4] new shelf's id   ARGV[5] its description
 * ARGV[6] new member   ARGV[7] since when it is here   ARGV[8] the letter as it was read   ARGV[9] the new letter
 * ARGV[10], ARGV[11] index digest of its event's id before and after
 * Returns 1, or 0 with nothing done if the letter is no longer as it was read.
 */
const REPLACE: RedisScript = {
  name: 'capiReplaceLetter',
  lua: `${LEAVE_LUA}
${LETTER_INDEX_LUA}
${LETTER_IN_LUA}
if redis.call('HGET', KEYS[2], 'data') ~= ARGV[8] then return 0 end
-- What a full Redis refuses comes first: nothing is half done then.
redis.call('HSET', KEYS[2], 'data', ARGV[9])
if not leave(KEYS[1], KEYS[3], ARGV[2], ARGV[1]) then leave(KEYS[1], KEYS[4], ARGV[3], ARGV[1]) end
redis.call('HSET', KEYS[1], ARGV[4], ARGV[5])
redis.call('ZADD', KEYS[5], ARGV[7], ARGV[6])
local index = string.sub(KEYS[1], 1, -8) .. 'dead:'
dropLetter(index, ARGV[10], letterIn(ARGV[6]))
listLetter(index, ARGV[11], letterIn(ARGV[6]))
return 1`,
};

/** @param was the letter's data as it was read: a change by somebody else is not overwritten */
export function replaceLetter(
  keys: AccountKeys,
  { was, before, after }: { was: string; before: DeadLetter; after: DeadLetter },
): ScriptCall {
  const [letterKey = '', shelfKey = '', overflowKey = ''] = placesOf(keys, before).keys;
  const [, member = '', shelfId = '', overflowId = '', digest = ''] = placesOf(keys, before).args;
  const shelf: Shelf = shelfOf(after);
  return {
    script: REPLACE,
    keys: [keys.shelves, letterKey, shelfKey, overflowKey, keys.letters + shelf.id],
    args: [
      member,
      shelfId,
      overflowId,
      shelf.id,
      JSON.stringify(shelf),
      memberOf(after),
      restsSince(after),
      was,
      JSON.stringify(after),
      digest,
      letterDigest(after),
    ],
  };
}
