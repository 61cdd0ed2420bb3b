// Real: Redis, the settling's script, BullMQ's letters. The test takes the jobs itself and sets the outcomes.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/window/layout.js';
import type { BatchEvent } from '../../src/worker/batcher.js';
import type { SettledEvent } from '../../src/worker/settled-event.js';
import { idsFrom } from '../support/events.js';
import { flightOf, linesOf } from '../support/flights.js';
import { leftOf, WorkerOptions } from '../support/worker-options.js';
import { metricOf, World } from '../support/world.js';

const DELIVERED = { kind: 'delivered', requestId: 'request-1' } as const;
const DEAD = { kind: 'dead', reason: 'rejected', detail: { status: 400, code: 'INVALID_INPUT' } } as const;
const RETRY = { kind: 'retry', reason: 'item_error', isMaybeDelivered: false, detail: {} } as const;
const WAIT = { kind: 'wait', reason: 'claimed', afterMs: 700 } as const;

let world: World;
let options: WorkerOptions;
beforeEach(async () => {
  world = await World.open();
  options = await WorkerOptions.open(world);
});
afterEach(() => options.close());

const settled = (outcome: string) =>
  metricOf(options.metrics, 'capi_events_settled_total', { account: world.account, outcome });
const ledger = async () => (await world.state()).ledger;

/** These events, each with its outcome. */
function each(events: readonly BatchEvent[], ...outcomes: SettledEvent['outcome'][]): SettledEvent[] {
  return outcomes.map((outcome, place) => {
    const event = events[place];
    if (!event) throw new Error('an event an outcome');
    return { event, outcome };
  });
}

const claim = (events: readonly BatchEvent[]) => options.openClaims().claim(flightOf(options.gate, events));

describe('settling a batch', () => {
  it('writes what became of each event: ledger, job, dead letter', async () => {
    const { run, events } = await options.take(['good', 'bad', 'later', 'busy', 'again']);
    await options.settler.settle(each(events, DELIVERED, DEAD, RETRY, WAIT, { kind: 'duplicate' }));
    expect(await ledger()).toMatchObject({ enqueued: 5, delivered: 1, duplicate: 1, dead_lettered: 1 });
    expect(await leftOf(options)).toMatchObject([
      { event: { clientDedupeId: 'later' }, attempts: 1 },
      { event: { clientDedupeId: 'busy' } },
    ]);
    expect(await world.letters()).toMatchObject([
      { account: world.account, reason: 'rejected', event: { clientDedupeId: 'bad' }, answer: DEAD.detail },
    ]);
    expect(await run.done).toBe('running');
    expect(run.left.count).toBe(2);
    for (const outcome of ['delivered', 'duplicate', 'dead_lettered']) expect(await settled(outcome)).toBe(1);
  });

  it('measures how long Redis took, in seconds', async () => {
    const { events } = await options.take(['a']);
    await options.settler.settle(each(events, DELIVERED));
    const ofSettling = (await options.metrics.redisDuration.get()).values.filter(
      ({ labels }) => labels['command'] === 'settle',
    );
    expect(ofSettling.find(({ metricName }) => metricName?.endsWith('_count'))?.value).toBe(1);
    expect(ofSettling.find(({ metricName }) => metricName?.endsWith('_sum'))?.value).toBeLessThan(1);
  });

  it('logs a line for each dead letter, with the status where there is one', async () => {
    const { events } = await options.take(['good', 'bad', 'old']);
    await options.settler.settle(each(events, DELIVERED, DEAD, { kind: 'dead', reason: 'expired', detail: {} }));
    const letters = await world.letters();
    const idOf = (reason: string) => letters.find((letter) => letter.reason === reason)?.id;
    const line = { level: 40, account: world.account };
    expect(linesOf(world, 'event.dead_lettered')).toEqual([
      { ...line, letterId: idOf('rejected'), reason: 'rejected', attempts: 1, status: 400 },
      { ...line, letterId: idOf('expired'), reason: 'expired', attempts: 0 },
    ]);
  });

  it('settles what follows an event with it, under its claim', async () => {
    const { events } = await options.take(['a', 'b', 'a']);
    const [first, second, third] = events;
    if (!first || !second || !third) throw new Error('three events');
    first.followers = [third];
    await claim([first, second]);
    await options.settler.settle(each([first, second], DELIVERED, DEAD));
    expect(await ledger()).toMatchObject({ enqueued: 3, delivered: 1, duplicate: 1, dead_lettered: 1 });
  });

  it('marks what was delivered, and lets go of what was not', async () => {
    const { events } = await options.take(['good', 'bad']);
    await claim(events);
    await options.settler.settle(each(events, DELIVERED, RETRY));
    const buckets = ['good', 'bad'].map((id) => digestOf(id)).map((digest) => [digest.slice(0, 3), digest.slice(3)]);
    const [good, bad] = await Promise.all(
      buckets.map(([bucket, field]) =>
        world.connection.hexists(options.keys.window + bucket, Buffer.from(field ?? '', 'latin1')),
      ),
    );
    expect([good, bad]).toEqual([1, 0]);
  });

  it('does nothing with nothing', async () => {
    await options.settler.settle([]);
    expect(linesOf(world, 'redis.refused')).toEqual([]);
    expect(await ledger()).toMatchObject({ enqueued: 0 });
  });
});

