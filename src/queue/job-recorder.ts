/**
 * Adds jobs to one of an account's queues: records BullMQ's commands for our scripts (bullmq-commands.ts).
 *
 * A BullMQ queue asks for Redis's version when it is opened, and never again. If Redis fails during that, the queue would refuse
 * every event until the process ends. So another one is opened in its place.
 */
import type { Queue } from 'bullmq';
import type { RedisConnection } from '../redis/connect.js';
import { openRecorder, type Recorder } from './bullmq-commands.js';
import { openQueue } from './queue.js';

export class JobRecorder {
  readonly #account: string;
  readonly #name: string;
  readonly #connection: RedisConnection;
  #queue: Queue;
  #record: Recorder | undefined;

  /** @param name the queue's */
  constructor(account: string, name: string, connection: RedisConnection) {
    this.#account = account;
    this.#name = name;
    this.#connection = connection;
    this.#queue = openQueue(account, name, connection);
  }

  /** @throws if Redis is unavailable; works again when Redis is back */
  async open(): Promise<Recorder> {
    const queue = this.#queue;
    try {
      return (this.#record ??= await openRecorder(queue));
    } catch (error) {
      if (queue === this.#queue) {
        this.#queue = openQueue(this.#account, this.#name, this.#connection);
        await queue.close();
      }
      throw error;
    }
  }

  /** Does not close the connection: it belongs to the caller. */
  close(): Promise<void> {
    return this.#queue.close();
  }
}
