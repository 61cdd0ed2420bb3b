/**
 * The first step of a request: decides which events of a batch go, and claims their ids.
 *
 * Promise: the returned events are claimed by their own runs, under one claim, and the request has its place in the account's
 * rate. Every other event of the batch has left the plan with an outcome (duplicate, expired, claimed by another run) or waits in
 * it.
 */
import type { AccountKeys } from '../queue/queue.js';
import type { RedisClock } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import type { RedisTrouble } from '../redis/trouble.js';
import type { Logger } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { NEWER_LAYOUT } from '../window/claim-script.js';
import type { BatchEvent } from './batcher.js';
import { type ClaimResult, type ClaimSettings, type ClaimState, claimIds } from './claim.js';
import type { EventGroup } from './event-group.js';
import type { Flight } from './flight.js';
import type { Gate, GateRecord } from './gate.js';
import type { RequestPlan } from './request-plan.js';
import type { SettledEvent } from './settled-event.js';

/** How long an event waits before it asks again for an id that another run holds. */
const CLAIMED_AGAIN_MS = 1_000;
const HOUR_MS = 3_600_000;
const TOLD_EVERY_MS = 60_000;

/** Claimed events, and the state of the gate at the claim. */
export interface ClaimedGroup {
  readonly group: EventGroup;
  readonly gate: GateRecord | undefined;
}

export interface BatchClaimsOptions {
  readonly account: string;
  readonly connection: RedisConnection;
  readonly keys: AccountKeys;
  readonly gate: Gate;
  readonly claims: ClaimSettings;
  readonly maxEventAgeHours: number;
  readonly clock: RedisClock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly trouble: RedisTrouble;
}

export class BatchClaims {
  readonly #options: BatchClaimsOptions;
  #silentUntilMs = 0;

  constructor(options: BatchClaimsOptions) {
    this.#options = options;
  }

  /** @returns undefined if nothing can be sent now */
  async claim(flight: Flight): Promise<ClaimedGroup | undefined> {
    const { plan } = flight;
    const { fresh, ended } = this.#partFresh(plan.events);
    plan.drop(ended);
    if (fresh.length === 0) return undefined;
    const whole = await this.#claimEvents(flight, fresh, false);
    if (!whole || plan.events.length === 0) return undefined;
    const group = plan.next(whole.gate);
    if (group.events.length === plan.events.length) return { group, gate: whole.gate };
    // A claim is settled as one, so the events of the request need a claim of their own. The request has its place in the rate.
    const own = await this.#claimEvents(flight, group.events, true);
    if (!own || group.events.length === 0) return undefined;
    return { group, gate: own.gate };
  }

  /** @returns undefined if the gate is closed, or the rate is used up */
  async #claimEvents(
    { plan, turn }: Flight,
    events: readonly BatchEvent[],
    hasRate: boolean,
  ): Promise<{ gate: GateRecord | undefined } | undefined> {
    const { gate } = this.#options;
    const claims = await this.#askWindow(events, turn.probe, hasRate);
    if (claims.kind === 'closed') {
      gate.noteClosed(turn, claims.afterMs, claims.reason);
      if (claims.reason === NEWER_LAYOUT) this.#leaveToNewer(plan, claims.afterMs);
      return undefined;
    }
    const { delivered, busy } = takeClaims(events, claims);
    this.#count('delivered', delivered.length);
    this.#count('busy', busy.length);
    plan.drop([...delivered, ...busy]);
    if (delivered.length + busy.length < events.length) gate.notePassed(turn, claims.gate);
    return { gate: claims.gate };
  }

  /** The events are left to a worker of the newer version, or to this one after its update. */
  #leaveToNewer(plan: RequestPlan, afterMs: number): void {
    plan.giveBack(afterMs);
    const { log, account } = this.#options;
    if (performance.now() < this.#silentUntilMs) return;
    this.#silentUntilMs = performance.now() + TOLD_EVERY_MS;
    log.error('window.newer_layout', { account });
  }

  /** @param hasRate whether the request already has its place in the account's rate */
  async #askWindow(events: readonly BatchEvent[], probe: string, hasRate: boolean): Promise<ClaimResult> {
    const { connection, keys, claims, metrics, trouble } = this.#options;
    const startedAt = performance.now();
    const standing = { probe, hasRate };
    const result = await trouble.until('claim', () => claimIds(connection, keys, events, { ...claims, standing }));
    metrics.redisDuration.observe({ command: 'claim' }, (performance.now() - startedAt) / 1000);
    return result;
  }

  /**
   * Returns what is still to be sent. An event that is now too old for Amazon becomes a dead letter, because it would spoil a
   * batch. Events of a lost or abandoned run belong to another run; their followers are sent again.
   */
  #partFresh(events: readonly BatchEvent[]): { fresh: readonly BatchEvent[]; ended: SettledEvent[] } {
    const oldestMs = this.#options.clock.nowMs() - this.#options.maxEventAgeHours * HOUR_MS;
    const fresh: BatchEvent[] = [];
    const ended: SettledEvent[] = [];
    for (const event of events) {
      if (!event.run.isOurs) ended.push({ event, outcome: { kind: 'wait', reason: 'claimed', afterMs: 0 } });
      else if (event.held.timestampMs >= oldestMs) fresh.push(event);
      else ended.push({ event, outcome: { kind: 'dead', reason: 'expired', detail: {} } });
    }
    return { fresh, ended };
  }

  /** Counts the events of a request. */
  countSent(events: number): void {
    this.#count('claimed', events);
  }

  #count(result: ClaimState, count: number): void {
    const { account, metrics } = this.#options;
    if (count > 0) metrics.windowClaims.inc({ account, result }, count);
  }
}

/** Notes on each event which claim holds its id. @returns outcomes of the events that are not sent */
function takeClaims(
  events: readonly BatchEvent[],
  { states, numbers }: Extract<ClaimResult, { kind: 'claims' }>,
): { delivered: SettledEvent[]; busy: SettledEvent[] } {
  const delivered: SettledEvent[] = [];
  const busy: SettledEvent[] = [];
  events.forEach((event, index) => {
    const state = states[index];
    event.claim = state === 'claimed' ? numbers[index] : undefined;
    if (state === 'delivered') delivered.push({ event, outcome: { kind: 'duplicate' } });
    else if (state === 'uncounted') delivered.push({ event, outcome: { kind: 'delivered' } });
    else if (state !== 'claimed') {
      busy.push({ event, outcome: { kind: 'wait', reason: 'claimed', afterMs: CLAIMED_AGAIN_MS } });
    }
  });
  return { delivered, busy };
}
