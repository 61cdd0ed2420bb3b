// Real: Redis. The refusals of a day are limited. Files and the library may use only half of the limit.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findEvent } from '../../src/find/finder.js';
import type { RefusedEvent } from '../../src/mapping/refusal.js';
import { EventWriter } from '../../src/producer/event-writer.js';
import { aliasDayOf } from '../../src/queue/alias-index.js';
import { keysOf } from '../../src/queue/queue.js';
import { World } from '../support/world.js';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

/** Orders with three ids each, like those of Shopify. */
function refusals(name: string, count: number): RefusedEvent[] {
  return Array.from({ length: count }, (_, place) => ({
    reason: 'test_order',
    shopIds: [`${name}-${place}`, `${name}-name-${place}`, `${name}-number-${place}`],
  }));
}

const stateOf = async (id: string) => (await findEvent(world.connection, id, { accounts: [world.account] })).state;
const kept = () => world.connection.hlen(`${keysOf(world.account).refused}${aliasDayOf(Date.now()).day}`);

it('keeps 20,000 refused orders a day; an import of old ones takes half of that', async () => {
  const { account, connection } = world;
  const bulk = new EventWriter({ account, connection, eventsPerJob: 100, isBulk: true });
  for (let part = 0; part < 12; part += 1) await bulk.noteRefused('shopify', refusals(`old-${part}`, 1_000));
  expect(await kept()).toBe(30_000);
  await bulk.close();
  for (let part = 0; part < 12; part += 1) await world.writer.noteRefused('shopify', refusals(`live-${part}`, 1_000));
  expect(await kept()).toBe(60_000);
  expect(await stateOf('old-9-number-999')).toBe('refused');
  expect(await stateOf('old-10-0')).toBe('unknown');
  expect(await stateOf('live-9-number-999')).toBe('refused');
});
