// Real: Redis and BullMQ; the library as a caller uses it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countQueuedEvents } from '../../src/balance.js';
import { createProducer, type Producer, RefusedError } from '../../src/index.js';
import { conversionPayload, idsFrom } from '../support/events.js';
import { World } from '../support/world.js';

let world: World;
let producer: Producer;
beforeEach(async () => {
  world = await World.open();
  producer = createProducer({ redisUrl: world.settings.REDIS_URL, account: world.account });
});
afterEach(async () => {
  await producer.close();
  await world.close();
});

const payload = (id: string, overrides: object = {}) =>
  conversionPayload({ clientDedupeId: id, timestamp: new Date().toISOString(), ...overrides });

describe('producing', () => {
  it('resolves when the event is in Redis', async () => {
    const [event] = await producer.enqueue(payload('a'));
    expect(event?.clientDedupeId).toBe('a');
    expect(await countQueuedEvents(world.account, world.connection)).toEqual({ events: 1, uncountedEvents: 0 });
  });

  it('packs what comes while a write is in flight into as few jobs as fit', async () => {
    await Promise.all(idsFrom('id', 1000).map((id) => producer.enqueue(payload(id))));
    const { jobs, ledger } = await world.state();
    expect(ledger.enqueued).toBe(1000);
    expect(jobs.waiting).toBeLessThanOrEqual(12);
    expect((await countQueuedEvents(world.account, world.connection)).events).toBe(1000);
  });

  it('keeps the job’s shape that others rely on', async () => {
    await producer.enqueue(payload('a'));
    await world.withQueue(async (queue) => {
      const [job] = await queue.getJobs(['waiting']);
      expect(job?.data).toMatchObject({
        v: 1,
        events: [{ event: { clientDedupeId: 'a' }, source: 'conversion', enqueuedAt: expect.any(Number) }],
      });
    });
  });

  it('rejects what cannot be forwarded, with path and reason, and queues nothing', async () => {
    const refused = producer.enqueue(payload('a', { countryCode: 'XX' }));
    await expect(refused).rejects.toThrow(RefusedError);
    await expect(refused).rejects.toMatchObject({ code: 'REFUSED', issues: [{ path: 'countryCode' }] });
    expect((await world.state()).ledger.enqueued).toBe(0);
  });

  it('queues the good ones of many and reports the others', async () => {
    const report = await producer.enqueueMany([payload('a'), payload('b', { value: 'x' }), payload('c')]);
    expect(report).toMatchObject({ accepted: 2, rejected: [{ index: 1, issues: [{ path: 'value' }] }] });
  });

  it('maps other sources', async () => {
    const order = {
      id: 1,
      createdAt: new Date().toISOString(),
      total: '5',
      currency: 'USD',
      country: 'US',
      channel: 'web',
      customer: { email: 'a@b.example' },
    };
    const [event] = await producer.enqueue(order, { source: 'order' });
    expect(event?.clientDedupeId).toBe('order:OFF_AMAZON_PURCHASES:1');
  });

  it('rejects where Redis is away', async () => {
    const lost = createProducer({ redisUrl: 'redis://127.0.0.1:1', account: world.account });
    await expect(lost.enqueue(payload('a'))).rejects.toThrow();
    await lost.close();
  });

  it('closes once, after what is under way', async () => {
    const writing = producer.enqueue(payload('a'));
    await Promise.all([producer.close(), producer.close()]);
    await writing;
    expect((await world.state()).ledger.enqueued).toBe(1);
  });
});
