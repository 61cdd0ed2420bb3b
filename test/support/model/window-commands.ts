/**
 * The possible commands, for the model and for the real system. The invariants are checked after every one.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Flight, WindowModel, Word } from './window-model.js';
import type { RealFlight, WindowRig } from './window-rig.js';

export interface Real {
  readonly rig: WindowRig;
  /** By worker. */
  readonly flights: (RealFlight | undefined)[];
}

type Command = fc.AsyncCommand<WindowModel, Real>;

export const WORKERS = 2;
const IDS = ['a', 'b', 'c', 'd'];

/** Conservation, and the exact counts of the ledger. */
async function checkBooks(model: WindowModel, { rig }: Real): Promise<void> {
  expect(await rig.ledger()).toEqual(model.ledger);
  // Nothing is replayed or discarded here: the ledger counts all letters.
  expect(await rig.letterCount()).toBe(model.ledger.dead_lettered);
  expect(await rig.difference([...model.jobs.keys()])).toBe(0);
  expect(await rig.marks(IDS)).toEqual(model.words);
  await checkStates(model, rig);
}

/** What a look-up returns for each id. */
async function checkStates(model: Readonly<WindowModel>, rig: WindowRig): Promise<void> {
  expect(await rig.states(IDS)).toEqual(Object.fromEntries(IDS.map((id) => [id, model.stateOf(id)])));
}

function enqueue(ids: string[]): Command {
  return {
    check: () => true,
    run: async (model, real) => {
      await real.rig.addJob(model.addJob(ids), ids);
      await checkBooks(model, real);
    },
    toString: () => `enqueue ${ids.join()}`,
  };
}

function take(worker: number, most: number): Command {
  return {
    check: (model) => !model.flights[worker] && model.free.length > 0,
    run: async (model, real) => {
      real.flights[worker] = await real.rig.take(model.take(worker, most));
    },
    toString: () => `worker ${worker} takes up to ${most}`,
  };
}

/** In flight now, with a valid claim. */
function isSending(flight: Flight | undefined, id: string): boolean {
  return (
    flight !== undefined && flight.phase !== 'taken' && flight.claims.get(id) === 'claimed' && !flight.stale.has(id)
  );
}

function claim(worker: number): Command {
  return {
    check: (model) => model.flights[worker]?.phase === 'taken',
    run: async (model, { rig, flights }) => {
      const flight = need(model.flights[worker]);
      const found = await rig.claim(need(flights[worker]));
      // A single sender, by the workers themselves, not by the model of the window.
      for (const [id, state] of found) {
        const others = model.flights.filter((other, place) => place !== worker && isSending(other, id));
        if (state === 'claimed') expect(others).toEqual([]);
      }
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(model.claim(flight)));
      await checkStates(model, rig);
    },
    toString: () => `worker ${worker} claims`,
  };
}

function send(worker: number, words: readonly Word[]): Command {
  return {
    check: (model) => model.flights[worker]?.phase === 'claimed',
    run: async (model) => {
      const flight = need(model.flights[worker]);
      flight.phase = 'answered';
      let next = 0;
      for (const [id, state] of flight.claims) {
        if (state !== 'claimed') continue;
        flight.words.set(id, words[next % words.length] ?? 'delivered');
        next += 1;
      }
    },
    toString: () => `worker ${worker} sends and is told ${words.join()}`,
  };
}

/** A crash after the settling leaves the job locked, with its remaining events. */
function settle(worker: number, isAnswerLost: boolean, isCrashAfter: boolean): Command {
  return {
    check: (model) => model.flights[worker]?.phase === 'answered',
    run: async (model, real) => {
      const flight = need(model.flights[worker]);
      const realFlight = need(real.flights[worker]);
      const held = model.settle(flight);
      await real.rig.settle(realFlight, flight, isAnswerLost);
      for (const { jobId, isLost, eventCount } of realFlight.runs) {
        if (eventCount > 0) expect({ jobId, isLost }).toEqual({ jobId, isLost: !held.has(jobId) });
      }
      if (!isCrashAfter) {
        for (const job of held) model.letGo(job);
        await real.rig.letGo(realFlight);
      } else {
        // Its lock expires later, like that of any killed worker.
        for (const { job } of flight.runs) if (held.has(job)) model.orphans.add(job);
      }
      model.flights[worker] = undefined;
      real.flights[worker] = undefined;
      await checkBooks(model, real);
    },
    toString: () =>
      `worker ${worker} settles${isAnswerLost ? ', the answer is lost' : ''}${isCrashAfter ? ', and crashes' : ''}`,
  };
}

