// Real: Redis, BullMQ's letters, the settler. Simulated: the run of a job that was given up after an error of ours.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventsManagerV1 } from '../../src/amazon/wires/events-manager-v1.js';
import { holdEntry } from '../../src/queue/held-event.js';
import { JobRecorder } from '../../src/queue/job-recorder.js';
import { DEAD_LETTERS_QUEUE, keysOf } from '../../src/queue/queue.js';
import { RedisTrouble } from '../../src/redis/trouble.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { batchEventOf } from '../../src/worker/batch-events.js';
import { JobRun } from '../../src/worker/job-run.js';
import { Settler } from '../../src/worker/settle.js';
import { eventOf, idsFrom, queued } from '../support/events.js';
import { World } from '../support/world.js';

const HOUR_MS = 3_600_000;
const JOB = { id: '7', token: 'token-7', run: 'run-7', addedAtMs: 0, settling: '' };

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

/** The job as BullMQ stores it for a run that holds its lock. */
async function layJob(data: string): Promise<string> {
  const key = `${keysOf(world.account).job}${JOB.id}`;
  await world.connection.hset(key, 'data', data);
  await world.connection.set(`${key}:lock`, JOB.token);
  return key;
}

describe('settling for a run that was given up', () => {
  it('writes nothing into its job, no letter and no count, though it finds its own token on the lock', async () => {
    const key = await layJob('as it lay there');
    const deadLetters = new JobRecorder(world.account, DEAD_LETTERS_QUEUE, world.connection);
    const entries = idsFrom('order', 3).map((id) => holdEntry(queued(eventOf(id))));
    const run = new JobRun(JOB, entries, false);
    const [first, second, third] = entries.map((entry, place) => batchEventOf(run, entry, place, eventsManagerV1));
    if (!first || !second || !third) throw new Error('three events');
    const settler = new Settler({
      account: world.account,
      connection: world.connection,
      keys: keysOf(world.account),
      deadLetters,
      window: { afterDeliveryMs: HOUR_MS, afterEventMs: 0, longestMs: HOUR_MS },
      leaseMs: HOUR_MS,
      backOff: { baseMs: 1, maxMs: 1 },
      clock: await world.clock(),
      metrics: new Metrics([world.account]),
      log: world.log,
      trouble: new RedisTrouble({ log: world.log, connection: world.connection }),
    });
    run.abandon();
    await settler.settle([
      { event: first, outcome: { kind: 'delivered' } },
      { event: second, outcome: { kind: 'dead', reason: 'rejected', detail: {} } },
      { event: third, outcome: { kind: 'retry', reason: 'timeout', isMaybeDelivered: true, detail: {} } },
    ]);
    expect(await run.done).toBe('abandoned');
    expect(await world.connection.hgetall(key)).toEqual({ data: 'as it lay there' });
    expect(await world.letters()).toEqual([]);
    expect((await world.state()).ledger).toMatchObject({ enqueued: 0, delivered: 0, dead_lettered: 0 });
    await deadLetters.close();
  });
});
