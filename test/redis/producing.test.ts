// Real: Redis and BullMQ; the library as a caller uses it. For outages: a cable that can be cut, and a Redis that is
// full.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer } from '../../scripts/redis.mjs';
import {
  createProducer,
  mapPayload,
  type Order,
  type Producer,
  ProducerClosedError,
  ProducerOptionsError,
  QueueUnavailableError,
  RefusedError,
} from '../../src/index.js';
import { countQueuedEvents } from '../../src/queue/balance.js';
import { keysOf } from '../../src/queue/queue.js';
import { Cable } from '../support/cable.js';
import { contextAt, idsFrom, orderOf as order, draftOf as payload } from '../support/events.js';
import { until, World } from '../support/world.js';

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

/** The error of an enqueue that must fail. */
async function errorOf(enqueuing: Promise<unknown>): Promise<unknown> {
  return enqueuing.then(
    () => expect.unreachable('it was accepted'),
    (error: unknown) => error,
  );
}

function expectUnavailable(error: unknown): QueueUnavailableError {
  expect(error).toBeInstanceOf(QueueUnavailableError);
  expect(error).toMatchObject({ name: 'QueueUnavailableError', code: 'QUEUE_UNAVAILABLE' });
  return error as QueueUnavailableError;
}

describe('producing', () => {
  it('resolves when the event is in Redis', async () => {
    const [event] = await producer.enqueue(payload('a'));
    expect(event?.clientDedupeId).toBe('a');
    expect(await countQueuedEvents(world.account, world.connection)).toEqual({ events: 1, uncountedEvents: 0 });
  });

  it('adds a job as BullMQ itself does', async () => {
    await producer.enqueue(payload('ours'));
    await world.withQueue((queue) => queue.add(queue.name, {}, { removeOnComplete: true }));
    const [ours, theirs] = await world.withQueue((queue) => queue.getJobs(['waiting'], 0, 1, true));
    const fieldsOf = (id: string) => world.connection.hgetall(`${keysOf(world.account).job}${id}`);
    const [own, stock] = [await fieldsOf(ours?.id ?? ''), await fieldsOf(theirs?.id ?? '')];
    expect(own).toEqual({ ...stock, data: own['data'], timestamp: own['timestamp'] });
    expect(Number(own['timestamp'])).toBeGreaterThan(Date.now() - 60_000);
    expect(JSON.parse(own['data'] ?? '')).toMatchObject({ v: 1, isCounted: true });
  });

  it('packs what comes while a write is in flight into full jobs', async () => {
    await Promise.all(idsFrom('id', 1000).map((id) => producer.enqueue(payload(id))));
    const { jobs, ledger } = await world.state();
    expect(ledger.enqueued).toBe(1000);
    // One for the first event, then one for every 250. The last one is not full.
    expect(jobs.waiting).toBe(5);
    expect((await countQueuedEvents(world.account, world.connection)).events).toBe(1000);
  });

  it('keeps the job’s shape that others rely on', async () => {
    await producer.enqueue(payload('a'));
    await world.withQueue(async (queue) => {
      const [job] = await queue.getJobs(['waiting']);
      expect(job?.data).toMatchObject({
        v: 1,
        source: 'conversion',
        enqueuedAt: expect.any(Number),
        events: [{ event: { clientDedupeId: 'a' } }],
      });
    });
  });

  it('rejects what cannot be forwarded, with path and reason, and queues nothing', async () => {
    const refused = producer.enqueue(payload('a', { countryCode: 'Nowhere' }));
    await expect(refused).rejects.toThrow(RefusedError);
    await expect(refused).rejects.toMatchObject({
      code: 'REFUSED',
      reason: 'invalid',
      issues: [{ path: 'countryCode' }],
    });
    expect((await world.state()).ledger.enqueued).toBe(0);
  });

  it('queues the good ones of many and reports the others', async () => {
    const report = await producer.enqueueMany([
      payload('a'),
      payload('b', { value: 1.234 }),
      payload('c', { timestamp: '2020-01-01T00:00:00Z' }),
      payload('d'),
    ]);
    expect(report).toMatchObject({
      accepted: 2,
      rejected: [
        { index: 1, reason: 'invalid', issues: [{ path: 'value' }] },
        { index: 2, reason: 'too_old', issues: [{ path: 'timestamp' }] },
      ],
    });
  });

  it('maps other sources', async () => {
    const [event] = await producer.enqueue(order(), { source: 'order' });
    expect(event?.clientDedupeId).toBe('order:OFF_AMAZON_PURCHASES:1');
  });

  it('rejects a call with invalid arguments, and queues nothing', async () => {
    // A caller in JavaScript has no compiler that objects.
    const source = { source: 'order' } as const;
    for (const payloads of [order(), new Set([order()]), undefined]) {
      await expect(producer.enqueueMany(payloads as never, source)).rejects.toThrow(TypeError);
    }
    await expect(producer.enqueueMany([payload('id-1')], 'order' as never)).rejects.toThrow(
      "such as { source: 'order' }",
    );
    await expect(producer.enqueue(payload('id-1'), null as never)).rejects.toThrow("such as { source: 'order' }");
    await expect(producer.enqueue(Promise.resolve(order()) as never, source)).rejects.toThrow('await it first');
    expect((await world.state()).ledger.enqueued).toBe(0);
  });

  it('says which sources there are where a caller names another', async () => {
    const source = 'shopfy' as 'shopify';
    await expect(producer.enqueue(order(), { source })).rejects.toThrow(
      TypeError('source is one of conversion, ga4, order, shopify, woocommerce, stripe, csv'),
    );
    expect(() => mapPayload(source, order(), contextAt())).toThrow(TypeError);
  });
});

