/**
 * The script of one step of an operation: dead letters move to a job that it adds, or are deleted.
 *
 * Promises: a letter is taken as it was read, or stays: if somebody has changed it since, the step reports that. A step that
 * Redis gets twice counts once. While a person is being erased (operations/erase.ts) none of their letters goes back to the
 * queue.
 */
import { createHash } from 'node:crypto';
import type { AddJobCommand } from '../queue/bullmq-commands.js';
import { indexDigestOf, LETTER_INDEX_LUA, QUEUE_INDEX_LUA } from '../queue/id-index.js';
import { JOB_TEXT_LUA, type QueuedEvent } from '../queue/job.js';
import { type AccountKeys, LETTER_JOBS, type LedgerField } from '../queue/queue.js';
import { TIME_LUA } from '../redis/clock.js';
import type { RedisScript, ScriptCall } from '../redis/script.js';
import type { FoundLetter } from './letter.js';
import { EVENTS_LISTED } from './operations/operation.js';
import { LEAVE_LUA, placesOf } from './shelf-scripts.js';

const KEYS_A_LETTER = 3;
const ARGS_A_LETTER = 9;
/** How long the list of a replay's events is kept. */
const LIST_DAYS = 7;

/** Facts of a step besides its letters: the script's first argument, as JSON. */
interface StepFacts {
  /** Who runs the operation. */
  readonly runner: string;
  /** Identifies the step within its run. */
  readonly step: number;
  /** Where the operation is, to continue from. */
  readonly cursor: string;
  readonly field: Extract<LedgerField, 'replayed' | 'discarded'>;
  /** Letters that it skipped. */
  readonly skipped: number;
}

/** A member of the erasures is a token in hex, a colon and a text. */
export const ERASURE_TOKEN_BYTES = 4;

/** Lua: whether a text is of an event that is being erased. Needs `now`, and `isMoved`, because letters may still be deleted. */
const ERASED_LUA = `
local erased = isMoved and redis.call('ZRANGEBYSCORE', KEYS[5], now, '+inf') or {}
local function isErased(text)
  for _, member in ipairs(erased) do
    if string.find(text, string.sub(member, ${2 * ERASURE_TOKEN_BYTES + 2}), 1, true) then return true end
  end
  return false
end`;

/**
 * KEYS[1] BullMQ's set of dead letters   KEYS[2] shelves   KEYS[3] ledger   KEYS[4] the operation's record   KEYS[5] erasures
 * then letter, shelf and overflow of each letter, then those of BullMQ's script
 * ARGV[1] facts of the step, JSON   ARGV[2] number of letters
 * ARGV[3..4] what the job is and its options, as BullMQ writes them ('' if the letters are deleted)
 * then for each letter: id, member, shelf's id, overflow's id, its index digest, SHA-1 of it as it was read, its event as JSON,
 * its dedupe id and the index digest of that (the last three '' if the letters are deleted)
 * Returns {how many were taken, 1 if somebody asked to cancel, places of the letters that were changed since}. The operation's
 * list names the first of its events, so that each outcome can be read later.
 *
 * An error, with nothing done, if another process runs the operation now, or Redis is full.
 */
