// Real: Redis, the gate and its scripts. Simulated: time, by setting the gate's end to the past. Random histories of
// two workers that are throttled, refused, answered and late, compared with a model of the gate.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keysOf } from '../../src/queue/queue.js';
import { digestOf } from '../../src/window/layout.js';
import { claimIds } from '../../src/worker/claim.js';
import { Gate } from '../../src/worker/gate.js';
import { World } from '../support/world.js';

const RUNS = Number(process.env['MODEL_RUNS'] ?? 150);
const SEED = Number(process.env['MODEL_SEED'] ?? 20_261_123);
const MINUTE_MS = 60_000;
const REASONS = ['throttled', 'unavailable', 'credentials_refused', 'misconfigured'] as const;
const REFUSALS = ['forbidden', 'rejected'] as const;
const REFUSED_BEFORE_HOLD = 3;
type Reason = (typeof REASONS)[number] | (typeof REFUSALS)[number];

interface ModelGate {
  reason: Reason;
  /** Distinguishes one outage from the next. */
  began: string;
  isOver: boolean;
  /** A batch is in flight to test whether the hold is over. */
  isProbed: boolean;
  /** The end as stored in Redis. */
  record: string;
}

interface Model {
  gate: ModelGate | undefined;
  /** What each worker's last claim saw: with it, an answer that is not a refusal may open the gate. */
  readonly seen: string[];
  /** Batches refused as a whole since the last good answer that the gate knows of. */
  refused: number;
  ends: number;
}

type Command = fc.AsyncCommand<Model, readonly Gate[]>;

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const gateKey = () => keysOf(world.account).gate;
const recordNow = async () => (await world.connection.hget(gateKey(), 'until')) ?? '';
// A claim of no id does not change the gate.
const claimant = { digest: digestOf('any'), run: { jobId: 'job', owner: 'job/run', token: 'token' } };
const times = { leaseMs: MINUTE_MS, windowMs: MINUTE_MS, requestIntervalMs: 0 };

function gateOf(gates: readonly Gate[], worker: number): Gate {
  const gate = gates[worker];
  if (!gate) throw new Error(`there is no worker ${worker}`);
  return gate;
}

/** @param isOwnProbe the probe claims once more, as after a refresh of the token */
function claim(worker: number, isOwnProbe: boolean): Command {
  return {
    check: () => true,
    run: async (model) => {
      const { gate } = model;
      const probe = isOwnProbe ? (model.seen[worker] ?? '') : '';
      const standing = { probe, hasRate: false };
      const result = await claimIds(world.connection, keysOf(world.account), [claimant], { ...times, standing });
      const isProbe = gate !== undefined && probe !== '' && gate.record === probe;
      if (gate && !gate.isOver && !isProbe) {
        expect(result).toMatchObject({ kind: 'closed', reason: gate.reason });
        return;
      }
      if (result.kind !== 'claims') throw new Error('the gate is closed');
      const record = result.gate?.until ?? '';
      model.seen[worker] = record;
      expect(record).toBe(await recordNow());
      if (!gate) {
        expect(result.gate?.reason ?? '').toBe('');
        return;
      }
      expect(result.gate).toMatchObject({ reason: gate.reason, began: gate.began });
      // After a hold or an outage is over, one claim passes and the others wait. After throttling all pass.
      if (gate.reason !== 'throttled') Object.assign(gate, { isOver: false, isProbed: true, record });
    },
    toString: () => `worker ${worker} claims${isOwnProbe ? ' as it probes' : ''}`,
  };
}

function close(worker: number, reason: (typeof REASONS)[number], afterMs: number | undefined): Command {
  return {
    check: () => true,
    run: async (model, gates) => {
      const { gate } = model;
      const before = Number(gate?.record ?? 0);
      const closed = await gateOf(gates, worker).close(reason, afterMs, 'x');
      expect(closed.afterMs).toBeGreaterThan(0);
      const record = await recordNow();
      // Batches that failed together count as one failure. Batches in flight when the gate closed do not end a hold.
      const isClosed = gate !== undefined && !gate.isOver && !gate.isProbed;
      const isSameFailure = isClosed && (gate.reason === reason || reason === 'unavailable');
      if (isSameFailure && afterMs === undefined) expect(record).toBe(gate.record);
      // The wait that Amazon asked for is never shortened.
      if (reason === 'throttled' || gate?.reason === 'throttled') expect(Number(record)).toBeGreaterThanOrEqual(before);
      if (afterMs !== undefined) expect(closed.afterMs).toBeGreaterThan(afterMs - 1_000);
      if (gate) expect(closed.began).toBe(gate.began);
      const { began } = closed;
      model.gate = { reason: isSameFailure ? gate.reason : reason, began, isOver: false, isProbed: false, record };
    },
    toString: () => `worker ${worker} closes: ${reason} ${afterMs ?? 'backing off'}`,
  };
}

