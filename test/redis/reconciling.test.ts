// Real: Redis, the intake and its webhooks, workers and sandbox, the shops' stand-ins over HTTP.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Platform } from '../../dev/shops/shops.js';
import { findEvent } from '../../src/find/finder.js';
import { EventWriter } from '../../src/producer/event-writer.js';
import type { QueuedEvent } from '../../src/queue/job.js';
import { collectReconciles } from '../../src/reconcile/collect-reconciles.js';
import { eventIdOf, HOUR_MS, Reconciling } from '../support/reconciling.js';
import { metricOf, World } from '../support/world.js';

const NOTHING = { orders: 0, delivered: 0, queued: 0, deadLetters: 0, refused: {}, missing: 0, enqueued: 0 };

let world: World;
let shop: Reconciling;
const open = async (platform: Platform) => {
  shop = await Reconciling.open(world, platform);
};
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await shop.close();
  await world.close();
});

const range = (from: number, count: number) => Array.from({ length: count }, (_, place) => from + place);

/** Afterwards there are letters of these orders. */
async function bury(ids: readonly number[]): Promise<void> {
  for (const id of ids) {
    world.sandbox.faults.add({
      kind: 'item_error',
      idHolds: eventIdOf(shop.platform, id),
      code: 'INVALID_INPUT',
      times: 1,
    });
    await shop.deliver(shop.order(id));
  }
}

describe.each(['shopify', 'woocommerce', 'stripe'] as const)('a shop of %s', (platform) => {
  beforeEach(() => open(platform));

  it('has each order counted as what became of it, and those that never came enqueued, once', async () => {
    const dead = [90, 91];
    await bury(dead);
    for (const id of range(1, 12)) await shop.deliver(shop.order(id));
    await world.startWorker();
    await world.untilSettled({ delivered: 12, dead_lettered: 2 });
    await world.stopWorkers();
    for (const id of range(20, 5)) await shop.deliver(shop.order(id));
    const lost = range(30, 7);
    for (const id of lost) shop.order(id);
    const test = { shopify: { test: true }, woocommerce: { status: 'failed' }, stripe: { livemode: false } }[platform];
    for (const id of range(40, 3)) await shop.deliver(shop.order(id, test));

    const report = await shop.reconciler().look(48 * HOUR_MS);
    const reason = platform === 'woocommerce' ? 'not_a_purchase' : 'test_order';
    expect(report).toMatchObject({
      source: platform,
      account: world.account,
      orders: 29,
      delivered: 12,
      queued: 5,
      deadLetters: 2,
      refused: { [reason]: 3 },
      missing: 7,
      enqueued: 7,
    });
    expect(Date.now() - Date.parse(report.since)).toBeGreaterThanOrEqual(48 * HOUR_MS - 5_000);

    expect(await shop.reconciler().look(48 * HOUR_MS)).toMatchObject({
      orders: 29,
      queued: 12,
      missing: 0,
      enqueued: 0,
    });
    await world.startWorker();
    await world.untilSettled({ delivered: 24, dead_lettered: 2, duplicate: 0 });
    expect(world.countedIds().sort()).toEqual(
      [...range(1, 12), ...range(20, 5), ...lost].map((id) => eventIdOf(platform, id)).sort(),
    );
    expect(await shop.totals()).toEqual({ orders: 29, enqueued: 7 });
  });
});

