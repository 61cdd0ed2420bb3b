/**
 * Delivering a batch: pass the gate, claim, authorize, send (send.ts), interpret, settle (settle.ts), until each of its
 * events has an outcome.
 *
 * Promise: every event of the batch gets exactly one outcome and is settled, whatever Amazon answers. A closed gate
 * (gate.ts) makes a batch wait here, without an attempt spent, until it opens or the worker stops. Which of the batch's
 * events go in the next request is the plan's to say (request-plan.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Verdict } from '../amazon/answer.js';
import type { TokenSource } from '../amazon/token.js';
import type { AnswerDetail, HoldReason } from '../mapping/outcome.js';
import type { RedisClock } from '../redis/clock.js';
import type { RedisTrouble } from '../redis/trouble.js';
import type { Account } from '../settings/accounts.js';
import type { Logger } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { backOffMs } from './back-off.js';
import type { Batch, BatchEvent } from './batcher.js';
import type { ClaimResult, ClaimStanding, ClaimState } from './claim.js';
import { type BackOff, type Gate, type GateReason, type GateRecord, isProbed, type Turn } from './gate.js';
import { itemOutcomes, spentBy, suspectOutcomes } from './outcomes.js';
import { deadAll, type EventGroup, RequestPlan } from './request-plan.js';
import type { BatchName, Sender } from './send.js';
import type { SettledEvent } from './settled-event.js';

/** An event asks again after this long for an id that another run holds. */
const CLAIMED_AGAIN_MS = 1_000;
const HOUR_MS = 3_600_000;

interface DeliverySettings {
  readonly maxEventAgeHours: number;
  readonly maxAttempts: number;
  readonly refusedBatchesBeforeHold: number;
  readonly backOff: BackOff;
}

export interface DeliveryParts {
  readonly account: Account;
  readonly sender: Sender;
  readonly tokens: TokenSource;
  readonly gate: Gate;
  readonly claim: (events: readonly BatchEvent[], standing: ClaimStanding) => Promise<ClaimResult>;
  readonly settle: (settled: readonly SettledEvent[]) => Promise<void>;
  readonly settings: DeliverySettings;
  readonly clock: RedisClock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly trouble: RedisTrouble;
  readonly stopping: AbortSignal;
}

/** A batch on its way: what a step leaves for the next one. */
interface Flight {
  readonly plan: RequestPlan;
  readonly turn: Turn;
  readonly name: BatchName;
  hasBeenTried: boolean;
  /** A token was refused, and the same events go once more with a new one. */
  isRefusedOnce: boolean;
  failedRefreshes: number;
}

/** Events that are claimed, and the gate as it was then. */
interface Claimed {
  readonly group: EventGroup;
  readonly gate: GateRecord | undefined;
}