const luaWith = (addLua: string): string => `
${LEAVE_LUA}
${JOB_TEXT_LUA}
${LETTER_INDEX_LUA}
${QUEUE_INDEX_LUA}
local function addJob(KEYS, ARGV)
${addLua}
end
${TIME_LUA}
local step = cjson.decode(ARGV[1])
local jobs, shelves, ledger, record = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local accountPrefix = string.sub(ledger, 1, -7)
local known = redis.call('HMGET', record, 'runner', 'step', 'stepTaken', 'cancelledBy')
if known[1] ~= step.runner then return redis.error_reply('OPERATIONLOST another process runs it') end
local isCancelled = known[4] and 1 or 0
local name = step.runner .. ':' .. step.step
if known[2] == name then return {tonumber(known[3]), isCancelled} end
-- The first write is one that a full Redis refuses: nothing is half done then.
redis.call('HSET', record, 'skipped', step.skipped, 'updatedAt', now)

local isMoved = ARGV[3] ~= ''
${ERASED_LUA}

local changed, taken, events, digests = {}, {}, {}, {}
local list = record .. ':events'
local room = isMoved and ${EVENTS_LISTED} - redis.call('HLEN', list) or 0
for l = 1, tonumber(ARGV[2]) do
  local key, at = 6 + (l - 1) * ${KEYS_A_LETTER}, 5 + (l - 1) * ${ARGS_A_LETTER}
  local data = redis.call('HGET', KEYS[key], 'data')
  if data and redis.sha1hex(data) ~= ARGV[at + 5] then
    changed[#changed + 1] = l
  elseif data and not (isMoved and (isErased(data) or isErased(ARGV[at + 6]))) then
    taken[#taken + 1] = l
    events[#events + 1] = ARGV[at + 6]
    digests[#digests + 1] = ARGV[at + 8]
    if room > 0 then room = room - redis.call('HSETNX', list, ARGV[at + 7], '') end
  end
end
if isMoved and #taken > 0 then
  local addKeys = {}
  for k = 6 + tonumber(ARGV[2]) * ${KEYS_A_LETTER}, #KEYS do addKeys[#addKeys + 1] = KEYS[k] end
  redis.call('EXPIRE', list, ${LIST_DAYS * 86_400})
  local job = addJob(addKeys, {ARGV[3], jobText(events), ARGV[4]})
  listJob(accountPrefix .. 'queued:', table.concat(digests), job .. '')
end
for _, l in ipairs(taken) do
  local key, at = 6 + (l - 1) * ${KEYS_A_LETTER}, 5 + (l - 1) * ${ARGS_A_LETTER}
  redis.call('ZREM', jobs, ARGV[at])
  if not leave(shelves, KEYS[key + 1], ARGV[at + 2], ARGV[at + 1]) then
    leave(shelves, KEYS[key + 2], ARGV[at + 3], ARGV[at + 1])
  end
  redis.call('DEL', KEYS[key])
  dropLetter(accountPrefix .. 'dead:', ARGV[at + 4], ARGV[at])
end
if #taken > 0 then redis.call('HINCRBY', ledger, step.field, #taken) end
redis.call('HINCRBY', record, 'done', #taken)
redis.call('HSET', record, 'step', name, 'stepTaken', #taken)
-- Letters that were changed are read and taken again: not before is the operation behind them.
if #changed == 0 then redis.call('HSET', record, 'cursor', step.cursor) end
return {#taken, isCancelled, unpack(changed)}`;

export interface TakeStep extends StepFacts {
  readonly operationKey: string;
  /** How BullMQ adds the job for the events; absent if they are deleted. The script makes its data. */
  readonly job?: { readonly add: AddJobCommand; readonly lua: string };
  /** Letters, each with its entry in the job. */
  readonly letters: readonly (FoundLetter & { readonly entry?: QueuedEvent | undefined })[];
}

export interface Taken {
  readonly taken: number;
  readonly isCancelled: boolean;
  /** Letters that differ from what was read. */
  readonly changed: readonly FoundLetter[];
}

export function takeLetters(keys: AccountKeys, { operationKey, job, letters, ...facts }: TakeStep): ScriptCall {
  const places = letters.map(({ letter }) => placesOf(keys, letter));
  const [what, , options] = job?.add.args ?? ['', '', ''];
  const script: RedisScript = {
    name: 'capiTakeLetters',
    lua: luaWith(job?.lua ?? ''),
    // What goes back to the queue uses memory; what is deleted frees memory.
    ...(job && { isRefusedWhenFull: true }),
  };
  return {
    script,
    keys: [
      keys.letter + LETTER_JOBS,
      keys.shelves,
      keys.ledger,
      operationKey,
      keys.erasures,
      ...places.flatMap((place) => place.keys),
      ...(job?.add.keys ?? []),
    ],
    args: [
      JSON.stringify(facts),
      letters.length,
      what,
      options,
      ...letters.flatMap(({ text, entry }, number) => [
        ...(places[number]?.args ?? []),
        createHash('sha1').update(text).digest('hex'),
        ...(entry === undefined ? ['', '', ''] : entryArgs(entry)),
      ]),
    ],
  };
}

function entryArgs(entry: QueuedEvent): string[] {
  const { clientDedupeId } = entry.event;
  return [JSON.stringify(entry), clientDedupeId, indexDigestOf(clientDedupeId)];
}

export function readTaken(reply: unknown, letters: readonly FoundLetter[]): Taken {
  const [taken, isCancelled, ...changed] = Array.isArray(reply) ? reply.map(Number) : [];
  return {
    taken: taken ?? 0,
    isCancelled: isCancelled === 1,
    changed: changed.flatMap((place) => letters[place - 1] ?? []),
  };
}
