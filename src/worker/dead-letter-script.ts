/**
 * Lua of a settling with dead letters: in one step it writes the letters, adds them to the shelves (the letters' indexes) and
 * settles.
 *
 * A run that lost its job writes no letters: the run that now has the job decides about its events, and the ledger counts only
 * that run's settling. So the script first checks that the run still holds the job. A letter's time of failure is Redis's time in
 * this step. So a replay that began earlier does not find the letter, and a worker's wrong clock cannot make it older.
 */
import { type AddJobCommand, ARGS_A_JOB, PART_LUA } from '../queue/bullmq-commands.js';
import { TIME_LUA } from '../redis/clock.js';
import type { RedisScript, ScriptCall } from '../redis/script.js';
import { ARGS_A_SETTLED_CLAIM, ARGS_A_SETTLED_JOB, ARGS_BEFORE_CLAIMS, SETTLE, STANDING_LUA } from './settle-script.js';

/** Arguments of the listing (INDEX): for each letter, before the shelves, and for each shelf. */
const ARGS_A_LISTING = 4;
const ARGS_BEFORE_SHELVES = 2;
const ARGS_A_SHELF = 4;

/**
 * KEYS: those of BullMQ's script, then those of the listing, then those of the settling
 * ARGV[1..3] number of keys of BullMQ's script, of keys of the listing, of arguments of the listing   ARGV[4] number of letters
 * then those of the listing, then for each letter: its key, the number of its job in the settling, BullMQ's arguments;
 * then those of the settling
 * Returns what the settling returns, or an error if a letter could not be written: its event then stays in the job.
 */
const deadLetterLua = (addLua: string, listLua: string): string => `
local function add(KEYS, ARGV)
${addLua}
end
local function list(KEYS, ARGV)
${listLua}
end
local function settle(KEYS, ARGV)
${SETTLE.lua}
end
${PART_LUA}
${TIME_LUA}
${STANDING_LUA}
local diedAt = string.format('%.0f', now)
local addKeyCount, listKeyCount, listCount, letters = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local argsALetter = ${2 + ARGS_A_JOB}
local addKeys = part(KEYS, 1, addKeyCount)
local listKeys, listArgs = part(KEYS, 1 + addKeyCount, listKeyCount), part(ARGV, 5, listCount)
local settleKeys = part(KEYS, 1 + addKeyCount + listKeyCount, #KEYS)
local settleAt = 5 + listCount + letters * argsALetter
local settleArgs = part(ARGV, settleAt, #ARGV - settleAt + 1)
-- Not where the settling arrives a second time: somebody may have taken the letter away since.
local function isToBury(job)
  local at = ${ARGS_BEFORE_CLAIMS + 1} + ${ARGS_A_SETTLED_CLAIM} * tonumber(settleArgs[6]) + ${ARGS_A_SETTLED_JOB} * (job - 1)
  return standingOf(settleKeys[2 + job], settleArgs[at], settleArgs[at + 1], settleArgs[at + 2]) == 'held'
end
local listHead = ${ARGS_BEFORE_SHELVES} + ${ARGS_A_SHELF} * tonumber(listArgs[2])
local written = part(listArgs, 1, listHead)
for l = 1, letters do
  local at = 5 + listCount + (l - 1) * argsALetter
  if isToBury(tonumber(ARGV[at + 1])) then
    local letter = part(ARGV, at + 2, ${ARGS_A_JOB})
    letter[2] = string.sub(letter[2], 1, -2) .. ',"diedAt":' .. diedAt .. '}'
    add(addKeys, letter)
    if redis.call('EXISTS', ARGV[at]) == 0 then return redis.error_reply('LETTERMISSING a dead letter was not written') end
    local listed = listHead + (l - 1) * ${ARGS_A_LISTING}
    written[#written + 1] = listArgs[listed + 1]
    written[#written + 1] = diedAt
    written[#written + 1] = listArgs[listed + 3]
    written[#written + 1] = listArgs[listed + 4]
  end
end
if #written > listHead then list(listKeys, written) end
return settle(settleKeys, settleArgs)`;

export interface WrittenLetter {
  readonly key: string;
  /** The number of its job in the settling, from 1. */
  readonly job: number;
  readonly add: AddJobCommand;
}

/** @param addLua BullMQ's script that adds the letters */
export function deadLetterCall(
  addLua: string,
  letters: readonly WrittenLetter[],
  listing: ScriptCall,
  settling: ScriptCall,
): ScriptCall {
  const keys = letters[0]?.add.keys ?? [];
  const script: RedisScript = { name: 'capiDeadLetter', lua: deadLetterLua(addLua, listing.script.lua) };
  return {
    script,
    keys: [...keys, ...listing.keys, ...settling.keys],
    args: [
      keys.length,
      listing.keys.length,
      listing.args.length,
      letters.length,
      ...listing.args,
      ...letters.flatMap(({ key, job, add }) => [key, job, ...add.args]),
      ...settling.args,
    ],
  };
}
