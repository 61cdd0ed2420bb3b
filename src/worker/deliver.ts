/**
 * Delivering a batch: claim, send (send.ts), settle (settle.ts); halving where Amazon blames the content.
 *
 * Promise: every event of the batch gets exactly one outcome and is settled, whatever Amazon answers. A closed gate
 * (429, refused credentials or settings) makes a batch wait here, without an attempt spent, until it opens or the
 * worker stops.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../accounts.js';
import type { Verdict } from '../amazon/answer.js';
import type { TokenSource } from '../amazon/token.js';
import type { Logger } from '../log.js';
import type { AnswerDetail, Outcome } from '../mapping/outcome.js';
import type { Metrics } from '../metrics.js';
import type { RedisClock } from '../redis-clock.js';
import type { RedisTrouble } from '../redis-trouble.js';
import { backOffMs } from './back-off.js';
import type { Batch, BatchEvent } from './batcher.js';
import type { ClaimResult, ClaimState } from './claim.js';
import type { BackOff, Gate } from './gate.js';
import type { BatchName, Sender, Sent } from './send.js';

/** An event asks again after this long for an id that another run holds. */
const CLAIMED_AGAIN_MS = 1_000;
/** Requests that a batch may take for each halving its size allows: room for some ten poisoned events in 500. */
const REQUESTS_PER_HALVING = 16;
const HOUR_MS = 3_600_000;

interface DeliverySettings {
  readonly maxEventAgeHours: number;
  readonly maxAttempts: number;
  readonly backOff: BackOff;
}

export interface DeliveryParts {
  readonly account: Account;
  readonly sender: Sender;
  readonly tokens: TokenSource;
  readonly gate: Gate;
  readonly claim: (events: readonly BatchEvent[]) => Promise<ClaimResult>;
  readonly settle: (settled: readonly SettledEvent[]) => Promise<void>;
  readonly settings: DeliverySettings;
  readonly clock: RedisClock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly trouble: RedisTrouble;
  readonly stopping: AbortSignal;
}

export interface SettledEvent {
  readonly event: BatchEvent;
  readonly outcome: Outcome;
}

type Attempt =
  | { readonly kind: 'settled'; readonly settled: readonly SettledEvent[] }
  | {
      readonly kind: 'split';
      readonly reason: 'rejected' | 'too_large';
      readonly detail: AnswerDetail;
      /** The events that were in the refused request. */
      readonly blamed: readonly BatchEvent[];
      readonly settled: readonly SettledEvent[];
    };

