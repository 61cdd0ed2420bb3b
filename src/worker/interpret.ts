/**
 * The last step of a request before settling: what Amazon's verdict means for the batch's events and the account's gate.
 *
 * Promise: afterwards every event that was sent has an outcome in the plan, or stays there to be sent again. Only an answer that
 * is not a refusal opens the gate. Only an answer about an event itself spends an attempt.
 */
import type { Verdict } from '../amazon/answer.js';
import type { AnswerDetail, HoldReason } from '../mapping/outcome.js';
import type { RedisTrouble } from '../redis/trouble.js';
import type { Logger } from '../telemetry/log.js';
import type { ClaimedGroup } from './claim-batch.js';
import type { Flight } from './flight.js';
import { type Gate, type GateReason, type GateRecord, isProbed } from './gate.js';
import { itemOutcomes, spentBy, suspectOutcomes } from './outcomes.js';
import { deadAll } from './request-plan.js';

export interface InterpreterOptions {
  readonly account: string;
  readonly gate: Gate;
  readonly maxAttempts: number;
  readonly refusedBatchesBeforeHold: number;
  readonly log: Logger;
  readonly trouble: RedisTrouble;
}

const REFUSALS: ReadonlySet<string> = new Set<HoldReason>(['forbidden', 'rejected']);

export class Interpreter {
  readonly #options: InterpreterOptions;
  readonly #labels: { readonly account: string };

  constructor(options: InterpreterOptions) {
    this.#options = options;
    this.#labels = { account: options.account };
  }

  async interpret(flight: Flight, { group, gate }: ClaimedGroup, verdict: Verdict): Promise<void> {
    const { plan } = flight;
    const { maxAttempts } = this.#options;
    switch (verdict.kind) {
      case 'items':
        plan.answered(group, itemOutcomes(group.events, verdict.items, maxAttempts));
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
        this.#options.log.warn('account.throttled', { ...this.#labels, afterMs });
        return;
      }
      case 'unauthorized':
      case 'misconfigured': {
        const status = String(verdict.detail.status);
        const { afterMs } = await this.#close(flight, verdict.kind, undefined, status);
        this.#options.log.error('account.held', { ...this.#labels, reason: verdict.kind, status, afterMs });
        return;
      }
      default:
        return verdict satisfies never;
    }
  }

  /** An outage, or an event at fault: only the next requests can tell which. */
  async #unavailable(
    flight: Flight,
    { group, gate }: ClaimedGroup,
    verdict: Extract<Verdict, { kind: 'unavailable' }>,
  ): Promise<void> {
    const { plan } = flight;
    const { maxAttempts } = this.#options;
    if (verdict.isMaybeDelivered) plan.noteMaybeDelivered(group);
    if (!isProbed(gate)) {
      if (group.isSuspect) return plan.answered(group, suspectOutcomes(group, verdict, maxAttempts));
      // Each event has failed before while others of its request succeeded: this is no outage, and no search for one event is
      // needed.
      if (verdict.items && group.events.every((event) => spentBy(event) > 0)) {
        return plan.answered(group, itemOutcomes(group.events, verdict.items, maxAttempts));
      }
    }
    const { status = verdict.reason, code } = verdict.detail;
    const closed = await this.#close(flight, 'unavailable', verdict.afterMs, String(status));
    plan.failed(group, closed);
    this.#options.log.warn('account.unavailable', {
      ...this.#labels,
      reason: verdict.reason,
      status,
      ...(code !== undefined && { code }),
      afterMs: closed.afterMs,
    });
  }

  /** The whole request is refused: dead letters, unless so many in a row were refused that the settings must be wrong. */
  async #forbidden(flight: Flight, { group, gate }: ClaimedGroup, detail: AnswerDetail): Promise<void> {
    await this.#endOutage(flight, gate);
    if (await this.#isHeldByRefusal(flight, 'forbidden', detail)) flight.plan.startAnew(group);
    else flight.plan.answered(group, deadAll(group.events, 'forbidden', detail));
  }

  async #rejected(flight: Flight, { group, gate }: ClaimedGroup, detail: AnswerDetail): Promise<void> {
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

  /** Amazon answers again, but delivers nothing: the count of refused batches goes on. */
  async #endOutage(flight: Flight, gate: GateRecord | undefined): Promise<void> {
    if (gate && gate.reason !== '' && !isRefusalHold(gate)) await this.#open(flight, gate, true);
  }

  /** Counts a refused batch. @returns true if the account was held before it: its events go back */
  async #isHeldByRefusal({ turn }: Flight, reason: 'forbidden' | 'rejected', detail: AnswerDetail): Promise<boolean> {
    const { gate, refusedBatchesBeforeHold: limit, log, trouble } = this.#options;
    const status = String(detail.status);
    const { refused, afterMs } = await trouble.until('gate', () => gate.countRefused(reason, limit, status));
    turn.probe = '';
    if (refused < limit) return false;
    gate.noteFailed(turn);
    log.error('account.held', { ...this.#labels, reason, status, afterMs });
    return refused > limit;
  }

  /** The credentials were refused, not an event: the account is held. */
  async holdForCredentials(flight: Flight, code: string): Promise<void> {
    const reason = 'credentials_refused';
    const { afterMs } = await this.#close(flight, reason, undefined, code);
    this.#options.log.error('account.held', { ...this.#labels, reason, code, afterMs });
  }

  async #close(
    { turn }: Flight,
    reason: GateReason,
    afterMs: number | undefined,
    detail: string,
  ): Promise<{ afterMs: number; began: string; tries: number }> {
    const { gate, trouble } = this.#options;
    turn.probe = '';
    gate.noteFailed(turn);
    return trouble.until('gate', () => gate.close(reason, afterMs, detail));
  }

  /** The answer is not a refusal. If the outage goes on, the next request closes the gate again. */
  async #open({ turn }: Flight, record: GateRecord | undefined, keepsCount = false): Promise<void> {
    turn.probe = '';
    if (!record) return;
    await this.#options.trouble.until('gate', () => this.#options.gate.open(record.until, keepsCount));
  }
}

function isRefusalHold({ reason }: GateRecord): boolean {
  return REFUSALS.has(reason);
}
