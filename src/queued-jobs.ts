/**
 * The jobs that lie in an account's queue, read in chunks: memory stays flat but for their ids.
 */
import { CONVERSIONS_QUEUE, prefixOf } from './queue.js';
import type { RedisConnection } from './redis.js';

const JOBS_PER_READ = 100;

export interface QueuedJob {
  readonly id: string;
  /** As it lies in Redis. */
  readonly data: string;
}

/**
 * Jobs of every state that are there when it begins, of one moment: read list by list, a job that moves from one to another
 * might be in neither. One that is done meanwhile is missing.
 */
export async function* readQueuedJobs(account: string, connection: RedisConnection): AsyncGenerator<QueuedJob[]> {
  const queue = `${prefixOf(account)}:${CONVERSIONS_QUEUE}`;
  const transaction = connection.multi();
  for (const list of ['wait', 'active']) transaction.lrange(`${queue}:${list}`, 0, -1);
  for (const set of ['delayed', 'prioritized', 'failed']) transaction.zrange(`${queue}:${set}`, '0', '-1');
  const all = ((await transaction.exec()) ?? []).flatMap(([error, list]) => {
    if (error) throw error;
    return Array.isArray(list) ? list.map(String) : [];
  });
  // BullMQ's markers lie among the ids.
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
