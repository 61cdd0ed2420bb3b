// Real: the gate's queue, by a clock that the test moves. Redis's answers are simulated as results of a claim.
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keysOf } from '../../../src/queue/queue.js';
import { Gate, type GateRecord, isProbed, type Turn } from '../../../src/worker/gate.js';

const BASE_MS = 200;

/** Never connected: nothing here asks Redis. */
let connection: Redis;
let stop: AbortController;
let gate: Gate;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  connection = new Redis({ lazyConnect: true });
  stop = new AbortController();
  gate = openGate();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function openGate(baseMs = BASE_MS): Gate {
  return new Gate(connection, keysOf('one'), { baseMs, maxMs: 60_000 }, stop.signal);
}

const record = (reason: string): GateRecord => ({ until: '1700', reason, began: '1', tries: 1 });

/** Batches at the gate, and the order in which they passed. */
class Line {
  readonly passed: string[] = [];
  readonly refused: string[] = [];

  wait(name: string, turn: Turn): void {
    void gate.pass(turn).then((isOpen) => (isOpen ? this.passed : this.refused).push(name));
  }

  /** Lets this much time pass. @returns who has passed since */
  async after(ms: number): Promise<string[]> {
    await vi.advanceTimersByTimeAsync(ms);
    return this.passed.splice(0);
  }
}

/** What the last claim of a batch found. */
async function close(afterMs: number, reason: string): Promise<Turn> {
  const turn = gate.takeTurn();
  await gate.pass(turn);
  gate.noteClosed(turn, afterMs, reason);
  return turn;
}

describe('passing the gate', () => {
  it('takes no time while it is not known to be closed', async () => {
    const line = new Line();
    line.wait('a', gate.takeTurn());
    expect(await line.after(0)).toEqual(['a']);
  });

  it.each(['throttled', 'rate'])('waits until the time is over, and then all go at once: %s', async (reason) => {
    await close(1_000, reason);
    const line = new Line();
    for (const name of ['a', 'b', 'c']) line.wait(name, gate.takeTurn());
    expect(await line.after(999)).toEqual([]);
    expect(await line.after(1)).toEqual(['a', 'b', 'c']);
  });

  it.each(['unavailable', 'misconfigured', 'forbidden'])(
    'after a hold or an outage one goes after the other: %s',
    async (reason) => {
      await close(1_000, reason);
      const line = new Line();
      for (const name of ['a', 'b', 'c']) line.wait(name, gate.takeTurn());
      expect(await line.after(999)).toEqual([]);
      expect(await line.after(1)).toEqual(['a']);
      expect(await line.after(9)).toEqual([]);
      expect(await line.after(1)).toEqual(['b']);
      expect(await line.after(10)).toEqual(['c']);
    },
  );

  it('asks Redis again after five seconds, however long the gate is closed: another worker may have opened it', async () => {
    await close(60_000, 'throttled');
    const line = new Line();
    line.wait('a', gate.takeTurn());
    expect(await line.after(4_999)).toEqual([]);
    expect(await line.after(1)).toEqual(['a']);
  });

  it('does not ask again before the end of a wait of five seconds', async () => {
    await close(5_000, 'throttled');
    const line = new Line();
    line.wait('a', gate.takeTurn());
    expect(await line.after(4_999)).toEqual([]);
    expect(await line.after(1)).toEqual(['a']);
  });

  it('ends with the wait when the gate opens', async () => {
    const turn = await close(60_000, 'unavailable');
    const line = new Line();
    line.wait('a', gate.takeTurn());
    gate.notePassed(turn, undefined);
    expect(await line.after(0)).toEqual(['a']);
  });

  it('waits on when the gate is closed for longer', async () => {
    await close(1_000, 'throttled');
    const line = new Line();
    const late = gate.takeTurn();
    line.wait('a', gate.takeTurn());
    await line.after(500);
    await gate.pass(Object.assign(late, { probe: 'mine' }));
    gate.noteClosed(late, 2_000, 'throttled');
    expect(await line.after(1_999)).toEqual([]);
    expect(await line.after(1)).toEqual(['a']);
  });

  it('is refused at a stop, and at once; an open gate lets through what is left', async () => {
    await close(60_000, 'throttled');
    const line = new Line();
    line.wait('a', gate.takeTurn());
    await line.after(0);
    stop.abort();
    await line.after(0);
    line.wait('b', gate.takeTurn());
    await line.after(0);
    expect(line.refused).toEqual(['a', 'b']);
    gate = openGate();
    line.wait('c', gate.takeTurn());
    expect(await line.after(0)).toEqual(['c']);
  });
});

