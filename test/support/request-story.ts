/** A batch of which one request after another is made, and what becomes of them. */
import type { BatchEvent } from '../../src/worker/batcher.js';
import type { GateRecord } from '../../src/worker/gate.js';
import { type EventGroup, RequestPlan } from '../../src/worker/request-plan.js';

/** An Amazon that is away from time to time, and the account's gate: one batch, and others that get through between. */
export class Story {
  readonly plan: RequestPlan;
  readonly sent: string[][] = [];
  #outages = 0;
  #tries = 0;
  gate: GateRecord | undefined;

  constructor(events: readonly BatchEvent[]) {
    this.plan = new RequestPlan(events);
  }

  next(): EventGroup {
    const group = this.plan.next(this.gate);
    this.sent.push(idsOf(group));
    return group;
  }

  fail(group = this.next()): EventGroup {
    if (!this.gate) {
      this.#outages += 1;
      this.#tries = 0;
    }
    this.#tries += 1;
    this.gate = { until: '1', reason: 'unavailable', began: String(this.#outages), tries: this.#tries };
    this.plan.failed(group, this.gate);
    return group;
  }

  deliver(group = this.next()): EventGroup {
    this.plan.answered(group, deliveredAll(group));
    this.gate = undefined;
    return group;
  }

  /** Another batch probes. */
  otherFails(): void {
    this.#tries += 1;
    if (this.gate) this.gate = { ...this.gate, tries: this.#tries };
  }

  otherSucceeds(): void {
    this.gate = undefined;
  }

  get lastSent(): string[] {
    return this.sent.at(-1) ?? [];
  }
}

export function idsOf({ events }: Pick<EventGroup, 'events'>): string[] {
  return events.map(({ held }) => held.clientDedupeId);
}

export function deliveredAll({ events }: EventGroup) {
  return events.map((event) => ({ event, outcome: { kind: 'delivered' as const } }));
}
