// Real: Redis, events written as the intake writes them; what `check` says of their sources.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkSources } from '../../src/checks/check-sources.js';
import type { Source } from '../../src/mapping/source.js';
import { redisNowMs } from '../../src/redis/clock.js';
import { DAY_MS, daysWith, layDays } from '../support/coverage-days.js';
import { eventOf } from '../support/events.js';
import { until, World } from '../support/world.js';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const check = (ids = {}, url = process.env['REDIS_URL'] ?? '') => checkSources(url, [world.account], ids);

it('warns once GA4 and Shopify have both brought a purchase, not before', async () => {
  const ga4: Source = 'ga4';
  await world.enqueue([eventOf('1')], { source: 'shopify' });
  await world.enqueue([eventOf('2', { eventType: 'PAGE_VIEW' })], { source: ga4 });
  const read = async () => (await world.connection.hlen(await todaysKey())) >= 5;
  await until(async () => expect(await read()).toBe(true));
  expect(await check()).toEqual([]);
  await world.enqueue([eventOf('3')], { source: ga4 });
  await until(async () =>
    expect(await check()).toMatchObject([
      { name: `sources ${world.account}`, level: 'warn', advice: expect.stringContaining('DEDUPE_ID_SHOPIFY') },
    ]),
  );
  expect(await check({ shopify: 'name' })).toMatchObject([{ level: 'ok' }]);
});

it('looks at the last seven days', async () => {
  const todayMs = Number.parseInt((await todaysKey()).split(':').at(-1) ?? '', 10) * DAY_MS;
  const days = daysWith(todayMs, (back) => {
    if (back === 0) return { woocommerce: { EMAIL: 1, none: 1, purchase: 1 } };
    return back === 7 ? { ga4: { EMAIL: 1, none: 1, purchase: 1 } } : {};
  });
  await layDays(world.account, world.connection, days);
  expect(await check()).toEqual([]);
  const yesterday = daysWith(todayMs, (back) => (back === 6 ? { ga4: { EMAIL: 1, none: 1, purchase: 1 } } : {}));
  await layDays(world.account, world.connection, yesterday);
  expect(await check()).toMatchObject([{ level: 'warn' }]);
});

it('reports nothing while Redis is down', async () => {
  expect(await check({}, 'redis://127.0.0.1:1')).toEqual([]);
});

async function todaysKey(): Promise<string> {
  const nowMs = await redisNowMs(world.connection, `{capi:${world.account}}:ledger`);
  return `{capi:${world.account}}:coverage:${Math.floor(nowMs / DAY_MS)}`;
}
