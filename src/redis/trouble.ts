/**
 * Riding out a Redis that is there and refuses (full, read-only, without replicas or disk, loading), or breaks off.
 *
 * One for each account's worker: all of its steps wait by the same rule, and the log hears a line when it begins, when the
 * reason changes, once a minute while it lasts, and when it is over, however many steps are tried meanwhile.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../telemetry/log.js';
import { refusalCode, refusalText } from '../telemetry/redis-error.js';

/** What a connection says of itself. */
export const CONNECTION_STEP = 'connection';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
const SAID_AGAIN_MS = 60_000;

const REFUSED = { began: 'redis.refused', over: 'redis.accepts' };

interface TroubleLabels {
  readonly account?: string;
  /** In the place of the step. */
  readonly reason?: string;
}

export interface RedisTroubleParts {
  readonly log: Logger;
  readonly labels?: TroubleLabels;
  /** What its lines are called. */
  readonly events?: { readonly began: string; readonly over: string };
  /** The one that steps go out on: once it is closed for good none is tried again. */
  readonly connection?: { readonly status: string };
}

export class RedisTrouble {
  readonly #log: Logger;
  readonly #labels: TroubleLabels;
  readonly #events: { readonly began: string; readonly over: string };
  readonly #connection: { readonly status: string } | undefined;
  /** Steps that are tried until they go well. */
  readonly #tried = new Set<string>();
  /** Whether anything failed that nobody tries until it goes well: over as soon as anything does. */
  #isNoted = false;
  /** When each code was last said. */
  readonly #saidAt = new Map<string, number>();
  #startedAt = 0;
  #failures = 0;

  constructor({ log, labels = {}, events = REFUSED, connection }: RedisTroubleParts) {
    this.#log = log;
    this.#labels = labels;
    this.#events = events;
    this.#connection = connection;
  }

  /**
   * Tries a step until Redis does it.
   *
   * @param step what is tried, for the log
   * @param stop where it aborts, the step is given up with its last error
   * @throws only at a stop, or where the connection was closed for good
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

  /** Notes a failure and waits as long as is right before the next try; a stop ends the wait. */
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
   * By the connection's own word: "Connection is closed" is also what one says of a node of a Cluster that has left, or of a
   * master that it was about to reach when a Sentinel named another.
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
 * Exponential, with half of it at random: workers that were refused together do not come back together.
 *
 * @param tries how often it has failed, from 1
 * @param random between 0 and 1
 */
export function waitMsAfter(tries: number, random: number = Math.random()): number {
  const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries - 1, 30));
  return Math.round(ceiling / 2 + (random * ceiling) / 2);
}
