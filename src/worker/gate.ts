/**
 * The gate of an account. It is closed while Amazon asks to wait (429), is not available (an outage), or refuses the account's
 * credentials, settings or content (a hold). It is stored in Redis, so that all workers and restarted ones share it. This is one
 * worker's view of it. Its states, and what the hash holds:
 *
 *   open       no hash
 *   counting   `refused` batches in a row, `until` 0: everything passes, a good answer deletes the hash
 *   closed     `until` is in the future, with `reason`, `tries` and `began`: nothing passes
 *   due        `until` is over: after a 429 everything passes; otherwise one claim passes and makes it
 *   probing    `probe` is set and `until` is the end of the probe's claim: only the probe passes
 *
 *   open | counting --a failure--> closed   due --claim--> probing
 *   probing --a good answer--> open   --a failure, `tries` + 1--> closed   --it sends nothing, or its worker is gone and the
 *   claim ends--> due
 *
 * `began` identifies an outage. A worker whose request failed in an earlier outage knows by it that another request succeeded
 * since. A closed gate spends no attempt and moves no job: batches wait in memory, and the worker takes no more jobs. This file
 * also decides which batch probes: a batch that never failed first, then the one whose last failure is the oldest.
 */
import type { HoldReason } from '../mapping/outcome.js';
import type { AccountKeys } from '../queue/queue.js';
import type { RedisConnection } from '../redis/connect.js';
import { runScript } from '../redis/script.js';
import { CLOSE_GATE, COUNT_REFUSED, OPEN_GATE, RELEASE_PROBE } from './gate-scripts.js';

export interface BackOff {
  readonly baseMs: number;
  readonly maxMs: number;
}

export type GateReason = HoldReason | 'throttled' | 'unavailable';

/** The gate as a claim found it. */
export interface GateRecord {
  /** Opens the gate after a good answer, if no other request has closed it again. */
  readonly until: string;
  /** A `GateReason`; empty while refused batches are counted. */
  readonly reason: string;
  readonly began: string;
  /** How often it has closed since it was last open. */
  readonly tries: number;
}

/** True if the claim that found this record may probe the gate. */
export function isProbed(record: GateRecord | undefined): record is GateRecord {
  return record !== undefined && record.reason !== '' && record.reason !== 'throttled';
}

/** A batch's place in the line at the gate. */
export interface Turn {
  readonly number: number;
  /** Batches with suspects only probe last: their failures say little about the account. */
  readonly isSuspect: boolean;
  /** When its last request failed, as an increasing number; 0 for never. */
  failed: number;
  /** The record under which this batch probes; empty if it does not. */
  probe: string;
  /** Only the account's rate delays a probe, not the gate. */
  notBeforeMs: number;
  /** The version of the gate's state that this batch saw when it passed, as an increasing number. */
  seen: number;
}

// Another worker may open the gate at any time, so no batch sleeps longer than this without asking again.
const LOOK_AGAIN_MS = 5_000;
/** Delay between the batches of one worker, so that their claims reach Redis in the order of the line. */
const STAGGER_MS = 10;
/** The batch that failed last waits this long, so that batches of other workers go first. */
const AFTER_OTHERS_MS = 500;

export class Gate {
  readonly #connection: RedisConnection;
  readonly #keys: AccountKeys;
  readonly #backOff: BackOff;
  readonly #stopping: AbortSignal;
  readonly #sleepers = new Set<() => void>();
  readonly #line = new Set<Turn>();
  #turns = 0;
  #failures = 0;
  #changes = 0;
  /** By performance.now(): the time of day may be changed while the gate is closed. */
  #closedUntilMs = 0;
  #isProbedNext = false;

