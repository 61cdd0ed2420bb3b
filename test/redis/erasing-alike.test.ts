// Real: Redis, the intake over HTTP. Orders that share an id or a number are erased one by one, and many of them at
// once.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Platform } from '../../dev/shops/shops.js';
import { signedHeaders } from '../../dev/shops/webhooks.js';
import type { LetterFilter } from '../../src/dead-letters/filter.js';
import { readHistory } from '../../src/dead-letters/history.js';
import type { Correction } from '../../src/dead-letters/operations/edit.js';
import { OperationStore } from '../../src/dead-letters/operations/operation-store.js';
import { beginReplay } from '../../src/dead-letters/operations/operations.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import { type ErasureOrder, erase } from '../../src/erasure/erasure.js';
import { findEvent } from '../../src/find/finder.js';
import { aliasDayOf, aliasDigestOf, findAliasesOf } from '../../src/queue/alias-index.js';
import { keysOf } from '../../src/queue/queue.js';
import { Door, SECRETS } from '../support/door.js';
import { contextAt, eventOf } from '../support/events.js';
import { HOUR_MS, orderPayload } from '../support/reconciling.js';
import { until, World } from '../support/world.js';

const EMAIL_DIGEST = createHash('sha256').update('canary.person@canary.example').digest('hex');
const BY = { by: 'anna', via: 'command' } as const;
const WOO = 'woocommerce:OFF_AMAZON_PURCHASES';
const REFUSED = 5_550_001_111;

let world: World;
let door: Door;
beforeEach(async () => {
  world = await World.open();
  door = await Door.open(world);
});
afterEach(async () => {
  await door.close();
  await world.close();
});

const parts = () => ({ store: new LetterStore(world.account, world.connection), connection: world.connection });
const eraseAll = (what: Partial<ErasureOrder>) => erase(parts(), { isDryRun: false, ...BY, ...what });
const stateOf = async (id: string) => (await findEvent(world.connection, id, { accounts: [world.account] })).state;

/** A webhook arrives. */
async function send(platform: Platform, id: number, changes: Record<string, unknown>): Promise<void> {
  const body = JSON.stringify(orderPayload(platform, id, Date.now() - HOUR_MS, changes));
  const path = `/v1/webhooks/${platform}?account=${world.account}`;
  await door.send(path, body, signedHeaders(platform, body, SECRETS[platform]));
}

const wooOrder = (id: number, number: string) => send('woocommerce', id, { number });
const shopifyOrder = (id: number, changes: Record<string, unknown>) => send('shopify', id, changes);

describe('erasing much', () => {
  it('takes many ids that may stand for sixty each out of a long queue in one short round', async () => {
    await world.enqueue(Array.from({ length: 5_000 }, (_, place) => eventOf(`other-${place}`)));
    const ids = Array.from({ length: 31 }, (_, place) => `gone-${place}`);
    // A job of another program is in no index: none of its ids is known.
    const events = ids.map((id) => ({ event: eventOf(`order:LEAD:${id}`) }));
    await world.withQueue((queue) => queue.add('conversions', { v: 1, events }));
    const startedAt = performance.now();
    expect(await eraseAll({ orders: { ids } })).toMatchObject({ queued: 31, busy: 0 });
    // Less than a second on an idle machine. With 116 searches per event it took 14 s there and started again.
    expect(performance.now() - startedAt).toBeLessThan(12_000);
  });

  it('finds the other numbers of few orders and of many', async () => {
    const { aliases } = keysOf(world.account);
    const { day } = aliasDayOf(Date.now());
    const places = Array.from({ length: 6_000 }, (_, place) => place);
    for (const place of places) {
      const digest = aliasDigestOf('shopify', `number-${place}`);
      await world.connection.hset(`${aliases}${day}:${digest.slice(0, 2)}`, digest.slice(3), String(place));
    }
    const eraseSome = (from: number, to: number) =>
      eraseAll({ orders: { ids: places.slice(from, to).map((place) => `shopify:OFF_AMAZON_PURCHASES:${place}`) } });
    expect(await eraseSome(0, 3)).toMatchObject({ aliases: 3 });
    const shopIds = new Set(places.map(String));
    expect(await findAliasesOf(world.connection, world.account, { shopIds, nowMs: Date.now() })).toHaveLength(5_997);
    expect(await eraseSome(3, 6)).toMatchObject({ aliases: 3 });
  });

  it('takes all events of one match key, however many', async () => {
    const numbers = Array.from({ length: 15_000 }, (_, number) => number);
    await world.withQueue(async (queue) => {
      for (let job = 0; job < 10; job += 1) {
        const events = numbers.map((number) => ({
          event: { clientDedupeId: `e-${job}-${number}`, key: EMAIL_DIGEST },
        }));
        await queue.add('conversions', { v: 1, events });
      }
    });
    expect(await eraseAll({ hashes: [EMAIL_DIGEST] })).toMatchObject({ queued: 150_000, busy: 0 });
  }, 60_000);
});

