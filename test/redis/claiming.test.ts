// Real: Redis and the window's scripts, by their clock. Times are short; the rules are those of the 48 hours.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keysOf } from '../../src/queue/queue.js';
import { runScript } from '../../src/redis/script.js';
import { digestOf, joinDigests, WINDOW_LAYOUT } from '../../src/window/layout.js';
import { claimIds } from '../../src/worker/claim.js';
import { SETTLE } from '../../src/worker/settle-script.js';
import { eventOf, idsFrom } from '../support/events.js';
import { metricOf, until, World } from '../support/world.js';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const LONG = { leaseMs: 60_000, windowMs: 60_000, requestIntervalMs: 0 };

/** BullMQ has given the job to this run: it holds the lock. */
async function lock(owner: string, account = world.account) {
  const [jobId = ''] = owner.split('/');
  await world.connection.set(`${keysOf(account).job}${jobId}:lock`, owner);
  return { jobId, owner, token: owner };
}

/** The claims of a run's ids, as the run knows them. */
const numbers = new Map<string, string>();
/** The claim of an id that nobody claimed. */
const NO_CLAIM = `-1${'0'.repeat(10)}`;

async function claim(owner: string, ids: readonly string[], settings = LONG) {
  return claimLocked(await lock(owner), ids, settings);
}

async function claimLocked(run: Awaited<ReturnType<typeof lock>>, ids: readonly string[], settings = LONG) {
  const claimants = ids.map((id) => ({ digest: digestOf(id), run }));
  const result = await claimIds(world.connection, keysOf(world.account), claimants, settings);
  if (result.kind === 'closed') throw new Error(`closed: ${result.reason}`);
  ids.forEach((id, place) => numbers.set(`${run.owner} ${id}`, result.numbers[place] ?? ''));
  return result.states;
}

/** The number of delivered ids from which one write marks them all. 1: always. */
let idsWorthARecord = 20;

async function settle(owner: string, marks: Record<string, 'd' | 'r'>, windowMs = 60_000) {
  const byClaim = new Map<string, string[]>();
  for (const id of Object.keys(marks)) {
    const number = numbers.get(`${owner} ${id}`) ?? NO_CLAIM;
    byClaim.set(number, [...(byClaim.get(number) ?? []), id]);
  }
  const ids = [...byClaim.values()].flat();
  await settleDigests(
    ids.map(digestOf),
    ids.map((id) => marks[id] ?? 'r').join(''),
    [...byClaim].flatMap(([number, { length }]) => [number, length, 0]),
    windowMs,
  );
}

async function settleDigests(
  digests: readonly string[],
  letters: string,
  claims: readonly (string | number)[],
  windowMs = 60_000,
) {
  const keys = keysOf(world.account);
  await runScript(world.connection, {
    script: SETTLE,
    keys: [keys.ledger, keys.window],
    args: [
      windowMs,
      LONG.leaseMs,
      joinDigests(digests),
      letters,
      idsWorthARecord,
      claims.length / 3,
      0,
      windowMs,
      'request-1',
      ...claims,
    ],
  });
}

