/** A batch with its requests one after the other, and their outcomes. */
import type { BatchEvent } from '../../src/worker/batcher.js';
import type { EventGroup } from '../../src/worker/event-group.js';
import type { GateRecord } from '../../src/worker/gate.js';
import { deadAll, RequestPlan } from '../../src/worker/request-plan.js';

/**
 * An Amazon that is down from time to time, and the account's gate: one batch, and others that pass between its
 * requests.
 */
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

/** Several batches before one gate, and an Amazon that fails each request with certain events. Suspects end when they fail. */
export class World {
  readonly plans: readonly RequestPlan[];
  readonly #isBad: (id: string) => boolean;
  #gate: GateRecord | undefined;
  #outages = 0;

  constructor(batches: readonly (readonly BatchEvent[])[], isBad: (id: string) => boolean) {
    this.plans = batches.map((events) => new RequestPlan(events));
    this.#isBad = isBad;
  }

  /** At most this many requests, of one batch after the other. */
  run(requests: number): void {
    for (let request = 0; request < requests; request += 1) {
      const plan = this.plans[request % this.plans.length];
      if (plan && plan.events.length > 0) this.#request(plan);
    }
  }

  #request(plan: RequestPlan): void {
    const group = plan.next(this.#gate);
    if (!idsOf(group).some(this.#isBad)) {
      this.#gate = undefined;
      return plan.answered(group, deliveredAll(group));
    }
    if (group.isSuspect) return plan.answered(group, deadAll(group.events, 'attempts_exhausted', {}));
    this.#outages += this.#gate ? 0 : 1;
    const tries = (this.#gate?.tries ?? 0) + 1;
    this.#gate = { until: '1', reason: 'unavailable', began: String(this.#outages), tries };
    plan.failed(group, this.#gate);
  }
}

export function idsOf({ events }: Pick<EventGroup, 'events'>): string[] {
  return events.map(({ held }) => held.clientDedupeId);
}

export function deliveredAll({ events }: EventGroup) {
  return events.map((event) => ({ event, outcome: { kind: 'delivered' as const } }));
}
