/** The jobs in an account's queue, read in chunks: apart from their ids, memory does not grow with the queue. */

import type { RedisConnection } from '../redis/connect.js';
import { type RedisScript, runScript } from '../redis/script.js';
import { CONVERSIONS_QUEUE, prefixOf } from './queue.js';

/**
 * KEYS: lists, then sorted sets. ARGV: number of lists. Returns the items of all of them.
 * A script and not a transaction: a full Redis refuses to queue commands for a transaction, even those that only read.
 */
const LIST_JOBS: RedisScript = {
  name: 'capiListJobs',
  lua: `
local ids = {}
for place, key in ipairs(KEYS) do
  local isList = place <= tonumber(ARGV[1])
  for _, id in ipairs(redis.call(isList and 'LRANGE' or 'ZRANGE', key, 0, -1)) do ids[#ids + 1] = id end
end
return ids`,
};
const LISTS = ['wait', 'active'];
const SORTED_SETS = ['delayed', 'prioritized', 'failed'];

const JOBS_PER_READ = 100;

export interface QueuedJob {
  readonly id: string;
  /** As stored in Redis. */
  readonly data: string;
}

/**
 * Jobs of every state at one moment, when it begins: if it read list by list, it could miss a job that moves between lists. A job
 * that ends before it is read is left out.
 */
export async function* readQueuedJobs(account: string, connection: RedisConnection): AsyncGenerator<QueuedJob[]> {
  const queue = `${prefixOf(account)}:${CONVERSIONS_QUEUE}`;
  const keys = [...LISTS, ...SORTED_SETS].map((name) => `${queue}:${name}`);
  const listed = await runScript(connection, { script: LIST_JOBS, keys, args: [LISTS.length] });
  const all = Array.isArray(listed) ? listed.map(String) : [];
  // BullMQ's markers are among the ids.
  const ids = [...new Set(all)].filter((id) => !id.startsWith('0:'));
  for (let start = 0; start < ids.length; start += JOBS_PER_READ) {
    const chunk = ids.slice(start, start + JOBS_PER_READ);
    const pipeline = connection.pipeline();
    for (const id of chunk) pipeline.hget(`${queue}:${id}`, 'data');
    const replies = (await pipeline.exec()) ?? [];
    yield chunk.flatMap((id, place) => {
      const data = replies[place]?.[1];
      return typeof data === 'string' ? [{ id, data }] : [];
    });
  }
}