/** An answer that is not a refusal opens the gate that its claim saw, never a newer one. */
function open(worker: number, keepsCount: boolean): Command {
  return {
    check: (model) => (model.seen[worker] ?? '') !== '',
    run: async (model, gates) => {
      const record = model.seen[worker] ?? '';
      const counted = model.refused > 0 ? '0' : '';
      await gates[worker]?.open(record, keepsCount);
      model.seen[worker] = '';
      if ((model.gate?.record ?? counted) === record) {
        model.gate = undefined;
        if (!keepsCount) model.refused = 0;
      }
      expect(await recordNow()).toBe(model.gate?.record ?? (model.refused > 0 ? '0' : ''));
    },
    toString: () => `worker ${worker} is answered${keepsCount ? ', and nothing delivered' : ''}`,
  };
}

function refuse(worker: number, reason: (typeof REFUSALS)[number]): Command {
  return {
    check: () => true,
    run: async (model, gates) => {
      model.refused += 1;
      const counted = await gates[worker]?.countRefused(reason, REFUSED_BEFORE_HOLD, 'x');
      expect(counted?.refused).toBe(model.refused);
      if (model.refused < REFUSED_BEFORE_HOLD) {
        expect(counted?.afterMs).toBe(0);
        return;
      }
      expect(counted?.afterMs).toBeGreaterThan(0);
      const began = (await world.connection.hget(gateKey(), 'began')) ?? '';
      if (model.gate) expect(began).toBe(model.gate.began);
      model.gate = { reason, began, isOver: false, isProbed: false, record: await recordNow() };
    },
    toString: () => `a batch of worker ${worker} is refused: ${reason}`,
  };
}

const passTime: Command = {
  check: (model) => model.gate !== undefined && !model.gate.isOver,
  run: async (model) => {
    const { gate } = model;
    if (!gate) return;
    model.ends += 1;
    const record = String(model.ends);
    await world.connection.hset(gateKey(), 'until', record);
    for (const [worker, seen] of model.seen.entries()) if (seen === gate.record) model.seen[worker] = record;
    Object.assign(gate, { isOver: true, record });
  },
  toString: () => 'the time is over',
};

const worker = fc.nat(1);
const COMMANDS: fc.Arbitrary<Command>[] = [
  worker.map((who) => claim(who, false)),
  worker.map((who) => claim(who, false)),
  worker.map((who) => claim(who, true)),
  fc
    .tuple(worker, fc.constantFrom(...REASONS), fc.constantFrom(undefined, MINUTE_MS, 5 * MINUTE_MS))
    .map(([who, reason, afterMs]) => close(who, reason, afterMs)),
  fc.tuple(worker, fc.boolean()).map(([who, keepsCount]) => open(who, keepsCount)),
  fc.tuple(worker, fc.constantFrom(...REFUSALS)).map(([who, reason]) => refuse(who, reason)),
  fc.constant(passTime),
];

describe('two workers at one gate', () => {
  it('lets nothing through while it is closed, one probe after a hold, and opens by no late answer', async () => {
    const backOff = { baseMs: MINUTE_MS, maxMs: 10 * MINUTE_MS };
    await fc.assert(
      fc.asyncProperty(fc.commands(COMMANDS, { maxCommands: 40, size: 'max' }), async (commands) => {
        await world.connection.del(gateKey());
        await world.connection.set(`${keysOf(world.account).job}job:lock`, 'token');
        const { signal } = new AbortController();
        const gates = [0, 1].map(() => new Gate(world.connection, keysOf(world.account), backOff, signal));
        const model: Model = { gate: undefined, seen: ['', ''], refused: 0, ends: 0 };
        await fc.asyncModelRun(() => ({ model, real: gates }), commands);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