function crash(worker: number): Command {
  return {
    check: (model) => model.flights[worker] !== undefined,
    run: async (model, real) => {
      for (const { job, run } of need(model.flights[worker]).runs) {
        if (model.jobs.get(job)?.lock === run) model.orphans.add(job);
      }
      model.flights[worker] = undefined;
      real.flights[worker] = undefined;
      await checkBooks(model, real);
    },
    toString: () => `worker ${worker} crashes`,
  };
}

/** The locks of killed workers expire, and their jobs return. */
const recover: Command = {
  check: (model) => model.orphans.size > 0,
  run: async (model, real) => {
    for (const id of model.orphans) {
      const job = model.jobs.get(id);
      if (job?.lock !== undefined) await real.rig.freeJob(id);
      if (job) job.lock = undefined;
    }
    model.orphans.clear();
    await checkBooks(model, real);
  },
  toString: () => 'stalled jobs come back',
};

function freeze(worker: number): Command {
  return {
    check: (model) => model.flights[worker] !== undefined,
    run: async (model, real) => {
      const flight = need(model.flights[worker]);
      await real.rig.loseLocks(flight);
      model.loseLocks(flight);
      await checkStates(model, real.rig);
    },
    toString: () => `worker ${worker} loses its jobs and does not know`,
  };
}

/** A window is longer than a lease: when an older window is over, every lease is. */
function pass(what: 'leases' | 'windows'): Command {
  return {
    check: () => true,
    run: async (model, { rig }) => {
      await rig.end('leases', IDS);
      model.endLeases();
      if (what === 'windows') {
        await rig.end('windows', IDS);
        model.endWindows();
      }
      await checkStates(model, rig);
    },
    toString: () => `all ${what} end`,
  };
}

const worker = fc.nat(WORKERS - 1);
const word = fc.oneof(
  { arbitrary: fc.constant<Word>('delivered'), weight: 3 },
  { arbitrary: fc.constantFrom<Word>('dead', 'retry'), weight: 2 },
);

/** The next step of this worker: take, claim, send or settle. Most commands are this, otherwise few would get far. */
function advance(steps: readonly Command[]): Command {
  const next = (model: Readonly<WindowModel>) => steps.find((step) => step.check(model));
  return {
    check: (model) => next(model) !== undefined,
    run: async (model, real) => next(model)?.run(model, real),
    toString: () => `the first that can be: ${steps.map(String).join(' | ')}`,
  };
}

const advancing = fc
  .record({
    who: worker,
    most: fc.integer({ min: 1, max: 2 }),
    words: fc.array(word, { minLength: 1, maxLength: 4 }),
    isAnswerLost: fc.nat(5).map((chance) => chance === 0),
    isCrashAfter: fc.nat(5).map((chance) => chance === 0),
  })
  .map(({ who, most, words, isAnswerLost, isCrashAfter }) =>
    advance([take(who, most), claim(who), send(who, words), settle(who, isAnswerLost, isCrashAfter)]),
  );
const enqueuing = fc.array(fc.constantFrom(...IDS), { minLength: 1, maxLength: 3 }).map(enqueue);

/** Each as often as it is listed here. */
export const COMMANDS: fc.Arbitrary<Command>[] = [
  ...Array.from({ length: 12 }, () => advancing),
  ...Array.from({ length: 4 }, () => enqueuing),
  worker.map(crash),
  worker.map(freeze),
  fc.constant(recover),
  fc.constantFrom<'leases' | 'windows'>('leases', 'windows').map(pass),
];

/** Finishes everything: what is left is taken, sent and settled. Then nothing may be left. */
export async function finish(model: WindowModel, real: Real): Promise<void> {
  for (let who = 0; who < WORKERS; who += 1) if (crash(who).check(model)) await crash(who).run(model, real);
  for (let round = 0; model.jobs.size > 0; round += 1) {
    if (round > 50) throw new Error('it does not come to an end');
    if (recover.check(model)) await recover.run(model, real);
    for (const step of [take(0, 2), pass('leases'), claim(0), send(0, ['delivered']), settle(0, false, false)]) {
      if (step.check(model)) await step.run(model, real);
    }
  }
  const { enqueued, delivered, duplicate, dead_lettered: dead } = await real.rig.ledger();
  expect(delivered + duplicate + dead).toBe(enqueued);
  expect(await real.rig.listedJobs(IDS)).toEqual([]);
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a command ran that its check forbids');
  return value;
}