export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #labels: { readonly account: string };

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.#labels = { account: parts.account.name };
  }

  /** Resolves when every event of the batch is settled. */
  async deliverBatch(batch: Batch, batchId: string): Promise<void> {
    const { gate, settle, stopping } = this.#parts;
    this.#observe(batch);
    const plan = new RequestPlan(batch.events);
    const flight: Flight = {
      plan,
      turn: gate.takeTurn(plan.hasOnlySuspects),
      name: { batchId, closedBy: batch.closedBy },
      hasBeenTried: false,
      isRefusedOnce: false,
      failedRefreshes: 0,
    };
    while (plan.events.length > 0) {
      // A batch that was gathered is sent once more at a stop; what is left of one that was sent goes back.
      const isCutShort = stopping.aborted && flight.hasBeenTried;
      if (isCutShort || !(await gate.pass(flight.turn))) plan.giveBack();
      else await this.#request(flight);
      const settled = plan.takeSettled();
      if (settled.length > 0) await settle(settled);
    }
    await this.#parts.trouble.until('gate', () => gate.release(flight.turn));
    if (!plan.isDone) throw new Error('an event of the batch has no outcome');
  }

  /** One request, where nothing stands against it. */
  async #request(flight: Flight): Promise<void> {
    const claimed = await this.#claim(flight);
    if (!claimed) return;
    const token = await this.#authorize(flight);
    if (token === undefined) return;
    flight.hasBeenTried = true;
    this.#countClaims('claimed', claimed.group.events.length);
    const verdict = await this.#parts.sender.send(claimed.group.events, token, flight.name);
    if (verdict.kind === 'unauthorized' && !flight.isRefusedOnce) {
      // Once more, by way of the gate and the rate: with what another batch or one refresh brings.
      this.#parts.tokens.drop(token);
      flight.isRefusedOnce = true;
      return;
    }
    // Refused with a fresh token: it must not be taken for a good one by whoever comes next.
    if (verdict.kind === 'unauthorized') this.#parts.tokens.drop(token);
    flight.isRefusedOnce = false;
    await this.#interpret(flight, claimed, verdict);
  }

  /** @returns undefined where nothing can be sent now */
  async #claim(flight: Flight): Promise<Claimed | undefined> {
    const { plan } = flight;
    const { fresh, ended } = this.#partFresh(plan.events);
    plan.drop(ended);
    if (fresh.length === 0) return undefined;
    const whole = await this.#claimEvents(flight, fresh, false);
    if (!whole || plan.events.length === 0) return undefined;
    const group = plan.next(whole.gate);
    if (group.events.length === plan.events.length) return { group, gate: whole.gate };
    // A claim is settled as one: what is sent must be under a claim of its own. The request has its place in the rate.
    const own = await this.#claimEvents(flight, group.events, true);
    if (!own || group.events.length === 0) return undefined;
    return { group, gate: own.gate };
  }

  /** @returns undefined where the gate is closed, or the rate is used up */
  async #claimEvents(
    { plan, turn }: Flight,
    events: readonly BatchEvent[],
    hasRate: boolean,
  ): Promise<{ gate: GateRecord | undefined } | undefined> {
    const { gate, claim } = this.#parts;
    const claims = await claim(events, { probe: turn.probe, hasRate });
    if (claims.kind === 'closed') {
      gate.noteClosed(turn, claims.afterMs, claims.reason);
      return undefined;
    }
    const { duplicates, busy } = takeClaims(events, claims);
    this.#countClaims('delivered', duplicates.length);
    this.#countClaims('busy', busy.length);
    plan.drop([...duplicates, ...busy]);
    if (duplicates.length + busy.length < events.length) gate.notePassed(turn, claims.gate);
    return { gate: claims.gate };
  }

  /** @returns undefined where there is no token, or where it took so long that the gate has to be asked again */
  async #authorize(flight: Flight): Promise<string | undefined> {
    const { tokens, settings, stopping, log, account } = this.#parts;
    const known = tokens.cached;
    if (known !== undefined) return known;
    const token = await tokens.get();
    if (token.kind === 'refused') {
      const { afterMs } = await this.#close(flight, 'credentials_refused', undefined, token.code);
      log.error('account.held', { account: account.name, reason: 'credentials_refused', code: token.code, afterMs });
    } else if (token.kind === 'failed') {
      flight.failedRefreshes += 1;
      // What waits for a token may wait for long: at a stop it goes back.
      flight.hasBeenTried = true;
      const afterMs = backOffMs(flight.failedRefreshes, settings.backOff);
      await sleep(afterMs, undefined, { signal: stopping }).catch(() => undefined);
    }
    return undefined;
  }

  async #interpret(flight: Flight, { group, gate }: Claimed, verdict: Verdict): Promise<void> {
    const { plan } = flight;
    const { settings } = this.#parts;
    switch (verdict.kind) {
      case 'items':
        plan.answered(group, itemOutcomes(group.events, verdict.items, settings.maxAttempts));
        return this.#open(flight, gate);
      case 'unavailable':
        return this.#unavailable(flight, { group, gate }, verdict);
      case 'forbidden':
        return this.#forbidden(flight, { group, gate }, verdict.detail);
      case 'split':
        if (verdict.reason === 'rejected') return this.#rejected(flight, { group, gate }, verdict.detail);
        plan.tooLarge(group, verdict.detail);
        return this.#open(flight, gate);
      case 'throttled': {
        const { afterMs } = await this.#close(flight, 'throttled', verdict.afterMs, '429');
        this.#parts.log.warn('account.throttled', { ...this.#labels, afterMs });
        return;
      }
      case 'unauthorized':
      case 'misconfigured': {
        const status = String(verdict.detail.status);
        const { afterMs } = await this.#close(flight, verdict.kind, undefined, status);
        this.#parts.log.error('account.held', { ...this.#labels, reason: verdict.kind, status, afterMs });
        return;
      }
      default:
        return verdict satisfies never;
    }
  }

  /** An outage, or an event at fault: which of the two only the next requests can tell. */
  async #unavailable(
    flight: Flight,
    { group, gate }: Claimed,
    verdict: Extract<Verdict, { kind: 'unavailable' }>,
  ): Promise<void> {
    const { plan } = flight;
    const { maxAttempts } = this.#parts.settings;
    if (verdict.isMaybeDelivered) plan.noteMaybeDelivered(group);
    if (!isProbed(gate)) {
      if (group.isSuspect) return plan.answered(group, suspectOutcomes(group, verdict, maxAttempts));
      // Each of them has failed before while others of its request got through: no outage, and no search for one event.
      if (verdict.items && group.events.every((event) => spentBy(event) > 0)) {
        return plan.answered(group, itemOutcomes(group.events, verdict.items, maxAttempts));
      }
    }
    const { status = verdict.reason, code } = verdict.detail;
    const closed = await this.#close(flight, 'unavailable', verdict.afterMs, String(status));
    plan.failed(group, closed);
    this.#parts.log.warn('account.unavailable', {
      ...this.#labels,
      reason: verdict.reason,
      status,
      ...(code !== undefined && { code }),
      afterMs: closed.afterMs,
    });
  }

  /** The whole request is refused: dead letters, unless so many before it were refused that the settings must be wrong. */
  async #forbidden(flight: Flight, { group, gate }: Claimed, detail: AnswerDetail): Promise<void> {
    await this.#endOutage(flight, gate);
    if (await this.#isHeldByRefusal(flight, 'forbidden', detail)) flight.plan.startAnew(group);
    else flight.plan.answered(group, deadAll(group.events, 'forbidden', detail));
  }

  async #rejected(flight: Flight, { group, gate }: Claimed, detail: AnswerDetail): Promise<void> {
    const { plan } = flight;
    await this.#endOutage(flight, gate);
    if (gate && isRefusalHold(gate)) {
      if (await this.#isHeldByRefusal(flight, 'rejected', detail)) plan.startAnew(group);
      else plan.answered(group, deadAll(group.events, 'rejected', detail));
      return;
    }
    plan.refused(group, detail);
    if (!plan.isRefused) return;
    if (await this.#isHeldByRefusal(flight, 'rejected', detail)) plan.startAnew();
    else plan.refuseAll(detail);
  }

  /** Amazon answers again, though nothing is delivered by that: refused batches are counted on. */
  async #endOutage(flight: Flight, gate: GateRecord | undefined): Promise<void> {
    if (gate && gate.reason !== '' && !isRefusalHold(gate)) await this.#open(flight, gate, true);
  }

  /** Counts a refused batch. @returns true where the account was held before it: its events go back */
  async #isHeldByRefusal({ turn }: Flight, reason: 'forbidden' | 'rejected', detail: AnswerDetail): Promise<boolean> {
    const { gate, settings, log, trouble } = this.#parts;
    const limit = settings.refusedBatchesBeforeHold;
    const status = String(detail.status);
    const { refused, afterMs } = await trouble.until('gate', () => gate.countRefused(reason, limit, status));
    turn.probe = '';
    if (refused < limit) return false;
    gate.noteFailed(turn);
    log.error('account.held', { ...this.#labels, reason, status, afterMs });
    return refused > limit;
  }

  async #close(
    { turn }: Flight,
    reason: GateReason,
    afterMs: number | undefined,
    detail: string,
  ): Promise<{ afterMs: number; began: string; tries: number }> {
    const { gate, trouble } = this.#parts;
    turn.probe = '';
    gate.noteFailed(turn);
    return trouble.until('gate', () => gate.close(reason, afterMs, detail));
  }

  /** Whatever came back, it is no refusal: if that was luck, the next request closes the gate again. */
  async #open({ turn }: Flight, record: GateRecord | undefined, keepsCount = false): Promise<void> {
    turn.probe = '';
    if (!record) return;
    await this.#parts.trouble.until('gate', () => this.#parts.gate.open(record.until, keepsCount));
  }

  /**
   * What is still to be sent. What is too old for Amazon by now is a dead letter before it can spoil a batch; what a lost
   * or abandoned run held is another run's, and what follows it goes again.
   */
  #partFresh(events: readonly BatchEvent[]): { fresh: readonly BatchEvent[]; ended: SettledEvent[] } {
    const oldestMs = this.#parts.clock.nowMs() - this.#parts.settings.maxEventAgeHours * HOUR_MS;
    const fresh: BatchEvent[] = [];
    const ended: SettledEvent[] = [];
    for (const event of events) {
      if (!event.run.isOurs) ended.push({ event, outcome: { kind: 'wait', reason: 'claimed', afterMs: 0 } });
      else if (event.held.timestampMs >= oldestMs) fresh.push(event);
      else ended.push({ event, outcome: { kind: 'dead', reason: 'expired', detail: {} } });
    }
    return { fresh, ended };
  }

  #observe({ events, bytes, closedBy, lingerMs }: Batch): void {
    const { metrics } = this.#parts;
    metrics.batches.inc({ ...this.#labels, closed_by: closedBy });
    metrics.batchEvents.observe(this.#labels, events.length);
    metrics.batchBytes.observe(this.#labels, bytes);
    metrics.batchLinger.observe(this.#labels, lingerMs / 1000);
  }

  #countClaims(result: ClaimState, count: number): void {
    if (count > 0) this.#parts.metrics.windowClaims.inc({ ...this.#labels, result }, count);
  }
}

const REFUSALS: ReadonlySet<string> = new Set<HoldReason>(['forbidden', 'rejected']);

function isRefusalHold({ reason }: GateRecord): boolean {
  return REFUSALS.has(reason);
}

/** Notes on each event which claim holds its id. @returns outcomes of those that are not to be sent */
function takeClaims(
  events: readonly BatchEvent[],
  { states, numbers }: Extract<ClaimResult, { kind: 'claims' }>,
): { duplicates: SettledEvent[]; busy: SettledEvent[] } {
  const duplicates: SettledEvent[] = [];
  const busy: SettledEvent[] = [];
  events.forEach((event, index) => {
    const state = states[index];
    event.claim = state === 'claimed' ? numbers[index] : undefined;
    if (state === 'delivered') duplicates.push({ event, outcome: { kind: 'duplicate' } });
    else if (state !== 'claimed') {
      busy.push({ event, outcome: { kind: 'wait', reason: 'claimed', afterMs: CLAIMED_AGAIN_MS } });
    }
  });
  return { duplicates, busy };
}
