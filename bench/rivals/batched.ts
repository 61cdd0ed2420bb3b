/**
 * Rival *batched*: a stock BullMQ Worker, one event a job, batches of 500 in the process, `SET NX` for each id.
 *
 * Tuned: enough active jobs for four full batches in flight and a fifth being gathered; `SET NX` on a separate
 * connection with ioredis's automatic pipelining, which halves its cost (on BullMQ's own connection it makes the worker
 * slower); a second of linger like ours. It does less than required: an id is marked before delivery, so a failure
 * between the two loses the event.
 */
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { readConfig, serveTasks } from '../child.js';
import { openPost, type RivalConfig } from './post.js';
import { connectStock, STOCK_QUEUE } from './stock-queue.js';

const BATCH_EVENTS = 500;
const BATCHES_IN_FLIGHT = 4;
const LINGER_MS = 1000;
const WINDOW_MS = 48 * 3_600_000;

interface Waiting {
  readonly event: unknown;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const { redisUrl, sinkUrl } = readConfig() as RivalConfig;
const post = openPost(sinkUrl, BATCHES_IN_FLIGHT);
const ids = new Redis(redisUrl, { enableAutoPipelining: true });
let open: Waiting[] = [];
let timer: NodeJS.Timeout | undefined;

function close(): void {
  clearTimeout(timer);
  timer = undefined;
  const batch = open;
  open = [];
  if (batch.length > 0) void deliver(batch);
}

async function deliver(batch: readonly Waiting[]): Promise<void> {
  try {
    const answer = await post(JSON.stringify({ eventData: batch.map(({ event }) => event) }));
    for (const { index } of answer.success) batch[index - 1]?.resolve();
    for (const { index } of answer.error) batch[index - 1]?.reject(new Error('refused'));
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}

const worker = new Worker(
  STOCK_QUEUE,
  async (job) => {
    const isNew = await ids.set(`sent:${job.data.clientDedupeId}`, '', 'PX', WINDOW_MS, 'NX');
    if (isNew !== 'OK') return;
    await new Promise<void>((resolve, reject) => {
      open.push({ event: job.data, resolve, reject });
      if (open.length >= BATCH_EVENTS) close();
      else timer ??= setTimeout(close, LINGER_MS);
    });
  },
  { connection: connectStock(redisUrl), concurrency: BATCH_EVENTS * (BATCHES_IN_FLIGHT + 1) },
);
await worker.waitUntilReady();
serveTasks({});
