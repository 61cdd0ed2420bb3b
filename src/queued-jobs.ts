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

/** Jobs of every state; one that is added or done meanwhile may be missing. With work going on it is of no single moment. */
export async function* readQueuedJobs(account: string, connection: RedisConnection): AsyncGenerator<QueuedJob[]> {
  const queue = `${prefixOf(account)}:${CONVERSIONS_QUEUE}`;
  const [waiting, active, ...sorted] = await Promise.all([
    connection.lrange(`${queue}:wait`, 0, -1),
    connection.lrange(`${queue}:active`, 0, -1),
    ...['delayed', 'prioritized', 'failed'].map((state) => connection.zrange(`${queue}:${state}`, '0', '-1')),
  ]);
  // BullMQ's markers lie among the ids.
  const ids = [...new Set([...waiting, ...active, ...sorted.flat()])].filter((id) => !id.startsWith('0:'));
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
