/**
 * The audit compares the ledger with the events that are really in the queue's jobs, counted in one atomic step.
 *
 * Promise: a difference that it finds is real, even on a busy queue, because nothing moves while the script runs. It blocks Redis
 * for at most some milliseconds: a queue with more jobs or bytes than the bounds below is not counted and is reported as such.
 * With a million queued jobs the script costs as much as five LLEN.
 */

import type { RedisConnection } from '../redis/connect.js';
import { type RedisScript, runScripts } from '../redis/script.js';
import { COUNT_LUA } from './job.js';
import { CONVERSIONS_QUEUE, keysOf, prefixOf } from './queue.js';

const MOST_JOBS = 1_000;
/** About 4,000 events as our producers write them: counted in about 5 ms. */
const MOST_BYTES = 2_000_000;

/**
 * KEYS[1] ledger   KEYS[2] prefix of the queue's keys
 * ARGV[1] most jobs   ARGV[2] most bytes of data
 * Returns {0} if the queue is longer than that, or if an earlier version wrote a job of it; else {1, accepted - ended - queued}.
 *
 * A job that the ledger has counted was written by us and says how many events it holds. Events in jobs of others count as
 * accepted and as queued while they are in the queue: they cancel out.
 */
const AUDIT: RedisScript = {
  name: 'capiAudit',
  lua: `
${COUNT_LUA}
local lists, sets = {'wait', 'active'}, {'delayed', 'prioritized', 'failed'}
local jobs = 0
for _, name in ipairs(lists) do jobs = jobs + redis.call('LLEN', KEYS[2] .. name) end
for _, name in ipairs(sets) do jobs = jobs + redis.call('ZCARD', KEYS[2] .. name) end
if jobs > tonumber(ARGV[1]) then return {0} end
local bytes, queued = tonumber(ARGV[2]), 0
local function count(id)
  local data = redis.call('HGET', KEYS[2] .. id, 'data')
  if not data then return true end
  bytes = bytes - #data
  if bytes < 0 then return false end
  local ofJob = countOf(data)
  if not ofJob then return false end
  queued = queued + ofJob
  return true
end
for _, name in ipairs(lists) do
  for _, id in ipairs(redis.call('LRANGE', KEYS[2] .. name, 0, -1)) do if not count(id) then return {0} end end
end
for _, name in ipairs(sets) do
  for _, id in ipairs(redis.call('ZRANGE', KEYS[2] .. name, 0, -1)) do if not count(id) then return {0} end end
end
local ledger = redis.call('HMGET', KEYS[1], 'enqueued', 'replayed', 'delivered', 'duplicate', 'dead_lettered', 'erased')
for i = 1, 6 do ledger[i] = tonumber(ledger[i] or 0) end
return {1, ledger[1] + ledger[2] - ledger[3] - ledger[4] - ledger[5] - ledger[6] - queued}`,
};

/**
 * @returns for each account accepted events minus ended events minus queued events: 0 if none was lost or double-counted;
 *   undefined if the queue is too long to be counted in one step
 */
export async function auditAccounts(
  accounts: readonly string[],
  connection: RedisConnection,
): Promise<(number | undefined)[]> {
  const replies = await runScripts(
    connection,
    accounts.map((account) => ({
      script: AUDIT,
      keys: [keysOf(account).ledger, `${prefixOf(account)}:${CONVERSIONS_QUEUE}:`],
      args: [MOST_JOBS, MOST_BYTES],
    })),
  );
  return replies.map((reply) => {
    const [isCounted, difference] = Array.isArray(reply) ? reply.map(Number) : [];
    return isCounted === 1 ? difference : undefined;
  });
}
