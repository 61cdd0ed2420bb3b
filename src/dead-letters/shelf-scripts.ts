/**
 * The scripts that change the index of dead letters together with the letters: listing new ones, looking along a shelf,
 * taking letters off for good, and putting a corrected letter in an old one's place.
 *
 * Every script leaves letter, shelf and counts in step, however it was interrupted: each is one atomic step.
 */
import { type AccountKeys, LETTER_JOBS, type LedgerField, type QueuedEvent } from '../queue.js';
import type { RedisScript, ScriptCall } from '../redis-script.js';
import { type DeadLetter, restsSince } from './letter.js';
import { EVENTS_LISTED } from './operation.js';
import { memberOf, overflowShelfOf, SHELVES_MAX, type Shelf, shelfOf } from './shelf.js';

/**
 * KEYS[1] shelves (hash: id to description)   then a shelf and its overflow, for each shelf
 * ARGV[1] most shelves   ARGV[2] how many shelves follow; for each: id, description, overflow's id, its description
 * then for each letter: place of its shelf, since when it lies here, member
 * Returns 1. Listing a letter twice changes nothing.
 */
const INDEX: RedisScript = {
  name: 'capiIndexLetters',
  lua: `
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
for i = at, #ARGV, 3 do
  local s = tonumber(ARGV[i])
  redis.call('ZREM', spare[s], ARGV[i + 2])
  redis.call('ZADD', used[s], ARGV[i + 1], ARGV[i + 2])
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
    return [place, restsSince(letter), memberOf(letter)];
  });
  return {
    script: INDEX,
    keys: [keys.shelves, ...shelfKeys],
    args: [SHELVES_MAX, places.size, ...descriptions, ...entries],
  };
}

/**
 * KEYS[1] shelf   ARGV[1] 1 for newest first   ARGV[2] time to start at   ARGV[3] time to end at
 * ARGV[4] members to skip   ARGV[5] how many to look at   ARGV[6] text to look for, '' for any
 * Returns {how many were looked at, last member looked at, its time, then member and time of each that holds the text}.
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
 * KEYS[1] shelf   ARGV[1] first rank   ARGV[2] last rank   ARGV[3] text to look for, in lower case
 * Returns {how many hold it, the oldest of them, its time, the newest, its time}, or {0}.
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

/** Counts along a shelf by rank: of no single moment where letters come and go meanwhile. */
export function countLetters(
  shelfKey: string,
  { first, last, text }: { first: number; last: number; text: string },
): ScriptCall {
  return { script: COUNT, keys: [shelfKey], args: [first, last, text] };
}

/**
 * Lua: takes one letter off its shelf and out of BullMQ's queue of dead letters. Where BullMQ keeps a prioritised job,
 * its hash and its place in the sorted set, is pinned by a test.
 */
const TAKE_LUA = `
local function leave(shelves, shelf, id, member)
  if redis.call('ZREM', shelf, member) == 0 then return false end
  if redis.call('EXISTS', shelf) == 0 then redis.call('HDEL', shelves, id) end
  return true
end
local function take(jobs, shelves, key, i, args, at)
  redis.call('ZREM', jobs, args[at])
  if not leave(shelves, key[i + 1], args[at + 2], args[at + 1]) then leave(shelves, key[i + 2], args[at + 3], args[at + 1]) end
  return redis.call('DEL', key[i])
end`;

/** What identifies a letter to the scripts: three keys and four arguments. */
function placesOf(keys: AccountKeys, letter: DeadLetter): { keys: string[]; args: string[] } {
  const shelf = shelfOf(letter);
  const overflow = overflowShelfOf(letter);
  return {
    keys: [keys.letter + letter.id, keys.letters + shelf.id, keys.letters + overflow.id],
    args: [letter.id, memberOf(letter), shelf.id, overflow.id],
  };
}

/** How long the list of a replay's events is kept. */
const LIST_DAYS = 7;

/**
 * One step of an operation: takes letters away, onto a job that was added before, or for good.
 *
 * KEYS[1] BullMQ's set of dead letters   KEYS[2] shelves   KEYS[3] ledger   KEYS[4] the operation's record
 * KEYS[5] the job, or the record again for none   then letter, shelf and overflow of each letter
 * ARGV[1] who runs the operation   ARGV[2] where it is, to go on from   ARGV[3] the ledger's field   ARGV[4] letters it left
 * then for each letter: id, member, shelf's id, overflow's id, its event as JSON and its dedupe id ('' where it goes nowhere)
 * The list of the operation's events takes the first of them, for who looks later what became of each.
 * Returns {how many were still there, 1 where somebody asked to cancel}. An error, and nothing done, where the job is
 * missing (its events must not be taken away) or another process runs the operation now.
 */
const TAKE: RedisScript = {
  name: 'capiTakeLetters',
  lua: `${TAKE_LUA}
if redis.call('HGET', KEYS[4], 'runner') ~= ARGV[1] then return redis.error_reply('OPERATIONLOST another process runs it') end
local isMoved = KEYS[5] ~= KEYS[4]
if isMoved and redis.call('EXISTS', KEYS[5]) == 0 then return redis.error_reply('JOBMISSING the job was not written') end
local taken, events = 0, {}
local list, key = KEYS[4] .. ':events', 6
local room = isMoved and ${EVENTS_LISTED} - redis.call('HLEN', list) or 0
for at = 5, #ARGV, 6 do
  if take(KEYS[1], KEYS[2], KEYS, key, ARGV, at) == 1 then
    taken = taken + 1
    events[taken] = ARGV[at + 4]
    if room > 0 then room = room - redis.call('HSETNX', list, ARGV[at + 5], '') end
  end
  key = key + 3
end
-- A transaction that Redis gets twice finds no letters the second time: what it wrote at first must stay.
if isMoved and taken > 0 then
  redis.call('HSET', KEYS[5], 'data', '{"v":1,"isCounted":true,"events":[' .. table.concat(events, ',') .. ']}')
end
if isMoved then redis.call('EXPIRE', list, ${LIST_DAYS * 86_400}) end
local time = redis.call('TIME')
if taken > 0 then redis.call('HINCRBY', KEYS[3], ARGV[3], taken) end
redis.call('HINCRBY', KEYS[4], 'done', taken)
redis.call('HSET', KEYS[4], 'cursor', ARGV[2], 'skipped', ARGV[4], 'updatedAt', time[1] * 1000 + math.floor(time[2] / 1000))
return {taken, redis.call('HEXISTS', KEYS[4], 'cancelledBy')}`,
};

export interface TakeStep {
  readonly operationKey: string;
  readonly runner: string;
  readonly cursor: string;
  readonly skipped: number;
  readonly field: Extract<LedgerField, 'replayed' | 'discarded'>;
  /** The key of the job that the events go to; absent where they are thrown away. */
  readonly jobKey?: string;
  /** Letters, each with what goes onto the job. */
  readonly letters: readonly { readonly letter: DeadLetter; readonly entry?: QueuedEvent | undefined }[];
}

export function takeLetters(keys: AccountKeys, step: TakeStep): ScriptCall {
  const places = step.letters.map(({ letter }) => placesOf(keys, letter));
  const entries = step.letters.map(({ entry }) =>
    entry === undefined ? ['', ''] : [JSON.stringify(entry), entry.event.clientDedupeId],
  );
  return {
    script: TAKE,
    keys: [
      keys.letter + LETTER_JOBS,
      keys.shelves,
      keys.ledger,
      step.operationKey,
      step.jobKey ?? step.operationKey,
      ...places.flatMap((place) => place.keys),
    ],
    args: [
      step.runner,
      step.cursor,
      step.field,
      step.skipped,
      ...places.flatMap(({ args }, number) => args.concat(entries[number] ?? [])),
    ],
  };
}

/**
 * KEYS[1] shelves   KEYS[2] letter   KEYS[3] its shelf   KEYS[4] its overflow   KEYS[5] the new shelf
 * ARGV[1] member   ARGV[2] shelf's id   ARGV[3] overflow's id   ARGV[4] new shelf's id   ARGV[5] its description
 * ARGV[6] new member   ARGV[7] since when it lies here   ARGV[8] the letter as it was read   ARGV[9] as it is to be
 * Returns 1, or 0 and nothing done where the letter is no longer as it was read.
 */
const REPLACE: RedisScript = {
  name: 'capiReplaceLetter',
  lua: `${TAKE_LUA}
if redis.call('HGET', KEYS[2], 'data') ~= ARGV[8] then return 0 end
if not leave(KEYS[1], KEYS[3], ARGV[2], ARGV[1]) then leave(KEYS[1], KEYS[4], ARGV[3], ARGV[1]) end
redis.call('HSET', KEYS[1], ARGV[4], ARGV[5])
redis.call('ZADD', KEYS[5], ARGV[7], ARGV[6])
redis.call('HSET', KEYS[2], 'data', ARGV[9])
return 1`,
};

/** @param was the letter's data as it was read: what somebody changed meanwhile is not overwritten */
export function replaceLetter(
  keys: AccountKeys,
  { was, before, after }: { was: string; before: DeadLetter; after: DeadLetter },
): ScriptCall {
  const [letterKey = '', shelfKey = '', overflowKey = ''] = placesOf(keys, before).keys;
  const [, member = '', shelfId = '', overflowId = ''] = placesOf(keys, before).args;
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
    ],
  };
}
