// Real: Redis, the intake over HTTP, Shopify's stand-in, the reconcile, the console's server.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keysOf } from '../../src/queue/queue.js';
import { ConsoleDoor } from '../support/console-door.js';
import { HOUR_MS, Reconciling } from '../support/reconciling.js';
import { until, World } from '../support/world.js';

const DAY_MS = 24 * HOUR_MS;

let world: World;
let shop: Reconciling;
let door: ConsoleDoor;
beforeEach(async () => {
  world = await World.open();
  shop = await Reconciling.open(world, 'shopify');
  door = await ConsoleDoor.open(world);
});
afterEach(async () => {
  await door.close();
  await shop.close();
  await world.close();
});

const path = () => `/accounts/${world.account}/reconcile`;

/** The visible text of a page, with a space between parts. */
async function words(): Promise<string> {
  const { status, text } = await door.visitor().get(path());
  expect(status).toBe(200);
  return text
    .replace(/^.*<main/s, '<main')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
}

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

describe('the page of reconciles', () => {
  it('counts the orders of each day by what became of them', async () => {
    const yesterdayMs = Date.parse(dayOf(Date.now())) - 12 * HOUR_MS;
    const olderMs = yesterdayMs - DAY_MS;
    for (const id of [1, 2, 3]) await shop.deliver(shop.order(id, {}, yesterdayMs));
    shop.order(4, { test: true }, yesterdayMs);
    for (const id of [11, 12, 13]) shop.order(id, {}, olderMs);
    await shop.reconciler().look(4 * DAY_MS);
    const text = await words();
    expect(text).toMatch(/Shopify Last pass ended (just now|\d+ s ago)/);
    expect(text).toContain(`${dayOf(yesterdayMs)} 4 3 1 0 0 0 % ${dayOf(olderMs)} 3 0 0 0 3 100 % All 7 3 1 0 3 43 %`);
  });

  it('shows what is missing, as a pass that was cut off leaves it', async () => {
    const day = dayOf(Date.now() - HOUR_MS);
    const { reconcile } = keysOf(world.account);
    await world.connection.hset(reconcile, { 'shopify:orders': 1 });
    await world.connection.hset(`${reconcile}:shopify:day:${day}`, { m: 1 });
    const text = await words();
    expect(text).toContain('No pass has ended yet');
    expect(text).toContain(`Lost ${day} 1 0 0 1 0 100 %`);
  });

  it('is found in the navigation once a shop was reconciled, and says how to begin before', async () => {
    const link = `href="${path()}"`;
    expect((await door.visitor().get('/')).text).not.toContain(link);
    expect(await words()).toContain('No shop of this account was reconciled yet. capi-forwarder reconcile shopify');
    await shop.reconciler().look(DAY_MS);
    await until(async () => expect((await door.visitor().get('/')).text).toContain(link));
  });

  it('is there for accounts of this console only', async () => {
    expect(await door.visitor().get('/accounts/another/reconcile')).toMatchObject({ status: 404 });
  });
});
