/**
 * The audit: the ledger against the events that really lie in the queue's jobs, counted in one atomic step.
 *
 * Promise: a difference that it finds is one, however busy the queue is: nothing moves while the script runs. It holds
 * Redis for some milliseconds at most: a queue with more jobs or bytes than the bounds below is not counted, and says
 * so. At a million queued jobs it costs what five LLEN cost.
 */

import type { RedisConnection } from '../redis/connect.js';
import { type RedisScript, runScripts } from '../redis/script.js';
import { COUNT_LUA } from './job.js';
import { CONVERSIONS_QUEUE, keysOf, prefixOf } from './queue.js';

const MOST_JOBS = 1_000;
/** Some four thousand events as our producers write them: counted in about 5 ms. */
const MOST_BYTES = 2_000_000;

/**
 * KEYS[1] ledger   KEYS[2] prefix of the queue's keys
 * ARGV[1] most jobs   ARGV[2] most bytes of data
 * Returns {0} where the queue is longer than that, or a job of it was written by an earlier version; else {1, accepted - ended - queued}.
 *
 * A job that the ledger has seen was written by us and says how many events it holds. Jobs of others are accepted and queued
 * by lying there: they cancel out.
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
 * @returns for each account events accepted less events ended less events queued: 0 where nothing was lost and nothing came from nowhere;
 *   undefined where the queue is too long to be counted in one step
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