describe('what counts', () => {
  beforeEach(() => open('shopify'));

  it('a dry run tells the same and leaves nothing behind', async () => {
    for (const id of range(1, 4)) shop.order(id);
    expect(await shop.reconciler({ isDryRun: true }).look(HOUR_MS)).toMatchObject({
      orders: 4,
      missing: 4,
      enqueued: 0,
    });
    expect(await shop.totals()).toEqual({ orders: 0, enqueued: 0 });
    expect((await world.state()).queuedEvents).toBe(0);
    expect(await shop.reconciler().look(HOUR_MS)).toMatchObject({ orders: 4, missing: 4, enqueued: 4 });
  });

  it('an order that was refused and passes now is brought in as missing, and counts once', async () => {
    await shop.deliver(shop.order(1, { test: true }));
    expect(await shop.reconciler().look(HOUR_MS)).toMatchObject({ refused: { test_order: 1 }, missing: 0 });
    shop.order(1);
    expect(await shop.reconciler().look(HOUR_MS)).toMatchObject({ refused: {}, missing: 1, enqueued: 1 });
    expect(await shop.totals()).toEqual({ orders: 1, enqueued: 1 });
    // The intake has counted its refusal, and the first pass the order: no pass counts it again.
    expect(await metricOf(shop.metrics, 'capi_events_refused_total', { source: 'shopify', reason: 'test_order' })).toBe(
      1,
    );
    expect(await metricOf(shop.metrics, 'capi_events_enqueued_total', { source: 'shopify' })).toBe(1);
  });

  it('a refused order whose webhook never came is found, with the reason', async () => {
    shop.order(5_550_001_111, { test: true });
    await shop.reconciler({ isDryRun: true }).look(HOUR_MS);
    const found = () => findEvent(world.connection, '5550001111', { accounts: [world.account] });
    expect(await found()).toMatchObject({ state: 'unknown' });
    expect(await shop.reconciler().look(HOUR_MS)).toMatchObject({ refused: { test_order: 1 } });
    expect(await found()).toMatchObject({ state: 'refused', reason: 'test_order' });
  });

  it('an order that was delivered and refunded since was delivered', async () => {
    await shop.deliver(shop.order(1));
    await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    shop.order(1, { financial_status: 'refunded' });
    expect(await shop.reconciler().look(HOUR_MS)).toMatchObject({ orders: 1, delivered: 1, refused: {} });
  });

  it('an order older than the window is not sent: its delivery is unknown', async () => {
    shop.order(1, {}, Date.now() - 50 * HOUR_MS);
    shop.order(2, {}, Date.now() - 40 * HOUR_MS);
    const report = await shop.reconciler({ knownForMs: 48 * HOUR_MS }).look(72 * HOUR_MS);
    expect(report).toMatchObject({ orders: 2, refused: { too_old: 1 }, missing: 1, enqueued: 1 });
  });

  it('an order whose letter a person discarded does not come back', async () => {
    await bury([1]);
    await world.startWorker();
    await world.untilSettled({ dead_lettered: 1 });
    expect(await shop.reconciler().look(HOUR_MS)).toMatchObject({ deadLetters: 1 });
    // As after a discard: the letter is gone.
    const [letter] = await world.letters();
    await world.connection.unlink(`{capi:${world.account}}:dead-letters:${letter?.id}`);
    expect(await shop.reconciler().look(HOUR_MS)).toMatchObject({ ...NOTHING, orders: 1, deadLetters: 1 });
  });

  it('the totals are metrics of every process, and only of accounts that reconcile', async () => {
    for (const id of range(1, 3)) shop.order(id);
    await shop.reconciler().look(HOUR_MS);
    const accounts = [world.account, 'test-other'];
    await collectReconciles({ accounts, connection: world.connection, metrics: shop.metrics });
    const of = { account: world.account, source: 'shopify' };
    expect(await metricOf(shop.metrics, 'capi_reconcile_orders_total', of)).toBe(3);
    expect(await metricOf(shop.metrics, 'capi_reconcile_enqueued_total', of)).toBe(3);
    const ranAt = await metricOf(shop.metrics, 'capi_reconcile_last_run_timestamp_seconds', of);
    expect(Math.abs(Date.now() / 1000 - ranAt)).toBeLessThan(60);
    await expect(metricOf(shop.metrics, 'capi_reconcile_orders_total', { account: 'test-other' })).rejects.toThrow();
  });
});

