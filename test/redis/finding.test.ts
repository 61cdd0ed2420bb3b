// Real: Redis, the library, a file's import, a worker, the sandbox. What `find` returns at each stage of an order.
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginReplay } from '../../src/dead-letters/operations/operations.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import { findEvent } from '../../src/find/finder.js';
import { createProducer, type Producer } from '../../src/index.js';
import { importRecords } from '../../src/producer/files/import.js';
import { readRecords } from '../../src/producer/files/read-records.js';
import { keysOf } from '../../src/queue/queue.js';
import { contextAt, eventOf } from '../support/events.js';
import { orderPayload } from '../support/reconciling.js';
import { World } from '../support/world.js';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const order = (id: string) => eventOf(id, { timestamp: new Date(Date.now() - 3_600_000).toISOString() });
const SHOP_ID = 'shopify:OFF_AMAZON_PURCHASES:1001';
const find = (id: string, options: Partial<Parameters<typeof findEvent>[2]> = {}) =>
  findEvent(world.connection, id, { accounts: [world.account], ...options });
const story = async (id: string) => (await find(id)).timeline.map(({ what, detail }) => [what, detail]);

describe('finding an order', () => {
  it('by the shop’s id, with or without #, or by the dedupe id as sent', async () => {
    await world.enqueue([order(SHOP_ID)], { source: 'shopify' });
    for (const id of ['1001', '#1001', ' 1001', SHOP_ID]) {
      expect(await find(id)).toMatchObject({
        id,
        dedupeId: SHOP_ID,
        account: world.account,
        source: 'shopify',
        state: 'queued',
        enqueuedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        timeline: [{ what: 'enqueued', detail: 'shopify' }],
      });
    }
    expect((await find('1001', { source: 'shopify' })).state).toBe('queued');
    expect((await find('1001', { source: 'stripe' })).state).toBe('unknown');
    expect((await find('1001', { onlySources: ['stripe'] })).state).toBe('unknown');
    expect((await find('1001', { onlySources: ['shopify'] })).state).toBe('queued');
  });

  it('by its number, where its dedupe id is made of another field, until its day is over', async () => {
    const aliases = { names: ['1001', 'EU-1001'], shopId: '5678' };
    const queued = { event: order('shopify:OFF_AMAZON_PURCHASES:5678'), source: 'shopify', enqueuedAt: Date.now() };
    await world.writer.write([{ ...queued, aliases }]);
    for (const id of ['1001', '#1001', 'EU-1001', '5678']) {
      expect(await find(id)).toMatchObject({ id, state: 'queued', dedupeId: 'shopify:OFF_AMAZON_PURCHASES:5678' });
    }
    expect((await find('1001', { source: 'stripe' })).state).toBe('unknown');
    expect(await world.connection.hget(`${keysOf(world.account).job}1`, 'data')).not.toContain('aliases');
    const day = Math.floor(Date.now() / 86_400_000);
    const [, keys] = await world.connection.scan(0, 'MATCH', `${keysOf(world.account).aliases}*`, 'COUNT', 10_000);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatch(new RegExp(`:aliases:${day}:[a-z2-7]{2}$`));
      const leftDays = (await world.connection.pttl(key)) / 86_400_000;
      expect(leftDays).toBeGreaterThan(22.9);
      expect(leftDays).toBeLessThan(24.1);
    }
    await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    expect((await find('#1001')).state).toBe('delivered');
  });

  it('that is unknown', async () => {
    for (const id of ['1001', '#', '', '\u0000é"\\']) {
      expect(await find(id)).toEqual({ id, account: world.account, state: 'unknown', timeline: [] });
    }
  });

  it('tells when it was delivered, by which request, and how long it is known', async () => {
    await world.enqueue([order(SHOP_ID)], { source: 'shopify' });
    await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    const found = await find('1001');
    expect(found).toMatchObject({ state: 'delivered', timeline: [{ what: 'delivered', at: found.deliveredAt }] });
    expect(found.timeline[0]?.detail).toBe(`request ${found.requestId}`);
    expect(Date.parse(found.knownUntil ?? '') - Date.now()).toBeGreaterThan(47 * 3_600_000);
    await world.enqueue([order(SHOP_ID)], { source: 'shopify' });
    await world.untilSettled({ duplicate: 1 });
    expect((await find('1001')).deliveredAt).toBe(found.deliveredAt);
  });

  it('tells until when it waits, and why', async () => {
    await world.enqueue([order('1001')]);
    const untilMs = Date.now() + 60_000;
    await world.connection.hset(keysOf(world.account).gate, { until: untilMs, reason: 'credentials_refused' });
    const found = await find('1001');
    expect(found).toMatchObject({ state: 'waiting', reason: 'credentials_refused' });
    expect(found.timeline.at(-1)).toEqual({
      at: new Date(untilMs).toISOString(),
      what: 'due',
      detail: 'credentials_refused',
    });
  });

  it('shows why it failed, who corrected and replayed it, and its later delivery', async () => {
    world.sandbox.faults.add({ kind: 'item_error', idHolds: '1001', code: 'INVALID_INPUT', times: 1 });
    await world.enqueue([order('1001')]);
    await world.startWorker();
    await world.untilSettled({ dead_lettered: 1 });
    await world.stopWorkers();
    const dead = await find('1001');
    expect(dead).toMatchObject({ state: 'dead_letter', reason: 'rejected' });
    expect(dead.deadLetterId).toBe((await world.letters())[0]?.id);
    expect((await story('1001')).map(([what]) => what)).toEqual(['enqueued', 'attempted', 'dead_letter']);
    const { ended } = await beginReplay(
      { store: new LetterStore(world.account, world.connection), connection: world.connection },
      { filter: {}, corrections: [{ path: ['currencyCode'], value: 'EUR' }] },
      { by: 'anna', via: 'command', context: contextAt(Date.now()) },
    );
    await ended;
    const replayed = await story('1001');
    expect(replayed.map(([what]) => what)).toEqual(['enqueued', 'attempted', 'dead_letter', 'replayed', 'enqueued']);
    expect(replayed[1]?.[1]).toBe('1 failed');
    expect(replayed[2]?.[1]).toContain('rejected');
    expect(replayed[3]?.[1]).toMatch(/^by anna, with .*currencyCode/);
    await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    const delivered = await story('1001');
    expect(delivered.map(([what]) => what)).toEqual(['replayed', 'delivered']);
    expect(delivered[0]?.[1]).toMatch(/^by anna, with .*currencyCode/);
  });

  it.each([
    {
      by: 'the library, one at a time',
      bring: async (producer: Producer, payloads: readonly object[]) => {
        for (const payload of payloads) await producer.enqueue(payload, { source: 'shopify' }).catch(() => undefined);
      },
    },
    {
      by: 'the library, many at once',
      bring: (producer: Producer, payloads: readonly object[]) => producer.enqueueMany(payloads, { source: 'shopify' }),
    },
    {
      by: 'a file',
      bring: (_: Producer, payloads: readonly object[]) => {
        const lines = payloads.map((payload) => `${JSON.stringify(payload)}\n`);
        const contextNow = () => contextAt(Date.now());
        return importRecords(readRecords(Readable.from(lines.map((line) => Buffer.from(line))), 'shopify'), {
          source: 'shopify',
          writer: world.writer,
          contextNow,
        });
      },
    },
  ])('tells that $by brought it, and why it was refused', async ({ bring }) => {
    const payload = (id: number, changes = {}) => orderPayload('shopify', id, Date.now() - 3_600_000, changes);
    const refused = payload(5_550_001_111, { test: true, order_number: 91_001 });
    const { account, settings } = world;
    await using producer = createProducer({ redisUrl: settings.REDIS_URL, account, consentRequiredBy: 'account' });
    await bring(producer, [refused, payload(5_550_002_222)]);
    await producer.close();
    for (const id of ['5550001111', '91001']) {
      expect(await find(id)).toMatchObject({ state: 'refused', reason: 'test_order', timeline: [{ what: 'refused' }] });
    }
    expect(await find('5550002222')).toMatchObject({ state: 'queued' });
  });

  it('lists other events that the id may mean, the newest first', async () => {
    await world.enqueue([order('1001')], { source: 'ga4', enqueuedAt: Date.now() - 60_000 });
    await world.enqueue([order(SHOP_ID)], { source: 'shopify' });
    const found = await find('1001');
    expect([found, ...(found.also ?? [])].map(({ dedupeId }) => dedupeId)).toEqual([SHOP_ID, '1001']);
  });
});
