/**
 * The time by which the library judges the age of events: Redis's time. So a host with a wrong clock neither rejects
 * orders as too old nor takes current orders for future ones.
 *
 * The library keeps no timer in its caller's process: Redis is asked during calls. A call waits for the answer only if
 * none is known, the last one is old, or the host was suspended or its clock set since. If Redis does not answer in
 * time, the process's own clock is used; the write after it fails then as well.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { redisNowMs } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';

const ASKED_EVERY_MS = 5_000;
const GOOD_FOR_MS = 60_000;
const ANSWER_WITHIN_MS = 1_000;
/** The monotonic clock stops while a host is suspended. The time of day may be set. */
const MOST_APART_MS = 1_000;

interface Sample {
  readonly redisMs: number;
  /** When it was read, by performance.now(). */
  readonly atMs: number;
  /** When it was read, by the time of day. */
  readonly dateMs: number;
}

export class ProducerClock {
  readonly #connection: RedisConnection;
  readonly #key: string;
  #sample: Sample | undefined;
  #asking: Promise<void> | undefined;

  /** @param key selects the server that is asked */
  constructor(connection: RedisConnection, key: string) {
    this.#connection = connection;
    this.#key = key;
  }

  /** The request in flight. Calls that wait for it continue in the order in which they started to wait. */
  get asking(): Promise<void> | undefined {
    return this.#asking;
  }

  /** Asks Redis if it is time to. @returns what a call must await before it reads the time */
  refresh(): Promise<void> | undefined {
    const ageMs = this.#ageMs();
    if (ageMs > ASKED_EVERY_MS) {
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined;
      });
    }
    return ageMs > GOOD_FOR_MS ? this.#asking : undefined;
  }

  /** Epoch milliseconds. */
  nowMs(): number {
    const sample = this.#sample;
    return sample && this.#ageMs() <= 2 * GOOD_FOR_MS
      ? Math.round(sample.redisMs + performance.now() - sample.atMs)
      : Date.now();
  }

  #ageMs(): number {
    if (!this.#sample) return Number.POSITIVE_INFINITY;
    const ageMs = performance.now() - this.#sample.atMs;
    const apartMs = Math.abs(Date.now() - this.#sample.dateMs - ageMs);
    return apartMs > MOST_APART_MS ? Number.POSITIVE_INFINITY : ageMs;
  }

  async #ask(): Promise<void> {
    const startedAt = performance.now();
    const answered = new AbortController();
    const asked = redisNowMs(this.#connection, this.#key).finally(() => answered.abort());
    const tooLate = sleep(ANSWER_WITHIN_MS, undefined, { signal: answered.signal });
    try {
      const redisMs = await Promise.race([asked, tooLate]);
      const atMs = (startedAt + performance.now()) / 2;
      if (redisMs !== undefined) this.#sample = { redisMs, atMs, dateMs: Date.now() - (performance.now() - atMs) };
    } catch {
      // Redis is down or refuses: the write reports that.
    }
  }
}