  constructor(connection: RedisConnection, keys: AccountKeys, backOff: BackOff, stopping: AbortSignal) {
    this.#connection = connection;
    this.#keys = keys;
    this.#backOff = backOff;
    this.#stopping = stopping;
    stopping.addEventListener('abort', () => this.#wakeAll());
  }

  takeTurn(isSuspect = false): Turn {
    this.#turns += 1;
    return { number: this.#turns, isSuspect, failed: 0, probe: '', notBeforeMs: 0, seen: 0 };
  }

  /**
   * Waits while the gate is known to be closed.
   *
   * @returns false if the gate is closed and the worker stops
   */
  async pass(turn: Turn): Promise<boolean> {
    this.#line.add(turn);
    try {
      for (;;) {
        const waitMs = this.#dueMs(turn) - performance.now();
        if (waitMs <= 0) return true;
        if (this.#stopping.aborted) return false;
        const isWoken = await this.#sleep(Math.min(waitMs, LOOK_AGAIN_MS));
        if (!isWoken && waitMs > LOOK_AGAIN_MS) return true;
      }
    } finally {
      this.#line.delete(turn);
      turn.seen = this.#changes;
    }
  }

  /** A claim found the gate closed for this long. */
  noteClosed(turn: Turn, afterMs: number, reason: string): void {
    if (reason === 'rate' && turn.probe !== '') {
      turn.notBeforeMs = performance.now() + afterMs;
      return;
    }
    turn.probe = '';
    // During the claim another batch may have opened or closed the gate: that state is newer.
    if (turn.seen === this.#changes) this.#close(afterMs, reason !== 'rate' && reason !== 'throttled');
  }

  /** A claim passed the gate. */
  notePassed(turn: Turn, record: GateRecord | undefined): void {
    turn.probe = isProbed(record) ? record.until : '';
    if (!record && this.#closedUntilMs > 0) this.#open();
  }

  /** The request of this batch failed: other batches go first. */
  noteFailed(turn: Turn): void {
    this.#failures += 1;
    turn.failed = this.#failures;
  }

  /**
   * Closes the gate for all workers.
   *
   * @param afterMs Amazon's Retry-After; undefined to back off, longer each time in a row. An outage backs off with full
   *   jitter, and waits for the longer of the two.
   * @param detail a status or a code for `status`; never a message or a secret
   * @returns for how long it is closed, ms, since when, and how often it has closed
   */
  async close(
    reason: GateReason,
    afterMs: number | undefined,
    detail: string,
  ): Promise<{ afterMs: number; began: string; tries: number }> {
    const { baseMs, maxMs } = this.#backOff;
    const share = reason === 'unavailable' ? Math.random() : 1;
    const reply = await runScript(this.#connection, {
      script: CLOSE_GATE,
      keys: [this.#keys.gate],
      args: [reason, afterMs ?? 0, baseMs, maxMs, share, detail],
    });
    const [waitMs, began, tries] = Array.isArray(reply) ? reply : [];
    this.#close(Number(waitMs), reason !== 'throttled');
    return { afterMs: Number(waitMs), began: String(began), tries: Number(tries) };
  }

  /**
   * Counts a batch that was refused as a whole, over all workers. From `limit` in a row the account is held.
   *
   * @returns how many in a row, and for how long the account is held, ms; 0 if it is not
   */
  async countRefused(
    reason: 'forbidden' | 'rejected',
    limit: number,
    detail: string,
  ): Promise<{ refused: number; afterMs: number }> {
    const { baseMs, maxMs } = this.#backOff;
    const reply = await runScript(this.#connection, {
      script: COUNT_REFUSED,
      keys: [this.#keys.gate],
      args: [reason, limit, baseMs, maxMs, detail],
    });
    const [refused, afterMs] = Array.isArray(reply) ? reply.map(Number) : [];
    if (afterMs) this.#close(afterMs, true);
    return { refused: refused ?? 0, afterMs: afterMs ?? 0 };
  }

  /**
   * Opens the gate after an answer that is not a refusal, unless another request closed it again.
   *
   * @param keepsCount for an answer that delivers nothing: the number of refused batches stays as it is
   */
  async open(until: string, keepsCount = false): Promise<void> {
    const call = { script: OPEN_GATE, keys: [this.#keys.gate], args: [until, keepsCount ? 1 : 0] };
    if ((await runScript(this.#connection, call)) === 1) this.#open();
  }

  /** Gives up the probe of this batch, which will send nothing. */
  async release(turn: Turn): Promise<void> {
    if (turn.probe === '') return;
    await runScript(this.#connection, { script: RELEASE_PROBE, keys: [this.#keys.gate], args: [turn.probe] });
    turn.probe = '';
    this.#open();
  }

  #dueMs(turn: Turn): number {
    if (turn.probe !== '') return turn.notBeforeMs;
    if (!this.#isProbedNext) return this.#closedUntilMs;
    const before = [...this.#line].filter((other) => goesBefore(other, turn)).length;
    const isLast = turn.failed > 0 && turn.failed === this.#failures;
    return this.#closedUntilMs + before * STAGGER_MS + (isLast ? Math.min(AFTER_OTHERS_MS, this.#backOff.baseMs) : 0);
  }

  #close(afterMs: number, isProbedNext: boolean): void {
    this.#closedUntilMs = performance.now() + afterMs;
    this.#isProbedNext = isProbedNext;
    this.#changes += 1;
    this.#wakeAll();
  }

  #open(): void {
    this.#closedUntilMs = 0;
    this.#changes += 1;
    this.#wakeAll();
  }

  /** Sleeps until the time is over, the known state of the gate changes, or the worker stops. @returns whether it was woken */
  #sleep(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isWoken: boolean) => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve(isWoken);
      };
      const wake = () => end(true);
      const timer = setTimeout(() => end(false), ms);
      this.#sleepers.add(wake);
    });
  }

  #wakeAll(): void {
    for (const wake of this.#sleepers) wake();
  }
}

function goesBefore(one: Turn, other: Turn): boolean {
  if (one.isSuspect !== other.isSuspect) return other.isSuspect;
  return one.failed === other.failed ? one.number < other.number : one.failed < other.failed;
}