describe('an id that several orders have', () => {
  it('is refused if it is the number of one and the id of another order of the same shop, even with a source', async () => {
    await wooOrder(7001, '7002');
    await wooOrder(7002, 'W-77');
    const both = new RegExp(`several events: ${WOO}:7002, ${WOO}:7001. Name one of these ids$`);
    await expect(eraseAll({ orders: { ids: ['7002'] } })).rejects.toThrow(both);
    await expect(eraseAll({ orders: { ids: ['#7002'], source: 'woocommerce' } })).rejects.toThrow(/several events/);
    expect(await eraseAll({ orders: { ids: [`${WOO}:7002`] } })).toMatchObject({ queued: 1, aliases: 1 });
    expect(await stateOf('7002')).toBe('queued');
    // Now only one order matches.
    expect(await eraseAll({ orders: { ids: ['7002'] } })).toMatchObject({ queued: 1, aliases: 1 });
  });

  it('asks where one source sent events of two types with it, and takes forms of one id for one', async () => {
    const ids = ['order:OFF_AMAZON_PURCHASES:55', 'order:SIGN_UP:55', 'order:SIGN_UP:#56', 'order:SIGN_UP:56'];
    await world.enqueue(ids.map((id) => eventOf(id)));
    await expect(eraseAll({ orders: { ids: ['55'] } })).rejects.toThrow(
      /:55, order:SIGN_UP:55\. Name one of these ids$/,
    );
    expect(await eraseAll({ orders: { ids: ['56'] } })).toMatchObject({ queued: 2 });
    expect(await eraseAll({ orders: { ids: ['order:SIGN_UP:55'] } })).toMatchObject({ queued: 1 });
    expect(await stateOf('55')).toBe('queued');
  });

  it('asks where two that are in no index have it, as jobs of other programs', async () => {
    const events = ['order:LEAD:57', 'ga4:LEAD:57'].map((id) => ({ event: eventOf(id) }));
    await world.withQueue((queue) => queue.add('conversions', { v: 1, events }));
    await expect(eraseAll({ orders: { ids: ['57'] } })).rejects.toThrow(
      /:57\. Name one of these ids, or say --source$/,
    );
    expect(await eraseAll({ orders: { ids: ['57'], source: 'ga4' } })).toMatchObject({ queued: 1 });
    expect(await eraseAll({ orders: { ids: ['57'] } })).toMatchObject({ queued: 1 });
  });

  it('leaves the numbers of another source’s order', async () => {
    await wooOrder(7002, 'W-77');
    await world.enqueue([eventOf('order:OFF_AMAZON_PURCHASES:7002')]);
    expect(await eraseAll({ orders: { ids: ['7002'], source: 'order' } })).toMatchObject({ queued: 1, aliases: 0 });
    expect(await stateOf('W-77')).toBe('queued');
  });

  it('asks where one is an order that was refused, and leaves a refusal of an order that only shares a number', async () => {
    await shopifyOrder(REFUSED, { test: true, name: '#7002' });
    await until(async () => expect(await stateOf('7002')).toBe('refused'));
    await wooOrder(7002, 'W-77');
    const asked = /:7002, a refused order of shopify\. Name one of these ids, or say --source$/;
    await expect(eraseAll({ orders: { ids: ['7002'] } })).rejects.toThrow(asked);
    expect(await eraseAll({ orders: { ids: ['7002'], source: 'woocommerce' } })).toMatchObject({
      queued: 1,
      refusals: 0,
    });
    expect(await stateOf('7002')).toBe('refused');
    // An order of the same shop: the refusal belongs to another one.
    await shopifyOrder(REFUSED + 1, { name: '#7002' });
    expect(await eraseAll({ orders: { ids: ['7002'] } })).toMatchObject({ queued: 1, refusals: 0 });
    expect(await eraseAll({ orders: { ids: ['7002'] } })).toMatchObject({ queued: 0, refusals: 1 });
  });
});

describe('erasing from records of operations', () => {
  it('looks at nothing in them that is ours, and at numbers too', async () => {
    const replay = async (filter: LetterFilter, corrections: readonly Correction[]) => {
      const { ended } = await beginReplay(parts(), { filter, corrections }, { ...BY, context: contextAt(Date.now()) });
      return (await ended).id;
    };
    const kept = await replay({ reasons: ['expired'], text: 'Hats' }, [{ path: ['matchKeys', 0], value: 'x' }]);
    const numbered = await replay({ text: 'Caps' }, [{ path: ['clientDedupeId'], value: 1001 }]);
    for (const id of ['replay', 'command', 'anna', 'expired', 'done', 'started', '0']) {
      await eraseAll({ orders: { ids: [id] } });
    }
    const store = new OperationStore(world.account, world.connection);
    expect(await store.read(kept)).toMatchObject({
      kind: 'replay',
      order: { filter: { reasons: ['expired'], text: 'Hats' } },
    });
    const entries = await readHistory(world.connection, world.account, { limit: 100 });
    expect(entries.filter(({ operation }) => operation === kept)).toHaveLength(2);
    await eraseAll({ orders: { ids: ['1001'] } });
    expect(await store.read(numbered)).toMatchObject({ order: { corrections: [{ value: '(not kept)' }] } });
  });
});
