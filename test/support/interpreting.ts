/** An interpreter with its gate in the real Redis, and batches that were sent. A test applies verdicts to them. */
import { expect } from 'vitest';
import type { Verdict } from '../../src/amazon/answer.js';
import { keysOf } from '../../src/queue/queue.js';
import type { EventGroup } from '../../src/worker/event-group.js';
import type { Flight } from '../../src/worker/flight.js';
import type { Gate, GateReason, GateRecord } from '../../src/worker/gate.js';
import { Interpreter } from '../../src/worker/interpret.js';
import { batchEvent } from './batch-events.js';
import { flightOf, gateRecord, openGate, openTrouble } from './flights.js';
import type { World } from './world.js';

/** Batches refused as a whole before the account is held. */
export const BEFORE_HOLD = 3;

export class Interpreting {
  readonly gate: Gate;
  readonly interpreter: Interpreter;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.gate = openGate(world);
    this.interpreter = new Interpreter({
      account: world.account,
      gate: this.gate,
      maxAttempts: 3,
      refusedBatchesBeforeHold: BEFORE_HOLD,
      log: world.log,
      trouble: openTrouble(world),
    });
  }

  /** A batch of these events, claimed under the current gate. */
  async send(ids: readonly string[], facts: object = {}): Promise<Sent> {
    const events = ids.map((id) => {
      const event = batchEvent(id);
      return { ...event, held: { ...event.held, facts: { ...event.held.facts, ...facts } } };
    });
    const flight = flightOf(this.gate, events);
    const record = await gateRecord(this.#world);
    flight.turn.probe = record?.until ?? '';
    return new Sent(this.#world, this.interpreter, flight, record);
  }

  async close(reason: GateReason): Promise<void> {
    await this.gate.close(reason, undefined, 'before');
  }

  /** This many batches were refused as a whole. */
  async refuse(batches: number, reason: 'forbidden' | 'rejected' = 'forbidden'): Promise<void> {
    for (let batch = 0; batch < batches; batch += 1) await this.gate.countRefused(reason, BEFORE_HOLD, 'before');
  }

  async gateNow() {
    return (await this.#world.state()).gate;
  }

  /** Batches that were refused as a whole, as Redis counts them. */
  countNow(): Promise<string | null> {
    return this.#world.connection.hget(keysOf(this.#world.account).gate, 'refused');
  }
}

/** A batch in flight, and its request. */
export class Sent {
  readonly flight: Flight;
  group: EventGroup;
  readonly #world: World;
  readonly #interpreter: Interpreter;
  #record: GateRecord | undefined;

  constructor(world: World, interpreter: Interpreter, flight: Flight, record: GateRecord | undefined) {
    this.#world = world;
    this.#interpreter = interpreter;
    this.flight = flight;
    this.#record = record;
    this.group = flight.plan.next(undefined);
  }

  /** The next of the batch's requests. */
  async next(): Promise<this> {
    this.#record = await gateRecord(this.#world);
    this.group = this.flight.plan.next(this.#record);
    this.flight.turn.probe = this.#record?.until ?? '';
    return this;
  }

  async answer(verdict: Verdict): Promise<void> {
    await this.#interpreter.interpret(this.flight, { group: this.group, gate: this.#record }, verdict);
    // The batch's probe is over with its answer.
    expect(this.flight.turn.probe).toBe('');
  }

  /** The settled outcomes, by id. */
  get ended(): Record<string, unknown> {
    const settled = this.flight.plan.takeSettled();
    return Object.fromEntries(settled.map(({ event, outcome }) => [event.held.clientDedupeId, outcome]));
  }

  /** Ids without an outcome. */
  get waiting(): string[] {
    return this.flight.plan.events.map(({ held }) => held.clientDedupeId);
  }
}
