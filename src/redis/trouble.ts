/**
 * Waits through trouble with Redis: it is reachable but refuses (full, read-only, without replicas or disk, loading), or the
 * connection breaks.
 *
 * Each account's worker has one, so all its steps wait by the same rule. The log gets a line when the trouble begins, when the
 * reason changes, once a minute while it lasts, and when it is over, for any number of steps.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../telemetry/log.js';
import { refusalCode, refusalText } from '../telemetry/redis-error.js';

/** The step's name for errors of the connection itself. */
export const CONNECTION_STEP = 'connection';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
const SAID_AGAIN_MS = 60_000;

const REFUSED = { began: 'redis.refused', over: 'redis.accepts' };

interface TroubleLabels {
  readonly account?: string;
  /** Replaces the step. */
  readonly reason?: string;
}

export interface RedisTroubleOptions {
  readonly log: Logger;
  readonly labels?: TroubleLabels;
  /** Names of its log lines. */
  readonly events?: { readonly began: string; readonly over: string };
  /** The connection of the steps: once it is closed for good, no step is tried again. */
  readonly connection?: { readonly status: string };
}

export class RedisTrouble {
  readonly #log: Logger;
  readonly #labels: TroubleLabels;
  readonly #events: { readonly began: string; readonly over: string };
  readonly #connection: { readonly status: string } | undefined;
  /** Steps that are tried until they succeed. */
  readonly #tried = new Set<string>();
  /** Whether a step failed that is not repeated until it succeeds: such trouble is over as soon as any step succeeds. */
  #isNoted = false;
  /** When each code was last logged. */
  readonly #saidAt = new Map<string, number>();
  #startedAt = 0;
  #failures = 0;

  constructor({ log, labels = {}, events = REFUSED, connection }: RedisTroubleOptions) {
    this.#log = log;
    this.#labels = labels;
    this.#events = events;
    this.#connection = connection;
  }

  /**
   * Repeats a step until Redis does it.
   *
   * @param step name of the step, for the log
   * @param stop if it aborts, the step is given up with its last error
   * @throws only at a stop, or if the connection was closed for good
   */
  async until<T>(step: string, call: () => Promise<T>, stop?: AbortSignal): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        const result = await call();
        this.noteSuccess(step);
        return result;
      } catch (error) {
        if (this.#isClosed || stop?.aborted) throw error;
        const wait = this.waitAfter(step, error, tries, stop);
        this.#tried.add(step);
        await wait;
      }
    }
  }

  /** Notes a failure and waits before the next try; a stop ends the wait. */
  async waitAfter(step: string, error: unknown, tries: number, stop?: AbortSignal): Promise<void> {
    const waitMs = waitMsAfter(tries);
    this.noteFailure(step, error, waitMs);
    await sleep(waitMs, undefined, stop && { signal: stop }).catch(() => undefined);
  }

  noteFailure(step: string, error: unknown, afterMs?: number): void {
    const now = performance.now();
    if (!this.#isFailing) this.#startedAt = now;
    this.#isNoted = true;
    this.#failures += 1;
    const code = refusalCode(error);
    const saidAt = this.#saidAt.get(code);
    if (saidAt !== undefined && now - saidAt < SAID_AGAIN_MS) return;
    this.#saidAt.set(code, now);
    const redisMessage = refusalText(error);
    this.#log.error(this.#events.began, {
      reason: step,
      ...this.#labels,
      code,
      ...(redisMessage !== undefined && { redisMessage }),
      ...(afterMs !== undefined && { afterMs }),
      count: this.#failures,
      ms: Math.round(now - this.#startedAt),
      err: error,
    });
  }

  /**
   * By the connection's own status: "Connection is closed" is also the error of a Cluster node that has left, or of a master that
   * it was about to reach when a Sentinel named another.
   */
  get #isClosed(): boolean {
    return this.#connection?.status === 'end';
  }

  get #isFailing(): boolean {
    return this.#isNoted || this.#tried.size > 0;
  }

  noteSuccess(step: string): void {
    if (!this.#isFailing) return;
    this.#isNoted = false;
    this.#tried.delete(step);
    if (this.#isFailing) return;
    const ms = Math.round(performance.now() - this.#startedAt);
    this.#log.info(this.#events.over, { reason: step, ...this.#labels, count: this.#failures, ms });
    this.#saidAt.clear();
    this.#failures = 0;
  }
}

/**
 * Exponential, with half of it at random: workers that were refused together do not retry together.
 *
 * @param tries number of failures so far, from 1
 * @param random between 0 and 1
 */
export function waitMsAfter(tries: number, random: number = Math.random()): number {
  const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries - 1, 30));
  return Math.round(ceiling / 2 + (random * ceiling) / 2);
}