describe('losing Redis', () => {
  it('an enqueue is unavailable where nothing answers, within seconds, and closing still works', async () => {
    await using lost = createProducer({ redisUrl: 'redis://127.0.0.1:1', account: world.account });
    expectUnavailable(await errorOf(lost.enqueue(payload('a'))));
    expectUnavailable(await errorOf(lost.enqueueMany([payload('a')])));
  });

  it('an enqueue is unavailable while the connection is cut, and the same producer works once it is restored', async () => {
    const cable = await Cable.to(world.settings.REDIS_URL);
    const across = createProducer({ redisUrl: cable.url, account: world.account });
    try {
      await across.enqueue(payload('before'));
      await cable.cut();
      expectUnavailable(await errorOf(across.enqueue(payload('during'))));
      await cable.mend();
      await until(async () => void (await across.enqueue(payload('after'))));
      expect((await world.state()).ledger.enqueued).toBe(2);
    } finally {
      await across.close();
      await cable.cut();
    }
  });

  it('an enqueue is unavailable where Redis goes silent; sent again it is delivered once', async () => {
    const cable = await Cable.to(world.settings.REDIS_URL);
    const across = createProducer({ redisUrl: cable.url, account: world.account });
    try {
      await across.enqueue(payload('before'));
      cable.silence();
      const error = expectUnavailable(await errorOf(across.enqueue(payload('unanswered'))));
      expect(error.cause).toMatchObject({ message: expect.stringContaining('timed out') });
      await cable.cut();
      await cable.mend();
      await until(async () => void (await across.enqueue(payload('unanswered'))));
      await world.startWorker();
      await world.untilSettled();
      expect(world.countedIds().toSorted()).toEqual(['before', 'unanswered']);
    } finally {
      await across.close();
      await cable.cut();
    }
  });

  it('an enqueue is unavailable where Redis is full, with its error as the cause', async () => {
    const full = await startServer({ args: ['--maxmemory', '1'] });
    const refused = createProducer({ redisUrl: full.url });
    try {
      const error = expectUnavailable(await errorOf(refused.enqueue(payload('a'))));
      expect(error.cause).toBeInstanceOf(Error);
      expect(error.message).toMatch(/OOM|EXECABORT/);
      expect(await refused.enqueueMany([])).toEqual({ accepted: 0, rejected: [] });
    } finally {
      await refused.close();
      await full.stop();
    }
  });

  it('all that wait together are rejected together, none is left hanging', async () => {
    const lost = createProducer({ redisUrl: 'redis://127.0.0.1:1', account: world.account });
    const results = await Promise.allSettled(idsFrom('id', 50).map((id) => lost.enqueue(payload(id))));
    for (const result of results) expectUnavailable(result.status === 'rejected' ? result.reason : undefined);
    await lost.close();
  });
});

