/**
 * Redis's clock: the one clock that all processes share. All times that processes compare are its times: a window, a lease, a
 * time of failure, the bounds of a replay, a retention.
 *
 * Promises: between two measurements the time advances by the process's monotonic clock. So changing a host's time of day changes
 * only the offset here. The error of a measurement is at most half its round trip.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../telemetry/log.js';
import type { RedisConnection } from './connect.js';
import { type RedisScript, runScript } from './script.js';

/** Lua: `now`, epoch milliseconds. Works on Redis 6.2 too, in scripts that write. */
export const TIME_LUA = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** KEYS[1] any key in the slot of the server to ask. Returns its time, epoch milliseconds. */
const NOW: RedisScript = { name: 'capiNow', lua: `${TIME_LUA}\nreturn now` };

/** In a Cluster each server has its own clock: the key selects the server. */
export async function redisNowMs(connection: RedisConnection, key: string): Promise<number> {
  return Number(await runScript(connection, { script: NOW, keys: [key], args: [] }));
}

const CLOCK_KEY = '{capi:clock}';
const MEASURE_EVERY_MS = 5_000;
const LOOK_EVERY_MS = 500;
/** Drift of monotonic clocks: a measurement gets less exact with time. */
const DRIFT = 1e-4;

/** From this offset on a wrong clock is reported. */
export const CLOCK_WARN_MS = 30_000;
/** From this offset on a worker takes no jobs: BullMQ compares delayed jobs with the process's clock. */
export const CLOCK_STOP_MS = 300_000;

export interface RedisClockOptions {
  readonly connection: RedisConnection;
  readonly log: Logger;
}

interface Sample {
  readonly redisMs: number;
  /** By performance.now(). */
  readonly atMs: number;
  readonly halfTripMs: number;
}

export class RedisClock {
  readonly #options: RedisClockOptions;
  readonly #stopping = new AbortController();
  #sample: Sample | undefined;
  #running: Promise<unknown> | undefined;
  #isTold = false;

  constructor(options: RedisClockOptions) {
    this.#options = options;
  }

  /** Measures from now on, and logs when the process's clock is wrong. */
  start(): void {
    this.#running ??= Promise.all([this.#keepMeasuring(), this.#keepLooking()]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Resolves after the first measurement. */
  async untilMeasured(): Promise<void> {
    while (!this.#sample && !this.#stopping.signal.aborted) {
      await this.measure().catch(() => this.#sleep(LOOK_EVERY_MS));
    }
  }

  /** Redis's time, epoch milliseconds; the process's own before the first measurement. */
  nowMs(): number {
    const sample = this.#sample;
    return sample ? Math.round(sample.redisMs + performance.now() - sample.atMs) : Date.now();
  }

  /** The process's clock minus Redis's; undefined before the first measurement. */
  get offsetMs(): number | undefined {
    return this.#sample && Date.now() - this.nowMs();
  }

  /** Whether the process's clock is so wrong that it must take no jobs. */
  get isFarOff(): boolean {
    return Math.abs(this.offsetMs ?? 0) > CLOCK_STOP_MS;
  }

  /**
   * When a job with this delay is due, for BullMQ: by the process's clock, which BullMQ uses. If that clock is so wrong that this
   * process takes no jobs, by Redis's clock.
   */
  dueMs(delayMs: number): number {
    return (this.isFarOff ? this.nowMs() : Date.now()) + delayMs;
  }

  /** @throws if Redis is unavailable */
  async measure(): Promise<void> {
    const startedAt = performance.now();
    const redisMs = await redisNowMs(this.#options.connection, CLOCK_KEY);
    const halfTripMs = (performance.now() - startedAt) / 2;
    this.#sample = better(this.#sample, { redisMs, atMs: startedAt + halfTripMs, halfTripMs });
  }

  async #keepMeasuring(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      // An unavailable Redis is reported elsewhere; the monotonic clock continues.
      await this.measure().catch(() => undefined);
      await this.#sleep(this.#sample ? MEASURE_EVERY_MS : LOOK_EVERY_MS);
    }
  }

  async #keepLooking(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#look();
      await this.#sleep(LOOK_EVERY_MS);
    }
  }

  #look(): void {
    const offsetMs = this.offsetMs ?? 0;
    const isOff = Math.abs(offsetMs) > CLOCK_WARN_MS;
    if (isOff === this.#isTold) return;
    this.#isTold = isOff;
    if (isOff) this.#options.log.warn('clock.off', { ms: offsetMs });
    else this.#options.log.info('clock.right', { ms: offsetMs });
  }

  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}

/** A slow answer is not exact: a known offset that is more exact and within the answer's error is kept. */
function better(known: Sample | undefined, fresh: Sample): Sample {
  if (!known) return fresh;
  const ageMs = fresh.atMs - known.atMs;
  const differenceMs = Math.abs(known.redisMs + ageMs - fresh.redisMs);
  const errorMs = known.halfTripMs + ageMs * DRIFT;
  return errorMs < fresh.halfTripMs && differenceMs <= errorMs + fresh.halfTripMs + 1 ? known : fresh;
}
