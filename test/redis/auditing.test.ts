// Real: Redis, BullMQ, a worker that moves events during the audit.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditAccounts } from '../../src/queue/audit.js';
import { countQueuedEvents } from '../../src/queue/balance.js';
import { keysOf } from '../../src/queue/queue.js';
import { eventOf, idsFrom, queued } from '../support/events.js';
import { until, World } from '../support/world.js';

let world: World;
beforeEach(async () => {
  world = await World.open({ RETRY_BASE_DELAY_MS: '10', BATCH_LINGER_MS: '5' });
});
afterEach(() => world.close());

const audit = async () => (await auditAccounts([world.account], world.connection))[0];
const enqueue = (ids: readonly string[]) => world.enqueue(ids.map((id) => eventOf(id)));

describe('auditing', () => {
  it('finds no difference at any moment while events are taken, retried, refused and delivered', async () => {
    world.sandbox.faults.add({ kind: 'item_error', idHolds: '7', code: 'INTERNAL_ERROR', rate: 0.7 });
    world.sandbox.faults.add({ kind: 'item_error', idHolds: '3', code: 'INVALID_INPUT' });
    await world.startWorker();
    const found = new Set<number | undefined>();
    let looks = 0;
    const end = new AbortController();
    const looking = (async () => {
      for (; !end.signal.aborted; looks += 1) found.add(await audit());
    })();
    for (let round = 0; round < 8; round += 1) await enqueue(idsFrom(`r${round}`, 150));
    await world.withQueue((queue) => queue.add('any', { v: 1, events: [{ event: eventOf('of somebody else') }] }));
    await world.untilSettled({ enqueued: 1201 });
    end.abort();
    await looking;
    expect(looks).toBeGreaterThan(20);
    expect([...found]).toEqual([0]);
  });

  it('counts the packed form of jobs and the plain one alike', async () => {
    await enqueue(idsFrom('packed', 30));
    const plain = idsFrom('plain', 5).map((id, place) => queued(eventOf(id), { enqueuedAt: 1_000_000 + place }));
    await world.writer.write(plain);
    const text = '"enqueuedAt":1, "event":{}, \\"isCounted\\":true';
    await world.enqueue([eventOf('odd', { name: 'odd', clientDedupeId: text })]);
    expect(await audit()).toBe(0);
    expect((await countQueuedEvents(world.account, world.connection)).events).toBe(36);
  });

  it('finds lost and unexpected events, however much else is queued', async () => {
    await enqueue(idsFrom('a', 250));
    expect(await audit()).toBe(0);
    await world.withQueue(async (queue) => (await queue.getJob('1'))?.remove());
    expect(await audit()).toBe(100);
    await world.connection.hincrby(keysOf(world.account).ledger, 'delivered', 130);
    expect(await audit()).toBe(-30);
  });

  it('does not guess how many events a job of an earlier version holds', async () => {
    const data = { v: 1, isCounted: true, events: [] };
    await world.withQueue((queue) => queue.add('any', data));
    expect(await audit()).toBeUndefined();
  });

  it('does not count a queue of more jobs than it may hold Redis for', async () => {
    await world.withQueue((queue) =>
      queue.addBulk(Array.from({ length: 1001 }, () => ({ name: 'any', data: { v: 1, isCounted: true, events: [] } }))),
    );
    expect(await audit()).toBeUndefined();
    await world.startWorker();
    await until(async () => expect(await audit()).toBe(0));
  });

  it('does not count a queue of more bytes than that', async () => {
    const data = { v: 1, events: [], note: 'x'.repeat(2_100_000) };
    await world.withQueue((queue) => queue.addBulk([data, data].map((each) => ({ name: 'any', data: each }))));
    expect(await audit()).toBeUndefined();
  });
});