describe('closing', () => {
  it('happens once, after what is under way', async () => {
    const writing = producer.enqueue(payload('a'));
    await Promise.all([producer.close(), producer.close()]);
    await writing;
    expect((await world.state()).ledger.enqueued).toBe(1);
  });

  it('ends enqueueing: what comes later is rejected and not queued', async () => {
    await producer.close();
    await expect(producer.enqueue(payload('a'))).rejects.toThrow(ProducerClosedError);
    await expect(producer.enqueueMany([payload('a')])).rejects.toMatchObject({ code: 'PRODUCER_CLOSED' });
    expect((await world.state()).ledger.enqueued).toBe(0);
  });

  it('comes with the end of the block under `await using`', async () => {
    const ended = await (async () => {
      await using scoped = createProducer({ redisUrl: world.settings.REDIS_URL, account: world.account });
      await scoped.enqueue(payload('a'));
      return scoped;
    })();
    await expect(ended.enqueue(payload('b'))).rejects.toThrow(ProducerClosedError);
    expect((await world.state()).ledger.enqueued).toBe(1);
  });
});

describe('opening', () => {
  it('names every option that cannot work', () => {
    const wrong = {
      redisUrl: 'localhost:6379',
      account: 'No Spaces',
      eventsPerJob: 0,
      maxEventAgeHours: 1.5,
      defaultCountry: 'XX',
      wire: 'v2' as 'ads-api-v1',
      redisURL: 'redis://127.0.0.1',
    };
    const error = (() => {
      try {
        createProducer(wrong);
        return undefined;
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(ProducerOptionsError);
    const faults = error instanceof ProducerOptionsError ? error.faults.map((fault) => fault.split(':')[0]) : [];
    expect(new Set(faults)).toEqual(new Set(Object.keys(wrong)));
  });

  it.each<[string, Partial<Order>, Parameters<typeof createProducer>[0], object]>([
    ['defaultCountry', { country: null }, { defaultCountry: 'ch' }, { countryCode: 'CH' }],
    ['consentRequiredBy', { country: 'DE' }, { consentRequiredBy: 'account' }, { countryCode: 'DE' }],
    [
      'maxEventAgeHours',
      { createdAt: new Date(Date.now() - 200 * 3_600_000).toISOString() },
      { maxEventAgeHours: 300 },
      { clientDedupeId: 'order:OFF_AMAZON_PURCHASES:1' },
    ],
    [
      'matchKeyRules',
      { customer: { firstName: 'An na' } },
      { matchKeyRules: 'amazon-ads' },
      // SHA-256 of `anna`.
      { matchKeys: [{ values: ['55579b557896d0ce1764c47fed644f9b35f58bad620674af23f356d80ed0c503'] }] },
    ],
    [
      'matchKeyRules, several',
      { customer: { firstName: 'An na' } },
      { matchKeyRules: ['amazon-ads', 'standard'] },
      {
        matchKeys: [
          { values: ['55579b557896d0ce1764c47fed644f9b35f58bad620674af23f356d80ed0c503'] },
          // SHA-256 of `an na`.
          { values: [createHash('sha256').update('an na').digest('hex')] },
        ],
      },
    ],
    [
      'wire',
      { createdAt: new Date(Date.now() - 200 * 3_600_000).toISOString(), customer: { lastName: 'Müller' } },
      { wire: 'ads-api-v1' },
      { matchKeys: [{ values: [createHash('sha256').update('mueller').digest('hex')] }] },
    ],
  ])('%s changes what is accepted', async (_option, overrides, options, expected) => {
    const from = { redisUrl: world.settings.REDIS_URL, account: world.account };
    await using custom = createProducer({ ...from, ...options });
    expect(await custom.enqueue(order(overrides), { source: 'order' })).toMatchObject([expected]);
  });

  it('a customer in a country that asks for consent is refused without, and sent with a denial', async () => {
    await expect(producer.enqueue(order({ country: 'NO' }), { source: 'order' })).rejects.toMatchObject({
      reason: 'consent_missing',
    });
    const consent = { amazonConsent: { amznUserData: 'DENIED' } } as const;
    expect(await producer.enqueue(order({ country: 'NO', consent }), { source: 'order' })).toMatchObject([{ consent }]);
  });

  it('an account that needs consent refuses events without', async () => {
    const from = { redisUrl: world.settings.REDIS_URL, account: world.account };
    await using strict = createProducer({ ...from, isConsentRequired: true });
    await expect(strict.enqueue(payload('a'))).rejects.toMatchObject({ issues: [{ path: 'consent' }] });
  });

  it('eventsPerJob is the most that a job holds', async () => {
    const from = { redisUrl: world.settings.REDIS_URL, account: world.account };
    await using small = createProducer({ ...from, eventsPerJob: 2 });
    await small.enqueueMany(idsFrom('id', 5).map((id) => payload(id)));
    expect((await world.state()).jobs.waiting).toBe(3);
  });
});
