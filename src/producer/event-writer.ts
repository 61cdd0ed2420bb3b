/**
 * Writes events of one account to its queue: packed into jobs, in one transaction with the ledger.
 */
import type { Queue } from 'bullmq';
import { CONVERSIONS_QUEUE, openQueue, type QueuedEvent } from '../queue.js';
import type { RedisConnection } from '../redis.js';
import { type Tracing, traced } from '../tracing/tracing.js';
import { EnqueueScript } from './enqueue-script.js';
import { GroupCommit } from './group-commit.js';
import { packJobs } from './pack-jobs.js';
import { untilReady } from './until-ready.js';

/** Jobs that one transaction carries at most: it holds Redis for a few milliseconds. */
const JOBS_PER_WRITE = 50;

export class EventWriter {
  readonly #queue: Queue;
  readonly #connection: RedisConnection;
  readonly #account: string;
  readonly #eventsPerJob: number;
  readonly #commits: GroupCommit<QueuedEvent>;
  readonly #tracing: Tracing | undefined;
  #script: EnqueueScript | undefined;

  constructor(account: string, connection: RedisConnection, eventsPerJob: number, tracing?: Tracing) {
    this.#account = account;
    this.#connection = connection;
    this.#eventsPerJob = eventsPerJob;
    this.#tracing = tracing;
    this.#queue = openQueue(account, CONVERSIONS_QUEUE, connection);
    this.#commits = new GroupCommit((events) => this.#write(events), eventsPerJob * JOBS_PER_WRITE);
  }

  /**
   * Resolves when the events are in Redis.
   *
   * @throws Redis's error where it is away or full; none of the events of this call is acknowledged then
   */
  async write(events: readonly QueuedEvent[]): Promise<void> {
    this.#tracing?.keep(events);
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
    const attributes = { 'capi.account': this.#account, 'capi.events': events.length };
    const span = { name: `add ${CONVERSIONS_QUEUE}`, kind: 'producer', attributes, causes: () => events } as const;
    await traced(this.#tracing, span, (open) => this.#add(events, open?.metadata));
  }

  /** @param trace what the jobs are part of */
  async #add(events: readonly QueuedEvent[], trace: string | undefined): Promise<void> {
    const texts = packJobs(events, this.#eventsPerJob);
    if (this.#connection.status !== 'ready') await untilReady(this.#connection);
    this.#script ??= await EnqueueScript.open(this.#account, this.#queue, this.#connection);
    await this.#script.run({ texts, eventCount: events.length, trace });
  }
}
