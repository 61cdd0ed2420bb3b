/**
 * Rival *naive*: a stock BullMQ Worker, one event a job, one request an event.
 *
 * Tuned: keep-alive with a connection for each active job, and a concurrency of 100. Of 10, 50, 100, 200 and 400, 50 to
 * 200 are equal and the others slower. No deduplication: it does less than required.
 */
import { Worker } from 'bullmq';
import { readConfig, serveTasks } from '../child.js';
import { openPost, type RivalConfig } from './post.js';
import { connectStock, STOCK_QUEUE } from './stock-queue.js';

const CONCURRENCY = 100;

const { redisUrl, sinkUrl } = readConfig() as RivalConfig;
const post = openPost(sinkUrl, CONCURRENCY);

const worker = new Worker(
  STOCK_QUEUE,
  async (job) => {
    const answer = await post(JSON.stringify({ eventData: [job.data] }));
    if (answer.success.length !== 1) throw new Error('refused');
  },
  { connection: connectStock(redisUrl), concurrency: CONCURRENCY },
);
await worker.waitUntilReady();
serveTasks({});
