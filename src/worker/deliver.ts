/**
 * Delivers a batch: passes the gate, then claims, authorizes, sends, interprets and settles, until each event has an outcome.
 *
 * Promise: every event of the batch gets exactly one outcome and is settled, whatever Amazon answers. While the gate (gate.ts) is
 * closed, a batch waits here until it opens or the worker stops; this spends no attempt. The plan (request-plan.ts) decides which
 * of the batch's events go in the next request.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Verdict } from '../amazon/answer.js';
import type { Tokens } from '../amazon/token.js';
import type { RedisTrouble } from '../redis/trouble.js';
import type { Metrics } from '../telemetry/metrics.js';
import { backOffMs } from './back-off.js';
import type { Batch } from './batcher.js';
import type { BatchClaims, ClaimedGroup } from './claim-batch.js';
import type { Flight } from './flight.js';
import type { BackOff, Gate } from './gate.js';
import type { Interpreter } from './interpret.js';
import { RequestPlan } from './request-plan.js';
import type { Sender } from './send.js';
import type { Settler } from './settle.js';

export interface DeliveryOptions {
  readonly account: string;
  readonly gate: Gate;
  readonly claims: BatchClaims;
  readonly tokens: Tokens;
  readonly sender: Sender;
  readonly interpreter: Interpreter;
  readonly settler: Settler;
  readonly backOff: BackOff;
  readonly metrics: Metrics;
  readonly trouble: RedisTrouble;
  readonly stopping: AbortSignal;
}

export class Delivery {
  readonly #options: DeliveryOptions;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Resolves when every event of the batch is settled. */
  async deliverBatch(batch: Batch, batchId: string): Promise<void> {
    const { gate, settler, stopping, trouble } = this.#options;
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
      // At a stop, a batch that was never sent is sent once. What is left of a batch that was sent goes back.
      const isCutShort = stopping.aborted && flight.hasBeenTried;
      if (isCutShort || !(await gate.pass(flight.turn))) plan.giveBack();
      else await this.#request(flight);
      const settled = plan.takeSettled();
      if (settled.length > 0) await settler.settle(settled);
    }
    await trouble.until('gate', () => gate.release(flight.turn));
    if (!plan.isDone) throw new Error('an event of the batch has no outcome');
  }

  /** One request, if nothing prevents it. */
  async #request(flight: Flight): Promise<void> {
    const { claims, interpreter } = this.#options;
    const claimed = await claims.claim(flight);
    if (!claimed) return;
    const token = await this.#authorize(flight);
    if (token === undefined) return;
    const verdict = await this.#send(flight, claimed, token);
    if (verdict) await interpreter.interpret(flight, claimed, verdict);
  }

  /** @returns undefined if there is no token, or if it took so long that the gate has to be asked again */
  async #authorize(flight: Flight): Promise<string | undefined> {
    const { tokens, interpreter, backOff, stopping } = this.#options;
    const known = tokens.cached;
    if (known !== undefined) return known;
    const token = await tokens.get();
    if (token.kind === 'refused') {
      await interpreter.holdForCredentials(flight, token.code);
    } else if (token.kind === 'failed') {
      flight.failedRefreshes += 1;
      // Waiting for a token can take long: at a stop these events go back.
      flight.hasBeenTried = true;
      const afterMs = backOffMs(flight.failedRefreshes, backOff);
      await sleep(afterMs, undefined, { signal: stopping }).catch(() => undefined);
    }
    return undefined;
  }

  /** @returns undefined if a renewable token was refused for the first time: the same events are sent again */
  async #send(flight: Flight, { group }: ClaimedGroup, token: string): Promise<Verdict | undefined> {
    const { claims, sender, tokens } = this.#options;
    flight.hasBeenTried = true;
    claims.countSent(group.events.length);
    const verdict = await sender.send(group.events, token, flight.name);
    const isRefused = verdict.kind === 'unauthorized';
    // A fresh token was refused too: the next request must not use it.
    if (isRefused) tokens.drop(token);
    // The events are sent once more, through gate and rate, with the token of another batch or of one refresh.
    flight.isRefusedOnce = isRefused && tokens.isRenewable && !flight.isRefusedOnce;
    return flight.isRefusedOnce ? undefined : verdict;
  }

  #observe({ events, bytes, closedBy, lingerMs }: Batch): void {
    const { metrics, account } = this.#options;
    const labels = { account };
    metrics.batches.inc({ ...labels, closed_by: closedBy });
    metrics.batchEvents.observe(labels, events.length);
    metrics.batchBytes.observe(labels, bytes);
    metrics.batchLinger.observe(labels, lingerMs / 1000);
  }
}