describe('settling twice', () => {
  it('writes two settlings of a job in the order in which they came', async () => {
    const { run, events } = await options.take(idsFrom('id', 4));
    const [first, second] = [events.slice(0, 2), events.slice(2)];
    await Promise.all([
      options.settler.settle(each(first, DELIVERED, RETRY)),
      options.settler.settle(each(second, DEAD, DELIVERED)),
    ]);
    expect(await run.done).toBe('running');
    expect(await ledger()).toMatchObject({ enqueued: 4, delivered: 2, dead_lettered: 1 });
    expect(await leftOf(options)).toMatchObject([{ event: { clientDedupeId: 'id-1' } }]);
  });

  it('goes on after a settling that failed for good', async () => {
    const { events } = await options.take(['a', 'b']);
    const [a, b] = events;
    if (!a || !b) throw new Error('two events');
    const failed = options.settler.settle(each([a, a], DELIVERED, DELIVERED));
    const next = options.settler.settle(each([b], DELIVERED));
    await expect(failed).rejects.toThrow('two outcomes');
    await next;
    expect(await ledger()).toMatchObject({ delivered: 1 });
  });
});

describe('settling for a run that has lost its job', () => {
  it('writes nothing into the job, no count, no letter, no line, no metric', async () => {
    const { run, key, events } = await options.take(['a', 'b']);
    await world.connection.set(`${key}:lock`, 'somebody else');
    await options.settler.settle(each(events, DELIVERED, DEAD));
    expect(await run.done).toBe('lost');
    expect(await world.connection.hget(key, 'data')).toBe('as it lay there');
    expect(await ledger()).toMatchObject({ enqueued: 0, delivered: 0, dead_lettered: 0 });
    expect(await world.letters()).toEqual([]);
    expect(linesOf(world, 'event.dead_lettered')).toEqual([]);
    expect(await settled('delivered')).toBe(0);
    expect(await settled('dead_lettered')).toBe(0);
  });

  it('does not keep another run of the same settling from its own', async () => {
    const lost = await options.take(['a'], { jobId: '6' });
    const held = await options.take(['b', 'c']);
    await world.connection.set(`${lost.key}:lock`, 'somebody else');
    await options.settler.settle([...each(lost.events, DEAD), ...each(held.events, DELIVERED, DEAD)]);
    expect([lost.run.isLost, held.run.isLost]).toEqual([true, false]);
    expect(await ledger()).toMatchObject({ enqueued: 2, delivered: 1, dead_lettered: 1 });
    expect(await world.letters()).toMatchObject([{ event: { clientDedupeId: 'c' } }]);
  });
});

describe('dead-lettering unreadable jobs', () => {
  it('writes letters, counts them, and ends the run where nothing else is in the job', async () => {
    const { run } = await options.takeEntries([undefined, undefined]);
    await options.settler.deadLetterUnreadable(run, [
      { place: 0, raw: 'no JSON' },
      { place: 1, raw: 'neither' },
    ]);
    expect(await run.done).toBe('running');
    expect(await ledger()).toMatchObject({ enqueued: 2, dead_lettered: 2 });
    expect((await world.letters()).map(({ reason, raw }) => `${reason} ${raw}`).toSorted()).toEqual([
      'unreadable neither',
      'unreadable no JSON',
    ]);
    expect(linesOf(world, 'event.dead_lettered')).toHaveLength(2);
    const labels = { account: world.account, reason: 'unreadable', event_type: 'OTHER' };
    expect(await metricOf(options.metrics, 'capi_dead_lettered_total', labels)).toBe(2);
  });

  it('counts nothing where the job is lost', async () => {
    const { run, key } = await options.takeEntries([undefined]);
    await world.connection.set(`${key}:lock`, 'somebody else');
    await options.settler.deadLetterUnreadable(run, [{ place: 0, raw: 'no JSON' }]);
    expect(await run.done).toBe('lost');
    expect(await world.letters()).toEqual([]);
    expect(await settled('dead_lettered')).toBe(0);
  });
});
