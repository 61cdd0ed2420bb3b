// Real: Redis, BullMQ, settling. Played: the delivery of a batch, so that a run can end in each of its ways.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventsManagerV1 } from '../../src/amazon/wires/events-manager-v1.js';
import { RedisTrouble } from '../../src/redis/trouble.js';
import type { Batch } from '../../src/worker/batcher.js';
import { JobTaker } from '../../src/worker/job-taker.js';
import { OutgoingBatches } from '../../src/worker/outgoing-batches.js';
import { eventOf } from '../support/events.js';
import { linesOf } from '../support/flights.js';
import { WorkerOptions } from '../support/worker-options.js';
import { until, World } from '../support/world.js';

const BACK_OFF = { baseMs: 600_000, maxMs: 600_000 };

let world: World;
let options: WorkerOptions;
let taker: JobTaker | undefined;
beforeEach(async () => {
  world = await World.open();
  options = await WorkerOptions.open(world);
});
afterEach(async () => {
  await taker?.stop();
  await options.close();
});

const jobs = async () => (await world.state()).jobs;

/** @param deliver what becomes of each batch */
function openTaker(deliver: (batch: Batch) => Promise<void>, connection = world.connect('capi-worker')): JobTaker {
  const { account, log, settings, advertiser } = world;
  const { clock, metrics, settler } = options;
  const limits = { maxEvents: 100, maxBytes: 1_000_000, lingerMs: 10, emptyBodyBytes: 16 };
  const delivery = { deliverBatch: deliver };
  taker = new JobTaker({
    account: advertiser,
    wire: eventsManagerV1,
    settings,
    connection,
    clock,
    metrics,
    log,
    tag: 'tag',
    backOff: BACK_OFF,
    settler,
    batches: new OutgoingBatches({ account, limits, inFlightMax: 1, tag: 'tag', delivery, log }),
    trouble: new RedisTrouble({ log, connection }),
  });
  return taker;
}

/** Each event goes back to the queue, after this long. */
const keepAll = (delayMs: number) => async (batch: Batch) => {
  for (const { run, place, held } of batch.events) run.keep(place, held, delayMs);
  for (const { run } of batch.events) run.finishIfSettled();
};

describe('giving jobs back', () => {
  it('after the longest of their delays', async () => {
    await world.enqueue([eventOf('a')]);
    await openTaker(keepAll(600_000)).start();
    await until(async () => expect(await jobs()).toMatchObject({ active: 0, delayed: 1 }));
  });

  it('at once where there is none: they are taken again, by runs of other names', async () => {
    const names: string[] = [];
    await world.enqueue([eventOf('a')]);
    await openTaker(async (batch) => {
      names.push(...batch.events.map(({ run }) => run.name));
      await keepAll(names.length < 3 ? 0 : 600_000)(batch);
    }).start();
    await until(async () => expect(await jobs()).toMatchObject({ active: 0, waiting: 0, delayed: 1 }));
    expect(names).toEqual(['tag1', 'tag2', 'tag3']);
  });

  it('after the first back-off where a fault of ours broke the delivery off', async () => {
    await world.enqueue([eventOf('a')]);
    await openTaker(() => Promise.reject(new Error('a fault'))).start();
    await until(async () => expect(await jobs()).toMatchObject({ active: 0, delayed: 1 }));
    expect(linesOf(world, 'batch.fault')).toHaveLength(1);
    expect(linesOf(world, 'job.failed')).toEqual([]);
    expect((await world.state()).queuedEvents).toBe(1);
  });

  it('leaves one alone whose lock another has by now', async () => {
    await world.enqueue([eventOf('a')]);
    const lock = `${options.keys.job}1:lock`;
    let runs = 0;
    await openTaker(async (batch) => {
      runs += 1;
      await world.connection.set(lock, 'somebody else');
      await keepAll(0)(batch);
    }).start();
    await until(() => expect(runs).toBe(1));
    await taker?.stop();
    expect(await jobs()).toMatchObject({ active: 1, waiting: 0, delayed: 0, failed: 0 });
    expect(await world.connection.get(lock)).toBe('somebody else');
    expect(linesOf(world, 'job.failed')).toEqual([]);
  });
});

describe('taking jobs', () => {
  it('holds each under a lock of ten seconds, so that a lost worker’s jobs are soon another’s', async () => {
    await world.enqueue([eventOf('a')]);
    let end: () => void = () => undefined;
    const isEnded = new Promise<void>((resolve) => {
      end = resolve;
    });
    let lockMs = 0;
    await openTaker(async (batch) => {
      lockMs = await world.connection.pttl(`${options.keys.job}1:lock`);
      await isEnded;
      await keepAll(600_000)(batch);
    }).start();
    await until(() => expect(lockMs).toBeGreaterThan(5_000));
    expect(lockMs).toBeLessThanOrEqual(10_000);
    end();
    await until(async () => expect(await jobs()).toMatchObject({ active: 0, delayed: 1 }));
  });

  it('buries what cannot be read of a job, and passes on the rest', async () => {
    await world.enqueue([eventOf('a')]);
    const good = JSON.stringify({ event: eventOf('good'), source: 'conversion', enqueuedAt: Date.now() });
    await world.connection.hset(
      `${options.keys.job}1`,
      'data',
      `{"v":1,"isCounted":true,"events":[${good},"nonsense"]}`,
    );
    const ids: string[] = [];
    await openTaker(async (batch) => {
      ids.push(...batch.events.map(({ held }) => held.clientDedupeId));
      await keepAll(600_000)(batch);
    }).start();
    await until(async () => expect(await jobs()).toMatchObject({ active: 0, delayed: 1 }));
    expect(ids).toEqual(['good']);
    expect(await world.letters()).toMatchObject([{ reason: 'unreadable', raw: '"nonsense"' }]);
  });
});

describe('stopping', () => {
  it('takes no time where it was never started', async () => {
    expect(await openTaker(keepAll(0)).stop()).toBe(true);
  });

  it('waits for no Redis that is away where nothing is held', async () => {
    const connection = world.connect('capi-worker');
    const idle = openTaker(keepAll(0), connection);
    await idle.start();
    connection.disconnect();
    const startedAt = performance.now();
    expect(await idle.stop()).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(linesOf(world, 'worker.cut_off')).toEqual([]);
  });
});
