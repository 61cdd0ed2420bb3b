/**
 * The gate of an account: closed while Amazon asks to wait (429) or refuses the credentials or settings (a hold).
 *
 * It lives in Redis, so that all workers stand before the same gate; this is one worker's view of it. A closed gate
 * costs no attempt and moves no job: batches wait in memory, and with them the worker stops taking jobs.
 * A hold ends by itself: when its time is over one batch goes through as a probe, and an answer that is no refusal
 * opens the gate for all.
 */
import type { HoldReason } from '../mapping/outcome.js';
import type { AccountKeys } from '../queue.js';
import type { RedisConnection } from '../redis.js';
import { runScript } from '../redis-script.js';
import { CLOSE_GATE, OPEN_GATE } from './gate-scripts.js';

export interface BackOff {
  readonly baseMs: number;
  readonly maxMs: number;
}

// Another worker may open the gate at any time, so nobody sleeps longer than this on what it once heard.
const LOOK_AGAIN_MS = 5_000;

export class Gate {
  readonly #connection: RedisConnection;
  readonly #keys: AccountKeys;
  readonly #backOff: BackOff;
  readonly #stopping: AbortSignal;
  readonly #sleepers = new Set<() => void>();
  /** By performance.now(): the time of day may be set while the gate is closed. */
  #closedUntilMs = 0;

  constructor(connection: RedisConnection, keys: AccountKeys, backOff: BackOff, stopping: AbortSignal) {
    this.#connection = connection;
    this.#keys = keys;
    this.#backOff = backOff;
    this.#stopping = stopping;
    stopping.addEventListener('abort', () => this.#wakeAll());
  }

  /**
   * Waits while the gate is known to be closed.
   *
   * @returns false where the gate is closed and the worker stops
   */
  async pass(): Promise<boolean> {
    for (;;) {
      const waitMs = Math.min(this.#closedUntilMs - performance.now(), LOOK_AGAIN_MS);
      if (waitMs <= 0) return true;
      if (this.#stopping.aborted) return false;
      await this.#sleep(waitMs);
      if (waitMs === LOOK_AGAIN_MS) this.#closedUntilMs = 0;
    }
  }

  /** What a claim found: closed for this long. */
  noteClosed(afterMs: number): void {
    this.#closedUntilMs = performance.now() + afterMs;
  }

  /**
   * Closes the gate for all workers.
   *
   * @param afterMs Amazon's Retry-After; undefined to back off, longer each time in a row
   * @param detail a status or an OAuth code for `status`; never a message or a secret
   * @returns for how long it is closed, ms
   */
  async close(reason: HoldReason | 'throttled', afterMs: number | undefined, detail: string): Promise<number> {
    const { baseMs, maxMs } = this.#backOff;
    const reply = await runScript(this.#connection, {
      script: CLOSE_GATE,
      keys: [this.#keys.gate],
      args: [reason, afterMs ?? -1, baseMs, maxMs, detail],
    });
    const waitMs = Number(reply);
    this.noteClosed(waitMs);
    return waitMs;
  }

  /** Opens the gate after an answer that is no refusal, unless it was closed anew meanwhile. */
  async open(record: string): Promise<void> {
    const call = { script: OPEN_GATE, keys: [this.#keys.gate], args: [record] };
    if ((await runScript(this.#connection, call)) !== 1) return;
    this.#closedUntilMs = 0;
    this.#wakeAll();
  }

  /** Sleeps until the time is over, the gate is opened here, or the worker stops. */
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#sleepers.add(wake);
    });
  }

  #wakeAll(): void {
    for (const wake of this.#sleepers) wake();
  }
}
