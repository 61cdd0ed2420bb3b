// Real: Redis, BullMQ, undici, the sandbox over HTTP. A failover is simulated by its effect: while a request is in
// flight, job and ledger in Redis return to their earlier state; the lock and its token stay.
import { afterEach, describe, expect, it } from 'vitest';
import { balanceOf, countQueuedEvents } from '../../src/queue/balance.js';
import { keysOf } from '../../src/queue/queue.js';
import { eventOf } from '../support/events.js';
import { until, World } from '../support/world.js';

const LOCK_MS = 1_000;

let world: World;
afterEach(() => world.close());

const untilRequested = (requests: number) =>
  until(() => expect(world.sandbox.stats.requests).toBeGreaterThanOrEqual(requests));

const jobKey = () => `${keysOf(world.account).job}1`;

interface Known {
  readonly job: Record<string, string>;
  readonly ledger: Record<string, string>;
}

async function read(): Promise<Known> {
  const { connection, account } = world;
  return { job: await connection.hgetall(jobKey()), ledger: await connection.hgetall(keysOf(account).ledger) };
}

/** The new master has seen nothing since then except the taking of the job. */
async function promote({ job, ledger }: Known): Promise<void> {
  const { ledger: ledgerKey } = keysOf(world.account);
  const taken = await world.connection.hmget(jobKey(), 'ats', 'processedOn');
  const promoted = { ...job, ats: taken[0] ?? '1', processedOn: taken[1] ?? '1' };
  const transaction = world.connection.multi().del(jobKey(), ledgerKey);
  await transaction.hset(jobKey(), promoted).hset(ledgerKey, ledger).exec();
}

/** Each event has ended once, and the ledger has each of them. */
async function expectAllSettled(expected: Record<string, number>): Promise<void> {
  await world.untilSettled(expected, 20_000);
  const { ledger } = await world.state();
  expect(balanceOf(ledger, await countQueuedEvents(world.account, world.connection))).toMatchObject({ difference: 0 });
}

describe('settling at a master that knows the job as it was before', () => {
  it('leaves a job alone that has more events than the run took, and delivers them all', async () => {
    world = await World.open({ RETRY_BASE_DELAY_MS: '1', RETRY_MAX_DELAY_MS: '1' });
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'later', code: 'INTERNAL_ERROR', times: 2 });
    await world.enqueue([eventOf('now'), eventOf('later'), eventOf('later-bad')]);
    const before = await read();
    world.sandbox.faults.add({ kind: 'latency', ms: 1_000, times: 2 });
    await world.startWorker({}, LOCK_MS);
    // The first run delivered one event. The second has the others, and its request is in flight.
    await untilRequested(2);
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'later-bad', code: 'INVALID_INPUT' });
    await promote(before);
    // The delivery of the first run was counted only at the old master, that of the second nowhere.
    await expectAllSettled({ enqueued: 3, delivered: 1, duplicate: 1, dead_lettered: 1 });
    expect(world.countedIds().toSorted()).toEqual(['later', 'now']);
    expect(await world.letters()).toMatchObject([{ event: { clientDedupeId: 'later-bad' } }]);
  });

  it('leaves a job alone that does not know what the same run settled before', async () => {
    world = await World.open({ BATCH_MAX_EVENTS: '2', BATCHES_IN_FLIGHT: '1' });
    await world.enqueue(['a', 'b', 'c', 'd'].map((id) => eventOf(id)));
    const before = await read();
    world.sandbox.faults.add({ kind: 'latency', ms: 1_500, times: 2 });
    await world.startWorker({}, LOCK_MS);
    await untilRequested(2);
    await promote(before);
    await expectAllSettled({ enqueued: 4, delivered: 2, duplicate: 2 });
    expect(world.countedIds().toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });
});