export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #labels: { readonly account: string };

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.#labels = { account: parts.account.name };
  }

  /** Resolves when every event of the batch is settled. */
  async deliverBatch(batch: Batch, batchId: string): Promise<void> {
    const { metrics, settle, stopping } = this.#parts;
    metrics.batches.inc({ ...this.#labels, closed_by: batch.closedBy });
    metrics.batchEvents.observe(this.#labels, batch.events.length);
    metrics.batchBytes.observe(this.#labels, batch.bytes);
    metrics.batchLinger.observe(this.#labels, batch.lingerMs / 1000);

    // Depth first, the front half first: good events are settled as soon as their part is through.
    const parts: (readonly BatchEvent[])[] = [batch.events];
    let requestsLeft = REQUESTS_PER_HALVING * Math.ceil(Math.log2(batch.events.length + 1));
    for (let part = parts.pop(); part; part = parts.pop()) {
      // A batch that was gathered is sent once more at a stop; what is left of one that is being halved goes back.
      if (stopping.aborted && part !== batch.events) {
        await settle(waitAll(part, 'stopping', 0));
        continue;
      }
      const attempt = await this.#attempt(part, { batchId, closedBy: batch.closedBy });
      requestsLeft -= 1;
      await settle(attempt.settled);
      if (attempt.kind === 'settled') continue;
      const { blamed, reason, detail } = attempt;
      if (blamed.length === 1) {
        await settle(blamed.map((event) => ({ event, outcome: { kind: 'dead', reason, detail } })));
      } else if (requestsLeft <= 0) {
        await settle(blamed.map((event) => ({ event, outcome: { kind: 'dead', reason: 'rejected_batch', detail } })));
      } else {
        const half = Math.ceil(blamed.length / 2);
        parts.push(blamed.slice(half), blamed.slice(0, half));
      }
    }
  }

  /** One request's worth: until it is answered, refused for its content, or the worker stops. */
  async #attempt(events: readonly BatchEvent[], name: BatchName): Promise<Attempt> {
    const { gate, claim, tokens, stopping } = this.#parts;
    let failedRefreshes = 0;
    for (;;) {
      if (!(await gate.pass())) return { kind: 'settled', settled: waitAll(events, 'stopping', 0) };
      const { fresh, ended } = this.#partFresh(events);
      if (fresh.length === 0) return { kind: 'settled', settled: ended };
      const claims = await claim(fresh);
      if (claims.kind === 'closed') {
        gate.noteClosed(claims.afterMs);
        continue;
      }
      const { mine, others } = partByClaim(fresh, claims);
      const settled = [...ended, ...others];
      if (mine.length === 0) {
        this.#countClaims(claims.states);
        return { kind: 'settled', settled };
      }
      const wasCached = tokens.cached !== undefined;
      const token = await tokens.get();
      // A refresh takes a while: another worker may have been told to wait meanwhile. A probe asks no second time.
      if (token.kind === 'token' && !wasCached && claims.gateRecord === '') continue;
      this.#countClaims(claims.states);
      const sent = token.kind === 'token' ? await this.#parts.sender.send(mine, token.token, name) : token;
      if (sent.kind === 'failed') {
        failedRefreshes += 1;
        await this.#sleep(backOffMs(failedRefreshes, this.#parts.settings.backOff));
        if (stopping.aborted) return { kind: 'settled', settled: [...settled, ...waitAll(mine, 'stopping', 0)] };
        continue;
      }
      if (await this.#closesGate(sent)) continue;
      if (sent.kind !== 'verdict') continue;
      const { verdict } = sent;
      // Whatever came back, it is no refusal: if that was luck, the next request closes the gate again.
      const { gateRecord } = claims;
      if (gateRecord !== '') await this.#parts.trouble.until('gate', () => gate.open(gateRecord));
      if (verdict.kind === 'split') {
        return { kind: 'split', reason: verdict.reason, detail: verdict.detail, blamed: mine, settled };
      }
      return { kind: 'settled', settled: [...settled, ...this.#outcomesOf(mine, verdict)] };
    }
  }

  /** Closes the account's gate where the answer asks for it; the batch then waits before it. */
  async #closesGate(sent: Sent): Promise<boolean> {
    const { gate, log, account, trouble } = this.#parts;
    const close = (...args: Parameters<Gate['close']>) => trouble.until('gate', () => gate.close(...args));
    if (sent.kind === 'failed') return false;
    if (sent.kind === 'refused') {
      const afterMs = await close('credentials_refused', undefined, sent.code);
      log.error('account.held', { account: account.name, reason: 'credentials_refused', code: sent.code, afterMs });
      return true;
    }
    const { verdict } = sent;
    switch (verdict.kind) {
      case 'throttled': {
        const afterMs = await close('throttled', verdict.afterMs, '429');
        log.warn('account.throttled', { account: account.name, afterMs });
        return true;
      }
      case 'unauthorized':
      case 'misconfigured': {
        const status = String(verdict.detail.status);
        const afterMs = await close(verdict.kind, undefined, status);
        log.error('account.held', { account: account.name, reason: verdict.kind, status, afterMs });
        return true;
      }
      case 'items':
      case 'split':
      case 'forbidden':
      case 'retry':
        return false;
      default:
        return verdict satisfies never;
    }
  }

  #outcomesOf(events: readonly BatchEvent[], verdict: Verdict): SettledEvent[] {
    switch (verdict.kind) {
      case 'items':
        if (verdict.items.length !== events.length) {
          throw new Error(`${events.length} events were sent and ${verdict.items.length} verdicts read`);
        }
        return events.map((event, index) => {
          const item = verdict.items[index];
          if (!item) throw new Error('an event has no verdict');
          if (item.kind !== 'retry') return { event, outcome: item };
          return { event, outcome: this.#retryOrDead(event, { ...item, isMaybeDelivered: item.reason === 'unnamed' }) };
        });
      case 'forbidden':
        return events.map((event) => ({
          event,
          outcome: { kind: 'dead', reason: 'forbidden', detail: verdict.detail },
        }));
      case 'retry':
        return events.map((event) => ({ event, outcome: this.#retryOrDead(event, verdict) }));
      case 'split':
      case 'throttled':
      case 'unauthorized':
      case 'misconfigured':
        throw new Error(`a verdict ${verdict.kind} gives no outcomes`);
      default:
        return verdict satisfies never;
    }
  }

  #retryOrDead(event: BatchEvent, retry: Extract<Outcome, { kind: 'retry' }>): Outcome {
    const attempts = (event.held.facts.attempts ?? 0) + 1;
    if (attempts < this.#parts.settings.maxAttempts) return retry;
    const { detail, isMaybeDelivered } = retry;
    return { kind: 'dead', reason: 'attempts_exhausted', detail, isMaybeDelivered };
  }

  /**
   * What is still to be sent. What is too old for Amazon by now is a dead letter before it can spoil a batch; what a lost
   * or abandoned run held is another run's, and what follows it goes again.
   */
  #partFresh(events: readonly BatchEvent[]): { fresh: BatchEvent[]; ended: SettledEvent[] } {
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

  #countClaims(states: readonly ClaimState[]): void {
    const counts: Record<ClaimState, number> = { claimed: 0, delivered: 0, busy: 0 };
    for (const state of states) counts[state] += 1;
    for (const [result, count] of Object.entries(counts)) {
      if (count > 0) this.#parts.metrics.windowClaims.inc({ ...this.#labels, result }, count);
    }
  }

  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#parts.stopping }).catch(() => undefined);
  }
}

function partByClaim(
  events: readonly BatchEvent[],
  { states, numbers }: Extract<ClaimResult, { kind: 'claims' }>,
): { mine: BatchEvent[]; others: SettledEvent[] } {
  const mine: BatchEvent[] = [];
  const others: SettledEvent[] = [];
  events.forEach((event, index) => {
    const state = states[index];
    event.claim = state === 'claimed' ? numbers[index] : undefined;
    if (state === 'claimed') mine.push(event);
    else if (state === 'delivered') others.push({ event, outcome: { kind: 'duplicate' } });
    else others.push({ event, outcome: { kind: 'wait', reason: 'claimed', afterMs: CLAIMED_AGAIN_MS } });
  });
  return { mine, others };
}

function waitAll(events: readonly BatchEvent[], reason: 'stopping' | 'claimed', afterMs: number): SettledEvent[] {
  return events.map((event) => ({ event, outcome: { kind: 'wait', reason, afterMs } }));
}
