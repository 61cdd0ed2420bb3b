/**
 * The batcher: gathers events into batches and closes one on count, bytes, linger or drain, whichever is first.
 *
 * An id that is in the open batch already is not sent twice: the later event follows the first and shares its fate.
 * It holds no more than one open batch; closed ones are handed on at once.
 */

import type { ClosedBy } from '../telemetry/metric-labels.js';
import type { HeldEvent } from './held-event.js';
import type { JobRun } from './job-run.js';

/** An event on its way, with the run it belongs to and its form on the wire. */
export interface BatchEvent {
  readonly held: HeldEvent;
  readonly run: JobRun;
  /** The event's place in its run. */
  readonly place: number;
  /** JSON text on the wire. */
  readonly encoded: string;
  readonly bytes: number;
  /** See window.ts. */
  readonly digest: string;
  /** Events of the same batch with the same id: not sent, they follow this one's outcome. */
  followers: readonly BatchEvent[];
  /** The number of the claim that holds its id for this event; undefined while none does. */
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
  readonly #onClose: (batch: Batch) => void;
  #leaders = new Map<string, BatchEvent>();
  #bytes: number;
  #openedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #isDraining = false;

  constructor(limits: BatchLimits, onClose: (batch: Batch) => void) {
    this.#limits = limits;
    this.#onClose = onClose;
    this.#bytes = limits.emptyBodyBytes;
  }

  add(events: Iterable<BatchEvent>): void {
    for (const event of events) this.#addOne(event);
    if (this.#isDraining) this.#close('drain');
  }

  /** Closes what is open, and from now on whatever comes, at once. */
  drain(): void {
    this.#isDraining = true;
    this.#close('drain');
  }

  #addOne(event: BatchEvent): void {
    const id = event.held.clientDedupeId;
    const leader = this.#leaders.get(id);
    if (leader) {
      leader.followers = [...leader.followers, event, ...event.followers];
      return;
    }
    // The comma between two events is a byte as well.
    const added = event.bytes + (this.#leaders.size > 0 ? 1 : 0);
    if (this.#leaders.size > 0 && this.#bytes + added > this.#limits.maxBytes) this.#close('bytes');
    if (this.#leaders.size === 0) this.#open();
    else this.#bytes += 1;
    this.#bytes += event.bytes;
    this.#leaders.set(id, event);
    if (this.#leaders.size >= this.#limits.maxEvents) this.#close('count');
  }

  #open(): void {
    this.#openedAt = performance.now();
    this.#timer = setTimeout(() => this.#close('linger'), this.#limits.lingerMs);
  }

  #close(closedBy: ClosedBy): void {
    clearTimeout(this.#timer);
    if (this.#leaders.size === 0) return;
    const batch: Batch = {
      events: [...this.#leaders.values()],
      bytes: this.#bytes,
      closedBy,
      lingerMs: performance.now() - this.#openedAt,
    };
    this.#leaders = new Map();
    this.#bytes = this.#limits.emptyBodyBytes;
    this.#onClose(batch);
  }
}
