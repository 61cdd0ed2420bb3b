/**
 * Outgoing batches: gathers events, closes batches, and delivers several at a time, the oldest first.
 *
 * Promise: when `deliverBatch` of a batch has ended, even by an error, each of its events has its outcome or its run is given up.
 */
import type { Logger } from '../telemetry/log.js';
import { type Tracing, traced } from '../telemetry/tracing/tracing.js';
import { type Batch, type BatchEvent, Batcher, type BatchLimits } from './batcher.js';
import type { Delivery } from './deliver.js';
import { eventsOf, runsOf } from './followers.js';

export interface OutgoingBatchesOptions {
  readonly account: string;
  readonly limits: BatchLimits;
  /** Batches that are delivered at a time. */
  readonly inFlightMax: number;
  /** Prefix of the ids of batches, unique to this worker. */
  readonly tag: string;
  readonly delivery: Pick<Delivery, 'deliverBatch'>;
  readonly log: Logger;
  readonly tracing?: Tracing | undefined;
}

export class OutgoingBatches {
  readonly #options: OutgoingBatchesOptions;
  readonly #batcher: Batcher;
  readonly #waiting: Batch[] = [];
  #inFlight = 0;
  #begun = 0;
  #linger: NodeJS.Timeout | undefined;
  #lingerDueMs: number | undefined;
  #isDraining = false;

  constructor(options: OutgoingBatchesOptions) {
    this.#options = options;
    this.#batcher = new Batcher(options.limits);
  }

  add(events: Iterable<BatchEvent>): void {
    const nowMs = performance.now();
    this.#send(this.#batcher.add(events, nowMs));
    if (this.#isDraining) this.drain();
  }

  /** Sends the gathered events, and from now on every new one, at once. */
  drain(): void {
    this.#isDraining = true;
    this.#send(this.#batcher.close('drain', performance.now()));
  }

  #send(closed: readonly Batch[]): void {
    this.#waiting.push(...closed);
    this.#setLinger();
    this.#deliverWaiting();
  }

  /** The open batch closes by itself when its first event has waited long enough. */
  #setLinger(): void {
    const { dueMs } = this.#batcher;
    if (dueMs === this.#lingerDueMs) return;
    this.#lingerDueMs = dueMs;
    clearTimeout(this.#linger);
    if (dueMs === undefined) return;
    const close = () => this.#send(this.#batcher.close('linger', performance.now()));
    this.#linger = setTimeout(close, Math.max(0, dueMs - performance.now()));
  }

  #deliverWaiting(): void {
    while (this.#inFlight < this.#options.inFlightMax) {
      const batch = this.#waiting.shift();
      if (!batch) return;
      this.#inFlight += 1;
      this.#begun += 1;
      void this.#deliver(batch, `${this.#options.tag}-${this.#begun}`);
    }
  }

  async #deliver(batch: Batch, batchId: string): Promise<void> {
    try {
      await this.#traced(batch, batchId, () => this.#options.delivery.deliverBatch(batch, batchId));
      for (const { run, place } of eventsOf(batch)) {
        if (run.isOpen(place)) throw new Error(`job ${run.jobId}: an event of a delivered batch has no outcome`);
      }
    } catch (err) {
      this.#options.log.error('batch.fault', { account: this.#options.account, batchId, err });
      giveUp(batch);
    } finally {
      this.#inFlight -= 1;
      this.#deliverWaiting();
    }
  }

  #traced(batch: Batch, batchId: string, deliver: () => Promise<void>): Promise<void> {
    const attributes = {
      'capi.account': this.#options.account,
      'capi.batch.id': batchId,
      'capi.batch.closed_by': batch.closedBy,
      'capi.events': batch.events.length,
    };
    const span = { name: 'deliver batch', kind: 'internal', attributes, causes: () => runsOf(batch) } as const;
    return traced(this.#options.tracing, span, deliver);
  }
}

/** If the delivery of a batch breaks off, its events stay in their jobs as the last settling left them. */
function giveUp(batch: Batch): void {
  for (const { run, place } of eventsOf(batch)) {
    if (run.isOpen(place)) {
      run.abandon();
      run.drop(place);
    }
    run.finishIfSettled();
  }
}