describe('taking turns', () => {
  it('lets batches that never failed go first, then the one whose failure is the longest ago, and suspects last', async () => {
    const turns = {
      suspect: gate.takeTurn(true),
      failedLater: gate.takeTurn(),
      failedFirst: gate.takeTurn(),
      second: gate.takeTurn(),
      first: gate.takeTurn(),
    };
    gate.noteFailed(turns.failedFirst);
    gate.noteFailed(turns.failedLater);
    gate.noteFailed(gate.takeTurn());
    await close(1_000, 'unavailable');
    const line = new Line();
    for (const [name, turn] of Object.entries(turns)) line.wait(name, turn);
    await line.after(999);
    const passed = [];
    for (let round = 0; round < 5; round += 1) {
      passed.push(...(await line.after(round === 0 ? 1 : 10)));
    }
    expect(passed.toSorted()).toEqual(Object.keys(turns).toSorted());
    // Those of one kind pass in the order of their turns.
    expect(passed).toEqual(['second', 'first', 'failedFirst', 'failedLater', 'suspect']);
  });

  it('lets other workers go first where a batch failed last, for as long as the first back-off', async () => {
    const last = gate.takeTurn();
    gate.noteFailed(gate.takeTurn());
    gate.noteFailed(last);
    await close(1_000, 'unavailable');
    const line = new Line();
    line.wait('last', last);
    expect(await line.after(1_000 + BASE_MS - 1)).toEqual([]);
    expect(await line.after(1)).toEqual(['last']);
  });

  it('lets them go first for half a second at most', async () => {
    gate = openGate(10_000);
    const last = gate.takeTurn();
    gate.noteFailed(last);
    await close(1_000, 'unavailable');
    const line = new Line();
    line.wait('last', last);
    expect(await line.after(1_499)).toEqual([]);
    expect(await line.after(1)).toEqual(['last']);
  });
});

describe('probing', () => {
  it.each(['unavailable', 'forbidden'])(
    'a batch that found the gate due probes: it passes while others wait: %s',
    async (reason) => {
      const probe = gate.takeTurn();
      gate.notePassed(probe, record(reason));
      expect(probe.probe).toBe('1700');
      await close(1_000, reason);
      const line = new Line();
      line.wait('probe', probe);
      line.wait('other', gate.takeTurn());
      expect(await line.after(0)).toEqual(['probe']);
      await line.after(1_000);
    },
  );

  it.each([
    ['after a 429', record('throttled')],
    ['while refused batches are counted', record('')],
    ['where there is no record', undefined],
  ])('nobody probes %s', (_when, found) => {
    const turn = gate.takeTurn();
    gate.notePassed(turn, found);
    expect(turn.probe).toBe('');
    expect(isProbed(found)).toBe(false);
  });

  it('a probe waits for its place in the rate, and stays the probe', async () => {
    const probe = gate.takeTurn();
    gate.notePassed(probe, record('unavailable'));
    gate.noteClosed(probe, 300, 'rate');
    expect(probe.probe).toBe('1700');
    const line = new Line();
    line.wait('probe', probe);
    line.wait('other', gate.takeTurn());
    expect(await line.after(299)).toEqual(['other']);
    expect(await line.after(1)).toEqual(['probe']);
  });

  it('a probe that finds the gate closed is none any more', async () => {
    const probe = gate.takeTurn();
    gate.notePassed(probe, record('unavailable'));
    await gate.pass(probe);
    gate.noteClosed(probe, 1_000, 'unavailable');
    expect(probe.probe).toBe('');
    const line = new Line();
    line.wait('a', probe);
    expect(await line.after(999)).toEqual([]);
    expect(await line.after(1)).toEqual(['a']);
  });

  it('a batch that found no record opens the gate for all of the worker; one that found a record does not', async () => {
    const turn = await close(1_000, 'throttled');
    const line = new Line();
    line.wait('a', gate.takeTurn());
    gate.notePassed(turn, record('throttled'));
    expect(await line.after(0)).toEqual([]);
    gate.notePassed(turn, undefined);
    expect(await line.after(0)).toEqual(['a']);
  });
});

describe('learning late that the gate changed', () => {
  it('what a claim found is passed over where the gate was opened or closed while it was on its way', async () => {
    const slow = gate.takeTurn();
    await gate.pass(slow);
    const closing = await close(1_000, 'throttled');
    gate.notePassed(closing, undefined);
    gate.noteClosed(slow, 60_000, 'throttled');
    const line = new Line();
    line.wait('a', gate.takeTurn());
    expect(await line.after(0)).toEqual(['a']);
  });
});

it('a turn knows nothing of failures, probes or the gate at first', () => {
  expect([gate.takeTurn(), gate.takeTurn(true)]).toEqual([
    { number: 1, isSuspect: false, failed: 0, probe: '', notBeforeMs: 0, seen: 0 },
    { number: 2, isSuspect: true, failed: 0, probe: '', notBeforeMs: 0, seen: 0 },
  ]);
});