describe.each([
  ['each id by itself', 20],
  ['all of a claim by one write', 1],
])('claiming, where ids are marked %s', (_how, worth) => {
  beforeEach(() => {
    numbers.clear();
    idsWorthARecord = worth;
  });

  it('gives an id to one owner, renews it for the same, and refuses it to another', async () => {
    expect(await claim('1/a', ['x', 'y'])).toEqual(['claimed', 'claimed']);
    expect(await claim('1/a', ['x'])).toEqual(['claimed']);
    expect(await claim('2/b', ['x', 'z'])).toEqual(['busy', 'claimed']);
  });

  it('lets another run of the same job take over: BullMQ gave it the job because the first had lost it', async () => {
    await claim('1/a', ['x']);
    expect(await claim('1/b', ['x'])).toEqual(['claimed']);
    await settle('1/a', { x: 'r' });
    expect(await claim('2/c', ['x'])).toEqual(['busy']);
  });

  it('gives nothing to a run that has lost its job: it wakes too late, and would send what another run sends', async () => {
    const slow = await lock('1/a');
    await claim('1/b', ['x']);
    expect(await claimLocked(slow, ['x', 'y'])).toEqual(['busy', 'busy']);
    expect(await claim('2/c', ['x', 'y'])).toEqual(['busy', 'claimed']);
    await world.connection.del(`${keysOf(world.account).job}1:lock`);
    expect(await claimLocked(slow, ['z'])).toEqual(['busy']);
  });

  it('lets nobody but its owner release a claim', async () => {
    await claim('1/a', ['x']);
    await settle('2/b', { x: 'r' });
    expect(await claim('3/c', ['x'])).toEqual(['busy']);
    await settle('1/a', { x: 'r' });
    expect(await claim('3/c', ['x'])).toEqual(['claimed']);
  });

  it('ends a claim with its lease', async () => {
    await claim('1/a', ['x']);
    expect(await claim('2/b', ['x'])).toEqual(['busy']);
    // A second claim renews it, here for a shorter time.
    await claim('1/a', ['x'], { ...LONG, leaseMs: 1 });
    await until(async () => expect(await claim('2/b', ['x'])).toEqual(['claimed']));
  });

  it('remembers a delivery for the window, to everybody, and not longer', async () => {
    await claim('1/a', ['x']);
    const settledAt = performance.now();
    await settle('1/a', { x: 'd' }, 600);
    expect(await claim('1/a', ['x'])).toEqual(['delivered']);
    expect(await claim('2/b', ['x'])).toEqual(['delivered']);
    await until(async () => expect(await claim('2/b', ['x'])).toEqual(['claimed']));
    expect(performance.now() - settledAt).toBeGreaterThanOrEqual(599);
  });

  it('does not forget a delivery because somebody else held the claim meanwhile, or released it', async () => {
    await claim('1/a', ['x'], { ...LONG, leaseMs: 1 });
    await until(async () => expect(await claim('2/b', ['x'])).toEqual(['claimed']));
    await settle('1/a', { x: 'd' });
    await settle('2/b', { x: 'r' });
    expect(await claim('3/c', ['x'])).toEqual(['delivered']);
  });

  it('takes an id out of a claim that is delivered as a whole, where it was released or taken over', async () => {
    const ids = idsFrom('many', 30);
    await claim('1/a', ids);
    await claim('1/b', ['many-3']);
    await settle('1/a', Object.fromEntries(ids.map((id) => [id, id === 'many-7' ? 'r' : 'd'])));
    // A delivery of the first run counts, even for an id that the other run has taken over.
    const states = await claim('2/c', ids);
    expect(ids.filter((_, place) => states[place] === 'claimed')).toEqual(['many-7']);
    await settle('1/b', { 'many-3': 'r' });
    expect(await claim('3/d', ['many-3'])).toEqual(['delivered']);
  });

  it('marks a claim once, however often it is told to', async () => {
    await claim('1/a', ['x', 'y']);
    await settle('1/a', { x: 'd', y: 'r' });
    await claim('2/b', ['y']);
    await settle('1/a', { x: 'd', y: 'r' });
    expect(await claim('3/c', ['x', 'y'])).toEqual(['delivered', 'busy']);
  });

  it('keeps accounts apart', async () => {
    const other = await World.open();
    await claim('1/a', ['x']);
    const result = await claimIds(
      other.connection,
      keysOf(other.account),
      [{ digest: digestOf('x'), run: await lock('1/z', other.account) }],
      LONG,
    );
    expect(result).toMatchObject({ kind: 'claims', states: ['claimed'] });
    await other.close();
  });

  it('lets a bucket live as long as every id in it, whether the claim was still good when it was settled or not', async () => {
    const bucket = (id: string) => keysOf(world.account).window + digestOf(id).slice(0, 3);
    await claim('1/a', ['x']);
    await settle('1/a', { x: 'd', y: 'd' });
    expect(await world.connection.pttl(bucket('x'))).toBeGreaterThanOrEqual(60_000);
    expect(await world.connection.pttl(bucket('y'))).toBeGreaterThanOrEqual(60_000);
    await claim('1/a', ['z'], { ...LONG, windowMs: 600_000 });
    await settle('1/a', { z: 'd' }, 600_000);
    expect(await world.connection.pttl(bucket('z'))).toBeGreaterThanOrEqual(600_000);
  });

  it('clears what is over from a bucket that is written again', async () => {
    const ids = idsFrom('old', 2000);
    const keys = keysOf(world.account);
    // One bucket for all: the bucket is the start of the digest.
    const digests = ids.map((id) => `aaa${digestOf(id).slice(3)}`);
    const mark = (chosen: readonly string[], windowMs: number) =>
      settleDigests(chosen, 'd'.repeat(chosen.length), [NO_CLAIM, chosen.length, 0], windowMs);
    await mark(digests.slice(0, 1000), 1);
    await until(async () => {
      await mark(digests.slice(1000), 60_000);
      expect(await world.connection.hlen(`${keys.window}aaa`)).toBeLessThan(1100);
    });
  });
});