describe('a process that is killed', () => {
  beforeEach(() => open('woocommerce'));

  /** Fails before or after Redis has the events. */
  class DyingWriter extends EventWriter {
    readonly #diesAfter: boolean;
    constructor(diesAfter: boolean) {
      super({ account: world.account, connection: world.connection, eventsPerJob: 100 });
      this.#diesAfter = diesAfter;
    }
    override async write(events: readonly QueuedEvent[]): Promise<void> {
      if (this.#diesAfter) await super.write(events);
      throw new Error('killed');
    }
  }

  it.each([
    ['before it enqueued', false],
    ['after it enqueued', true],
  ])('%s what is missing is followed by one that finishes: each order counts once', async (_when, diesAfter) => {
    for (const id of range(1, 6)) shop.order(id);
    const writer = new DyingWriter(diesAfter);
    await expect(shop.reconciler({ writer }).look(HOUR_MS)).rejects.toMatchObject({ code: 'NOT_ENQUEUED' });
    await writer.close();
    const report = await shop.reconciler().look(HOUR_MS);
    expect(report).toMatchObject(
      diesAfter ? { orders: 6, queued: 6, missing: 0, enqueued: 0 } : { orders: 6, queued: 0, missing: 6, enqueued: 6 },
    );
    expect(await shop.totals()).toEqual({ orders: 6, enqueued: 6 });
    await world.startWorker();
    await world.untilSettled({ enqueued: 6, delivered: 6, duplicate: 0 });
  });

  it('and two at once are one after the other: nothing is enqueued twice', async () => {
    for (const id of range(1, 250)) shop.order(id);
    const reports = await Promise.all([shop.reconciler().look(HOUR_MS), shop.reconciler().look(HOUR_MS)]);
    expect(reports.map(({ enqueued }) => enqueued).toSorted((left, right) => left - right)).toEqual([0, 250]);
    expect(await shop.totals()).toEqual({ orders: 250, enqueued: 250 });
  });
});

describe('a service', () => {
  beforeEach(() => open('shopify'));
  const longAgo = (id: number, changedMs: number, createdMs = changedMs) => {
    shop.shops.shops.put('shopify', { ...shop.order(id, {}, createdMs) }, changedMs);
  };

  it('goes on where it ended, with an overlap, and counts no order twice', async () => {
    longAgo(1, Date.now() - 30 * HOUR_MS);
    longAgo(2, Date.now() - HOUR_MS);
    expect(await shop.reconciler().goOn(48 * HOUR_MS)).toMatchObject({ orders: 2, missing: 2, enqueued: 2 });
    longAgo(3, Date.now() - 10 * 60_000);
    const second = await shop.reconciler().goOn(48 * HOUR_MS);
    expect(second).toMatchObject({ orders: 1, missing: 1, enqueued: 1 });
    expect(await shop.reconciler().goOn(48 * HOUR_MS)).toMatchObject({ orders: 1, queued: 1, enqueued: 0 });
    expect(await shop.totals()).toEqual({ orders: 3, enqueued: 3 });
  });

  it('leaves an order of this moment to the next pass: its webhook may be on its way', async () => {
    shop.order(1);
    expect(await shop.reconciler().goOn(HOUR_MS)).toMatchObject(NOTHING);
    longAgo(1, Date.now() - 5 * 60_000);
    expect(await shop.reconciler().goOn(HOUR_MS)).toMatchObject({ orders: 1, missing: 1 });
  });

  it('that was off catches up, and says what has grown too old meanwhile', async () => {
    longAgo(1, Date.now() - 5 * HOUR_MS);
    await shop.reconciler().goOn(HOUR_MS);
    const key = `{capi:${world.account}}:reconcile`;
    await world.connection.hset(key, 'shopify:until', Date.now() - 100 * HOUR_MS);
    longAgo(2, Date.now() - 90 * HOUR_MS);
    expect(await shop.reconciler().goOn(HOUR_MS)).toMatchObject({ orders: 2, missing: 2 });
    expect(shop.tooOld).toEqual([]);
    await world.connection.hset(key, 'shopify:until', Date.now() - 400 * HOUR_MS);
    expect(await shop.reconciler().goOn(HOUR_MS)).toMatchObject({ orders: 2, missing: 0 });
    expect(shop.tooOld).toEqual([expect.closeTo(Date.now() - 168 * HOUR_MS, -5)]);
  });

  it('whose pass failed begins the next where the last good one ended', async () => {
    longAgo(1, Date.now() - HOUR_MS);
    shop.shops.shops.faults.add({ kind: 'status', status: 401, times: 4 });
    await expect(shop.reconciler().goOn(48 * HOUR_MS)).rejects.toMatchObject({ code: 'SHOP_CREDENTIALS' });
    shop.shops.shops.faults.clear();
    expect(await shop.reconciler().goOn(48 * HOUR_MS)).toMatchObject({ orders: 1, enqueued: 1 });
  });
});
