// Real: Redis, a worker, the sandbox. Time passes by making stored data older: the event's own time is set back
// equally.
import { afterEach, describe, expect, it } from 'vitest';
import { eventOf } from '../support/events.js';
import { letTimePass } from '../support/passing-time.js';
import { World } from '../support/world.js';

const HOUR_MS = 3_600_000;

let world: World;
const open = async (settings: Record<string, string> = {}) => {
  world = await World.open(settings);
  await world.startWorker();
};
afterEach(() => world.close());

/** An order whose time of sale is this long ago. */
const order = (hoursAgo: number) =>
  eventOf('order-1001', { timestamp: new Date(Date.now() - hoursAgo * HOUR_MS).toISOString() });

async function deliver(hoursAgo: number): Promise<void> {
  await world.enqueue([order(hoursAgo)]);
  await world.untilSettled({ delivered: 1, duplicate: 0 });
}

describe('how long a delivered id stays known, DEDUPE_WINDOW_HOURS unset', () => {
  it.each([47, 60, 167])('for %i hours while its event is young enough to be sent: a duplicate', async (hours) => {
    await open();
    await deliver(0);
    await letTimePass(world.connection, world.account, hours);
    await world.enqueue([order(hours)]);
    await world.untilSettled({ delivered: 1, duplicate: 1 });
    expect(world.countedIds()).toEqual(['order-1001']);
  });

  it('until it is too old, after which it expires and is not sent', async () => {
    await open();
    await deliver(0);
    await letTimePass(world.connection, world.account, 8 * 24);
    await world.enqueue([order(8 * 24)]);
    await world.untilSettled({ delivered: 1, duplicate: 0, dead_lettered: 1 });
    expect((await world.letters()).map(({ reason }) => reason)).toEqual(['expired']);
    expect(world.countedIds()).toEqual(['order-1001']);
  });

  it('for 48 hours after a late delivery, though its event is too old by then', async () => {
    await open();
    await deliver(160);
    await letTimePass(world.connection, world.account, 47);
    // The shop sends it with another time. By the id alone it is the same order.
    await world.enqueue([order(1)]);
    await world.untilSettled({ delivered: 1, duplicate: 1 });
  });

  it('and no longer than it must: a late delivery is forgotten after 49 hours', async () => {
    await open();
    await deliver(160);
    await letTimePass(world.connection, world.account, 49);
    await world.enqueue([order(1)]);
    await world.untilSettled({ delivered: 2, duplicate: 0 });
  });

  it('by the youngest of the events that came under it in one batch', async () => {
    await open();
    await world.enqueue([order(160), order(0)]);
    await world.untilSettled({ delivered: 1, duplicate: 1 });
    await letTimePass(world.connection, world.account, 60);
    await world.enqueue([order(60)]);
    await world.untilSettled({ delivered: 1, duplicate: 2 });
  });

  it('whether its batch is marked by one write or its ids one by one', async () => {
    await open();
    const many = (hours: number) =>
      Array.from({ length: 60 }, (_, n) => ({ ...order(hours), clientDedupeId: `order-${n}` }));
    await world.enqueue(many(0));
    await world.untilSettled({ delivered: 60 });
    await letTimePass(world.connection, world.account, 60);
    await world.enqueue(many(60));
    await world.untilSettled({ delivered: 60, duplicate: 60 });
  });
});

describe('how long a delivered id stays known, DEDUPE_WINDOW_HOURS set', () => {
  it('is exactly that long, however young its event is', async () => {
    await open({ DEDUPE_WINDOW_HOURS: '24' });
    await deliver(0);
    await letTimePass(world.connection, world.account, 23);
    await world.enqueue([order(23)]);
    await world.untilSettled({ delivered: 1, duplicate: 1 });
    await letTimePass(world.connection, world.account, 1);
    await world.enqueue([order(24)]);
    await world.untilSettled({ delivered: 2, duplicate: 1 });
  });

  it('also where that is longer than an event may be old', async () => {
    await open({ DEDUPE_WINDOW_HOURS: '300', MAX_EVENT_AGE_HOURS: '100' });
    await deliver(0);
    await letTimePass(world.connection, world.account, 299);
    await world.enqueue([order(1)]);
    await world.untilSettled({ delivered: 1, duplicate: 1 });
  });
});