describe('a window that another version laid out', () => {
  it('is left alone where that is newer: events wait, and the log says so', async () => {
    const layoutKey = `${keysOf(world.account).window}layout`;
    await world.connection.set(layoutKey, WINDOW_LAYOUT + 1);
    await world.enqueue([eventOf('1001')]);
    await world.startWorker();
    await until(async () => expect((await world.state()).jobs).toMatchObject({ active: 0, delayed: 1 }));
    expect(world.logLines.join('')).toContain('window.newer_layout');
    await world.stopWorkers();
    expect(world.countedIds()).toEqual([]);
    expect(await world.connection.get(layoutKey)).toBe(String(WINDOW_LAYOUT + 1));
    expect((await world.state()).queuedEvents).toBe(1);
    // An updated process continues where it was.
    await world.connection.del(layoutKey);
    await world.enqueue([eventOf('1002')]);
    await world.startWorker();
    await until(async () => expect((await world.state()).ledger).toMatchObject({ delivered: 1 }));
    expect(await world.connection.get(layoutKey)).toBe(String(WINDOW_LAYOUT));
  });
});

describe('sending an id once', () => {
  const deliveredTwice = async () => world.sandbox.received.list().filter(({ received }) => received > 1);

  it('in one batch: the second follows the first', async () => {
    await world.enqueue([eventOf('x'), eventOf('y'), eventOf('x')]);
    const { metrics } = await world.startWorker();
    await world.untilSettled({ delivered: 2, duplicate: 1 });
    expect(await deliveredTwice()).toEqual([]);
    const labels = { account: world.account, outcome: 'duplicate' };
    expect(await metricOf(metrics, 'capi_events_settled_total', labels)).toBe(1);
  });

  it('in two batches, one after the other', async () => {
    await world.enqueue([eventOf('x')]);
    await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    await world.enqueue([eventOf('x')]);
    await world.untilSettled({ delivered: 1, duplicate: 1 });
    expect(world.sandbox.stats.requests).toBe(1);
  });

  it('from two workers at once, also while Amazon takes its time', async () => {
    world.sandbox.faults.add({ kind: 'latency', ms: 150 });
    const ids = idsFrom('id', 40);
    for (let round = 0; round < 6; round += 1) await world.enqueue(ids.map((id) => eventOf(id)));
    await world.startWorker();
    await world.startWorker();
    await world.untilSettled({ delivered: 40, duplicate: 200 });
    expect(await deliveredTwice()).toEqual([]);
  });

  it('waits for the other and is sent itself if the other fails', async () => {
    await claim('somebody-else/1', ['x'], { ...LONG, leaseMs: 3000 });
    await world.enqueue([eventOf('x')]);
    await world.startWorker();
    await until(async () => expect((await world.state()).jobs.delayed).toBe(1));
    expect(world.sandbox.stats.requests).toBe(0);
    await world.untilSettled({ delivered: 1 });
  });

  it('across a restart of the worker', async () => {
    await world.enqueue([eventOf('x')]);
    const { worker } = await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    await worker.stop();
    await world.enqueue([eventOf('x')]);
    await world.startWorker();
    await world.untilSettled({ delivered: 1, duplicate: 1 });
    expect(world.sandbox.stats.requests).toBe(1);
  });

  it('and again when the window is over', async () => {
    await world.close();
    // 36 seconds are the least above a claim's lease. These settings make the lease short.
    world = await World.open({ DEDUPE_WINDOW_HOURS: '0.0043', BATCH_LINGER_MS: '5', REQUEST_TIMEOUT_MS: '100' });
    await world.enqueue([eventOf('x')]);
    await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    await until(async () => {
      await world.enqueue([eventOf('x')]);
      await world.untilSettled();
      expect((await world.state()).ledger.delivered).toBe(2);
    }, 25_000);
  });

  it('and again when the first was dead-lettered', async () => {
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'x', code: 'INVALID_INPUT', times: 1 });
    await world.enqueue([eventOf('x', { value: 1 })]);
    await world.startWorker();
    await world.untilSettled({ dead_lettered: 1 });
    await world.enqueue([eventOf('x', { value: 2 })]);
    await world.untilSettled({ dead_lettered: 1, delivered: 1 });
    expect(world.countedIds()).toEqual(['x']);
  });

  it('sends a correction that is in one batch with the event that failed', async () => {
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'x', code: 'INVALID_INPUT', times: 1 });
    // The second has exactly the bytes of the first, the third does not.
    const first = eventOf('x', { value: 1 });
    await world.enqueue([first, { ...first }, { ...first, value: 2 }]);
    await world.startWorker();
    await world.untilSettled({ dead_lettered: 2, delivered: 1 });
  });
});
