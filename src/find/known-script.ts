/**
 * Reads everything that Redis knows of some ids at one moment: window, queue, dead letters and the account's gate.
 *
 * The index of ids is a hint (queue/id-index.ts): a job or a letter counts only if its text contains the id.
 */

import { INDEX_DIGEST_CHARS, indexDigestOf } from '../queue/id-index.js';
import { idText } from '../queue/job.js';
import { CONVERSIONS_QUEUE, keysOf, prefixOf } from '../queue/queue.js';
import type { RedisConnection } from '../redis/connect.js';
import { type RedisScript, runScript } from '../redis/script.js';
import { digestOf, joinDigests } from '../window/layout.js';
import { MARK_LUA } from '../window/look-script.js';
import { type Receipt, readReceipt } from '../window/receipts.js';

/** A score of BullMQ's delayed set is a time and a 12-bit number. */
const DELAYED_SCALE = 0x1000;

/**
 * KEYS[1] window prefix   KEYS[2] prefix of the index of queued ids   KEYS[3] of that of dead letters   KEYS[4] jobs' prefix
 * KEYS[5] letters' prefix   KEYS[6] BullMQ's delayed set   KEYS[7] gate
 * ARGV[1] 1 to return jobs and letters with their data   ARGV[2] window digests in a row   ARGV[3] index digests in a row
 * ARGV[4..] for each id its text in jobs and letters
 * Returns {now, gate's until, its reason, 1 if it is probed, then for each known id: {its place, mark, until, receipt or owner,
 * {job, when it is due or '', data, job, …}, {letter, data, letter, …}}}.
 */
const LOOK: RedisScript = {
  name: 'capiLookUpIds',
  lua: `
local prefix = KEYS[1]
${MARK_LUA}
local isWhole = ARGV[1] == '1'
-- Each of these names whose text holds the id, with the text.
local function holders(names, keyPrefix, needle)
  local found, seen = {}, {}
  for name in string.gmatch(names or '', '%S+') do
    local data = not seen[name] and redis.call('HGET', keyPrefix .. name, 'data')
    seen[name] = true
    if data and string.find(data, needle, 1, true) then found[#found + 1] = {name, isWhole and data or ''} end
  end
  return found
end
local ids, fields, queued = #ARGV - 3, {}, {}
for place = 1, ids do fields[place] = string.sub(ARGV[3], (place - 1) * ${INDEX_DIGEST_CHARS} + 4, place * ${INDEX_DIGEST_CHARS}) end
for _, hash in ipairs(redis.call('ZRANGE', KEYS[2] .. 'groups', 0, -1)) do
  for place, names in ipairs(redis.call('HMGET', KEYS[2] .. hash, unpack(fields))) do
    if names then queued[place] = (queued[place] or '') .. ' ' .. names end
  end
end
local gate = redis.call('HMGET', KEYS[7], 'until', 'reason', 'probe')
local known = {now, gate[1] or '', gate[2] or '', gate[3] or ''}
for place = 1, ids do
  local needle, bucket = ARGV[3 + place], string.sub(ARGV[3], (place - 1) * ${INDEX_DIGEST_CHARS} + 1, (place - 1) * ${INDEX_DIGEST_CHARS} + 3)
  local mark, ends, detail = markOf(string.sub(ARGV[2], place * 13 - 12, place * 13))
  local jobs, letters = {}, {}
  for _, job in ipairs(holders(queued[place], KEYS[4], needle)) do
    local score = redis.call('ZSCORE', KEYS[6], job[1])
    jobs[#jobs + 1] = job[1]
    jobs[#jobs + 1] = score and textOf(math.floor(tonumber(score) / ${DELAYED_SCALE})) or ''
    jobs[#jobs + 1] = job[2]
  end
  for _, letter in ipairs(holders(redis.call('HGET', KEYS[3] .. bucket, fields[place]), KEYS[5], needle)) do
    letters[#letters + 1] = letter[1]
    letters[#letters + 1] = letter[2]
  end
  if mark ~= '' or #jobs > 0 or #letters > 0 then known[#known + 1] = {place, mark, ends, detail, jobs, letters} end
end
return known`,
};

export type Mark =
  | { readonly kind: 'delivered'; readonly untilMs: number; readonly receipt: Receipt | undefined }
  | { readonly kind: 'claimed'; readonly untilMs: number; readonly owner: string };

interface QueuedText {
  readonly jobId: string;
  /** When the job is due again; undefined if it only waits for its turn. */
  readonly dueMs: number | undefined;
  /** '' if not requested. */
  readonly data: string;
}

export interface KnownId {
  readonly id: string;
  readonly mark: Mark | undefined;
  readonly jobs: readonly QueuedText[];
  readonly letters: readonly { readonly id: string; readonly data: string }[];
}

/** Why and until when the account takes no requests. */
export interface ClosedGate {
  readonly untilMs: number;
  readonly reason: string;
}

export interface Known {
  /** By Redis's clock. */
  readonly nowMs: number;
  /** Undefined while requests may be sent. */
  readonly gate: ClosedGate | undefined;
  /** The known ids, in the order of the request. */
  readonly ids: readonly KnownId[];
}

/** @param isWhole whether to return jobs and letters with their data */
export async function lookUpIds(
  connection: RedisConnection,
  account: string,
  ids: readonly string[],
  isWhole: boolean,
): Promise<Known> {
  const keys = keysOf(account);
  const delayed = `${prefixOf(account)}:${CONVERSIONS_QUEUE}:delayed`;
  const reply = await runScript(connection, {
    script: LOOK,
    keys: [keys.window, keys.queuedIds, keys.letterIds, keys.job, keys.letter, delayed, keys.gate],
    args: [isWhole ? 1 : 0, joinDigests(ids.map(digestOf)), ids.map(indexDigestOf).join(''), ...ids.map(idText)],
  });
  const [now, until, reason, probe, ...found] = reply as [number, string, string, string, ...FoundReply[]];
  const isClosed = Number(until) > now && probe === '';
  return {
    nowMs: now,
    gate: isClosed ? { untilMs: Number(until), reason } : undefined,
    ids: found.map((one) => readKnown(ids[one[0] - 1] ?? '', one)),
  };
}

type FoundReply = readonly [
  place: number,
  mark: string,
  until: string,
  detail: string,
  jobs: readonly string[],
  letters: readonly string[],
];

function readKnown(id: string, [, mark, until, detail, jobs, letters]: FoundReply): KnownId {
  const inGroups = (all: readonly string[], size: number) =>
    Array.from({ length: all.length / size }, (_, place) => all.slice(place * size, (place + 1) * size));
  return {
    id,
    mark: readMark(mark, Number(until), detail),
    jobs: inGroups(jobs, 3).map(([jobId = '', due = '', data = '']) => ({
      jobId,
      dueMs: due === '' ? undefined : Number(due),
      data,
    })),
    letters: inGroups(letters, 2).map(([letterId = '', data = '']) => ({ id: letterId, data })),
  };
}

function readMark(letter: string, untilMs: number, detail: string): Mark | undefined {
  if (letter === 'd') return { kind: 'delivered', untilMs, receipt: readReceipt(detail) };
  return letter === 'c' ? { kind: 'claimed', untilMs, owner: detail } : undefined;
}
