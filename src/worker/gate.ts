/**
 * The gate of an account: closed while Amazon asks to wait (429), is away (an outage), or refuses the account's
 * credentials, settings or content (a hold). It lies in Redis, so that all workers stand before the same gate and a
 * worker that starts anew stands before it too; this is one worker's view of it. Its states, and what the hash holds:
 *
 *   open       no hash
 *   counting   `refused` batches in a row, `until` 0: everything passes, a good answer deletes the hash
 *   closed     `until` is in the future, with `reason`, `tries` and `began`: nothing passes
 *   due        `until` is over: after a 429 everything passes, else one claim, which makes it
 *   probing    `probe` is set and `until` is the end of the probe's claim: nothing passes but the probe itself
 *
 *   open | counting --a failure--> closed   due --claim--> probing
 *   probing --a good answer--> open   --a failure, `tries` + 1--> closed   --it sends nothing, or its worker is gone and the claim ends--> due
 *
 * `began` tells one outage from the next: a worker whose request failed in an outage that is over knows that another
 * request got through. A closed gate costs no attempt and moves no job: batches wait in memory, and with them the worker
 * stops taking jobs. Which of them probes is settled here: the one whose probe is the longest ago, never-tried ones first.
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
  /** What opens it after a good answer, if no other request has closed it anew. */
  readonly until: string;
  /** A `GateReason`; empty while refused batches are counted. */
  readonly reason: string;
  readonly began: string;
  /** How often it has closed since it was last open. */
  readonly tries: number;
}

/** True where the claim that found this record is the one that may try whether the gate can be opened. */
export function isProbed(record: GateRecord | undefined): record is GateRecord {
  return record !== undefined && record.reason !== '' && record.reason !== 'throttled';
}

/** A batch's place in the line before the gate. */
export interface Turn {
  readonly number: number;
  /** Batches of suspects alone probe last: their failures say little. */
  readonly isSuspect: boolean;
  /** When its last request failed, as a number that grows; 0 for never. */
  failed: number;
  /** The record under which this batch probes; empty where it does not. */
  probe: string;
  /** A probe is not kept back by the gate, only by the account's rate. */
  notBeforeMs: number;
  /** What was known of the gate when this batch passed it, as a number that grows. */
  seen: number;
}

// Another worker may open the gate at any time, so nobody sleeps longer than this on what it once heard.
const LOOK_AGAIN_MS = 5_000;
/** Between the batches of one worker, so that their claims reach Redis in the order of the line. */
const STAGGER_MS = 10;
/** What failed last lets the batches of other workers go first for this long. */
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
  /** By performance.now(): the time of day may be set while the gate is closed. */
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
   * @returns false where the gate is closed and the worker stops
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

  /** What a claim found: closed for this long. */
  noteClosed(turn: Turn, afterMs: number, reason: string): void {
    if (reason === 'rate' && turn.probe !== '') {
      turn.notBeforeMs = performance.now() + afterMs;
      return;
    }
    turn.probe = '';
    // While the claim was on its way the gate may have been opened or closed by another batch: that is newer.
    if (turn.seen === this.#changes) this.#close(afterMs, reason !== 'rate' && reason !== 'throttled');
  }

  /** What a claim found: the way is free. */
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
   * @returns for how long it is closed, ms, and how often it has closed since when
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
   * Counts a batch that was refused as a whole, over all workers; from `limit` in a row on the account is held.
   *
   * @returns how many in a row, and for how long the account is held, ms; 0 for not
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
   * Opens the gate after an answer that is no refusal, unless it was closed anew meanwhile.
   *
   * @param keepsCount an answer that delivers nothing leaves the number of refused batches as it is
   */
  async open(until: string, keepsCount = false): Promise<void> {
    const call = { script: OPEN_GATE, keys: [this.#keys.gate], args: [until, keepsCount ? 1 : 0] };
    if ((await runScript(this.#connection, call)) === 1) this.#open();
  }

  /** Gives up the probe of this batch: it will send nothing. */
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

  /** Sleeps until the time is over, what is known of the gate changes, or the worker stops. @returns whether it was woken */
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
