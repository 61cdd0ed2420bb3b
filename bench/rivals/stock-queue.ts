/**
 * BullMQ as usually configured: one event a job, completed jobs removed. Everything else has its default, which is
 * BullMQ's own choice for speed.
 */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

export const STOCK_QUEUE = 'stock-conversions';

/** BullMQ requires that a worker's connection retries for ever. */
export function connectStock(redisUrl: string): Redis {
  return new Redis(redisUrl, { maxRetriesPerRequest: null });
}

export function openStockQueue(connection: Redis): Queue {
  return new Queue(STOCK_QUEUE, { connection, defaultJobOptions: { removeOnComplete: true } });
}
