/**
 * The batcher: gathers events into batches and closes a batch on count, bytes, linger or drain, whichever comes first.
 *
 * PURE. It holds at most one open batch, and returns the batches that it closed. An id is sent once a batch: a later event with
 * the same id follows the first and shares its outcome.
 */

import type { HeldEvent } from '../queue/held-event.js';
import type { ClosedBy } from '../telemetry/metric-labels.js';
import type { JobRun } from './job-run.js';

/** Between two events of a body. */
const COMMA_BYTES = 1;

/** An event on its way, with its run and its form on the wire. */
export interface BatchEvent {
  readonly held: HeldEvent;
  readonly run: JobRun;
  /** The event's place in its run. */
  readonly place: number;
  /** JSON text on the wire. */
  readonly encoded: string;
  readonly bytes: number;
  /** See window/layout.ts. */
  readonly digest: string;
  /** Events of the same batch with the same id. They are not sent and share this event's outcome. */
  followers: readonly BatchEvent[];
  /** The number of the claim that holds the id for this event; undefined if none does. */
  claim: string | undefined;
}

export interface Batch {
  readonly events: readonly BatchEvent[];
  /** Bytes of the request's body. */
  readonly bytes: number;
  readonly closedBy: ClosedBy;
  readonly lingerMs: number;
}

export interface BatchLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
  readonly lingerMs: number;
  /** Bytes of a body without events. */
  readonly emptyBodyBytes: number;
}

export class Batcher {
  readonly #limits: BatchLimits;
  #leaders = new Map<string, BatchEvent>();
  #bytes: number;
  #openedAtMs = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
    this.#bytes = limits.emptyBodyBytes;
  }

  /** When the open batch has lingered long enough; undefined if none is open. */
  get dueMs(): number | undefined {
    return this.#leaders.size === 0 ? undefined : this.#openedAtMs + this.#limits.lingerMs;
  }

  /**
   * @param nowMs by a monotonic clock
   * @returns the batches that the events filled
   */
  add(events: Iterable<BatchEvent>, nowMs: number): Batch[] {
    const closed: Batch[] = [];
    for (const event of events) {
      const leader = this.#leaders.get(event.held.clientDedupeId);
      if (leader) {
        leader.followers = [...leader.followers, event, ...event.followers];
        continue;
      }
      // An event that exceeds the limit by itself is sent alone.
      if (!this.#hasRoomFor(event)) closed.push(...this.close('bytes', nowMs));
      this.#put(event, nowMs);
      if (this.#leaders.size >= this.#limits.maxEvents) closed.push(...this.close('count', nowMs));
    }
    return closed;
  }

  /** @returns the open batch; an empty list if no events are gathered */
  close(closedBy: ClosedBy, nowMs: number): Batch[] {
    if (this.#leaders.size === 0) return [];
    const events = [...this.#leaders.values()];
    const batch: Batch = { events, bytes: this.#bytes, closedBy, lingerMs: nowMs - this.#openedAtMs };
    this.#leaders = new Map();
    this.#bytes = this.#limits.emptyBodyBytes;
    return [batch];
  }

  #hasRoomFor({ bytes }: BatchEvent): boolean {
    return this.#bytes + COMMA_BYTES + bytes <= this.#limits.maxBytes;
  }

  #put(event: BatchEvent, nowMs: number): void {
    if (this.#leaders.size === 0) this.#openedAtMs = nowMs;
    else this.#bytes += COMMA_BYTES;
    this.#bytes += event.bytes;
    this.#leaders.set(event.held.clientDedupeId, event);
  }
}
