// Real: Redis, the gate and its scripts. Played: time, by setting the gate's end to the past. Histories of two workers that
// are throttled, refused, answered and late, against a model of the gate.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keysOf } from '../../src/queue.js';
import { claimIds } from '../../src/worker/claim.js';
import { Gate } from '../../src/worker/gate.js';
import { World } from '../support/world.js';

const RUNS = Number(process.env['MODEL_RUNS'] ?? 150);
const SEED = Number(process.env['MODEL_SEED'] ?? 20_261_123);
const MINUTE_MS = 60_000;
const REASONS = ['throttled', 'credentials_refused', 'misconfigured'] as const;
type Reason = (typeof REASONS)[number];

interface ModelGate {
  reason: Reason;
  isOver: boolean;
  /** One batch is on its way to try whether the hold is over. */
  isProbed: boolean;
  /** The end as it lies in Redis. */
  record: string;
}

interface Model {
  gate: ModelGate | undefined;
  /** What each worker's last claim saw: with it an answer that is no refusal may open the gate. */
  readonly seen: string[];
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
const times = { leaseMs: MINUTE_MS, windowMs: MINUTE_MS, requestIntervalMs: 0 };

function claim(worker: number): Command {
  return {
    check: () => true,
    run: async (model) => {
      const { gate } = model;
      const result = await claimIds(world.connection, keysOf(world.account), [], times);
      if (gate && !gate.isOver) {
        expect(result).toMatchObject({ kind: 'closed', reason: gate.reason });
        return;
      }
      expect(result.kind).toBe('claims');
      const record = result.kind === 'claims' ? result.gateRecord : '';
      model.seen[worker] = record;
      expect(record).toBe(await recordNow());
      // A hold that is over lets one through and stays closed for the others; a throttling lets all through.
      if (gate && gate.reason !== 'throttled') Object.assign(gate, { isOver: false, isProbed: true, record });
    },
    toString: () => `worker ${worker} claims`,
  };
}

function close(worker: number, reason: Reason, afterMs: number | undefined): Command {
  return {
    check: () => true,
    run: async (model, gates) => {
      const { gate } = model;
      const before = Number(gate?.record ?? 0);
      const waitMs = await gates[worker]?.close(reason, afterMs, 'x');
      expect(waitMs).toBeGreaterThan(0);
      const record = await recordNow();
      // Batches that failed together are one failure.
      const isSameFailure = afterMs === undefined && gate && !gate.isOver && gate.reason === reason && !gate.isProbed;
      if (isSameFailure) expect(record).toBe(gate.record);
      // Amazon's wish to wait is never cut short.
      if (reason === 'throttled' || gate?.reason === 'throttled') expect(Number(record)).toBeGreaterThanOrEqual(before);
      model.gate = { reason, isOver: false, isProbed: false, record };
    },
    toString: () => `worker ${worker} closes: ${reason} ${afterMs ?? 'backing off'}`,
  };
}

/** An answer that is no refusal opens the gate that its claim saw, and no newer one. */
function open(worker: number): Command {
  return {
    check: (model) => (model.seen[worker] ?? '') !== '',
    run: async (model, gates) => {
      const record = model.seen[worker] ?? '';
      await gates[worker]?.open(record);
      model.seen[worker] = '';
      if (model.gate?.record === record) model.gate = undefined;
      expect(await recordNow()).toBe(model.gate?.record ?? '');
    },
    toString: () => `worker ${worker} is answered`,
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
  worker.map(claim),
  worker.map(claim),
  fc
    .tuple(worker, fc.constantFrom(...REASONS), fc.constantFrom(undefined, MINUTE_MS, 5 * MINUTE_MS))
    .map(([who, reason, afterMs]) => close(who, reason, afterMs)),
  worker.map(open),
  fc.constant(passTime),
];

describe('standing before one gate, two workers', () => {
  it('lets nothing through while it is closed, one probe after a hold, and opens by no late answer', async () => {
    const backOff = { baseMs: MINUTE_MS, maxMs: 10 * MINUTE_MS };
    await fc.assert(
      fc.asyncProperty(fc.commands(COMMANDS, { maxCommands: 40, size: 'max' }), async (commands) => {
        await world.connection.del(gateKey());
        const { signal } = new AbortController();
        const gates = [0, 1].map(() => new Gate(world.connection, keysOf(world.account), backOff, signal));
        const model: Model = { gate: undefined, seen: ['', ''], ends: 0 };
        await fc.asyncModelRun(() => ({ model, real: gates }), commands);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
