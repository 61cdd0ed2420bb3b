/**
 * Keeps the last tenth of Redis's memory free for settling and delivering: above that level the intake accepts nothing.
 *
 * Redis is asked at most once a second, and only when a caller needs to know.
 */
import type { RedisConnection } from '../redis/connect.js';
import { type RedisLoad, readRedisLoad } from '../redis/info.js';

/** Share of maxmemory. */
const TAKEN_UP_TO = 0.9;
const READ_AGAIN_MS = 1_000;
/** An older value is not used. */
const STALE_MS = 5_000;

/** Nothing was sent to Redis. */
export class NearlyFullError extends Error {
  readonly code = 'REDIS_NEARLY_FULL';
}

export class MemoryGuard {
  readonly #read: () => Promise<Pick<RedisLoad, 'memoryUsedBytes' | 'memoryMaxBytes'>>;
  #isNearlyFull = false;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(connection: RedisConnection, read = () => readRedisLoad(connection)) {
    this.#read = read;
  }

  /** Answers at once while the last value is fresh. If Redis does not tell, it counts as having room. */
  isNearlyFull(): boolean | Promise<boolean> {
    const age = performance.now() - this.#readAt;
    if (age < READ_AGAIN_MS) return this.#isNearlyFull;
    this.#reading ??= this.#look().finally(() => {
      this.#reading = undefined;
    });
    return age < STALE_MS ? this.#isNearlyFull : this.#reading.then(() => this.#isNearlyFull);
  }

  async #look(): Promise<void> {
    try {
      const { memoryUsedBytes, memoryMaxBytes } = await this.#read();
      this.#isNearlyFull = memoryMaxBytes > 0 && memoryUsedBytes > TAKEN_UP_TO * memoryMaxBytes;
    } catch {
      // The write that follows fails for the same reason and reports it.
      this.#isNearlyFull = false;
    }
    this.#readAt = performance.now();
  }
}
