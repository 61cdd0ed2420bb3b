/**
 * Writes events of one account to its queue: packed into jobs, in one transaction with the ledger.
 */
import type { Queue } from 'bullmq';
import {
  addJobs,
  CONVERSIONS_QUEUE,
  type ConversionJob,
  countInLedger,
  JOB_VERSION,
  openQueue,
  type QueuedEvent,
} from '../queue.js';
import type { RedisConnection } from '../redis.js';
import { GroupCommit } from './group-commit.js';
import { untilReady } from './until-ready.js';

/** Jobs that one transaction carries at most: it holds Redis for a few milliseconds. */
const JOBS_PER_WRITE = 50;

export class EventWriter {
  readonly #queue: Queue;
  readonly #connection: RedisConnection;
  readonly #account: string;
  readonly #eventsPerJob: number;
  readonly #commits: GroupCommit<QueuedEvent>;

  constructor(account: string, connection: RedisConnection, eventsPerJob: number) {
    this.#account = account;
    this.#connection = connection;
    this.#eventsPerJob = eventsPerJob;
    this.#queue = openQueue(account, CONVERSIONS_QUEUE, connection);
    this.#commits = new GroupCommit((events) => this.#write(events), eventsPerJob * JOBS_PER_WRITE);
  }

  /**
   * Resolves when the events are in Redis.
   *
   * @throws Redis's error where it is away or full; none of the events of this call is acknowledged then
   */
  async write(events: readonly QueuedEvent[]): Promise<void> {
    const most = this.#eventsPerJob * JOBS_PER_WRITE;
    if (events.length <= most) return this.#commits.add(events);
    for (let start = 0; start < events.length; start += most)
      await this.#commits.add(events.slice(start, start + most));
  }

  /** Waits for writes under way; the connection stays its owner's. */
  async close(): Promise<void> {
    await this.#commits.idle();
    await this.#queue.close();
  }

  async #write(events: readonly QueuedEvent[]): Promise<void> {
    const jobs: { data: ConversionJob }[] = [];
    for (let start = 0; start < events.length; start += this.#eventsPerJob) {
      const part = events.slice(start, start + this.#eventsPerJob);
      jobs.push({ data: { v: JOB_VERSION, isCounted: true, events: part } });
    }
    await untilReady(this.#connection);
    await addJobs(this.#queue, jobs, [countInLedger(this.#account, { enqueued: events.length })]);
  }
}
