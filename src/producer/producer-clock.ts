/**
 * The time that the library judges events by: Redis's, so that a host whose clock is wrong neither rejects orders as too old
 * nor takes those of now for the future's.
 *
 * The library keeps no timer in its caller's process: Redis is asked when somebody calls. A call waits for the answer only
 * where none is known, the last one is old, or the host was suspended or its clock set since. Where Redis does not answer in
 * time, the process's own clock has to do; the write after it fails then as well.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { redisNowMs } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';

const ASKED_EVERY_MS = 5_000;
const GOOD_FOR_MS = 60_000;
const ANSWER_WITHIN_MS = 1_000;
/** The monotonic clock stands still while a host is suspended; its time of day may be set. */
const MOST_APART_MS = 1_000;

interface Sample {
  readonly redisMs: number;
  /** When it was taken, by performance.now(). */
  readonly atMs: number;
  /** The same by the time of day. */
  readonly dateMs: number;
}

export class ProducerClock {
  readonly #connection: RedisConnection;
  readonly #key: string;
  #sample: Sample | undefined;
  #asking: Promise<void> | undefined;

  /** @param key whose server is asked */
  constructor(connection: RedisConnection, key: string) {
    this.#connection = connection;
    this.#key = key;
  }

  /** The question that is under way. Calls that wait for it go on in the order in which they began to. */
  get asking(): Promise<void> | undefined {
    return this.#asking;
  }

  /** Asks Redis where it is time to. @returns what a call has to wait for before it looks at the time */
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
      // Redis is away or refuses: what is said of that is said of the write.
    }
  }
}
