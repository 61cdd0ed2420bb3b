// Real: the built program (intake, worker, reconcile) as processes, Redis, the sandbox as Amazon, a stand-in for the
// shop. A day's orders come by webhook, some webhooks are lost, and the reconcile is killed twice on its way.
// RECONCILE_ORDERS and RECONCILE_LOST set the size (10000 and 500 for the full one), RECONCILE_SHOPS the shops: by
// default only Shopify, as a killed pass leaves a lease of 15 seconds. With a size, measurements are printed.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Platform } from '../../dev/shops/shops.js';
import { signedHeaders } from '../../dev/shops/webhooks.js';
import { keysOf } from '../../src/queue/queue.js';
import { SECRETS } from '../support/door.js';
import { begin, endAllPrograms, Program, run } from '../support/program.js';
import { eventIdOf, HOUR_MS, orderPayload } from '../support/reconciling.js';
import { Scratch } from '../support/scratch.js';
import { TestShops } from '../support/shops.js';
import { until, World } from '../support/world.js';

const ORDERS = Number(process.env['RECONCILE_ORDERS'] ?? 1_000);
const LOST = Number(process.env['RECONCILE_LOST'] ?? 50);
const ALL_SHOPS: readonly Platform[] = ['shopify', 'woocommerce', 'stripe'];
const SHOPS = ALL_SHOPS.filter((name) => (process.env['RECONCILE_SHOPS'] ?? 'shopify').split(',').includes(name));
const WEBHOOKS_AT_ONCE = 20;
const WITHIN_MS = 120_000 + ORDERS * 60;

let world: World;
let shops: TestShops;
let scratch: Scratch;
let environment: Record<string, string>;
beforeEach(async () => {
  world = await World.open();
  // The bucket of a Shopify Plus shop: pages of 25 at first.
  shops = await TestShops.open({ shopify: { bucket: { maximum: 20_000, restoreRate: 20_000 } } });
  scratch = Scratch.outside();
  const account = {
    name: world.account,
    endpoint: world.sandboxUrl,
    tokenUrl: `${world.sandboxUrl}/auth/o2/token`,
    profileId: '1234567890',
    clientId: 'client',
    clientSecret: 'lwa-secret',
    refreshToken: 'lwa-refresh',
    shopifyWebhookSecret: SECRETS.shopify,
    webhookConsent: 'granted',
    shopifyApiUrl: shops.url,
    shopifyClientId: 'client-of-the-shop',
    shopifyClientSecret: 'shpss_secret-of-the-shop',
    woocommerceWebhookSecret: SECRETS.woocommerce,
    woocommerceUrl: shops.url,
    woocommerceConsumerKey: 'ck_of-the-shop',
    woocommerceConsumerSecret: 'cs_secret-of-the-shop',
    stripeWebhookSecret: SECRETS.stripe,
    stripeApiUrl: shops.url,
    stripeApiKey: 'rk_live_of-the-shop',
  };
  writeFileSync(scratch.path('accounts.json'), JSON.stringify({ accounts: [account] }));
  environment = {
    REDIS_URL: process.env['REDIS_URL'] ?? '',
    ACCOUNTS_FILE: scratch.path('accounts.json'),
    BATCH_LINGER_MS: '50',
  };
});
afterEach(async () => {
  await endAllPrograms();
  await shops.close();
  await world.close();
  scratch[Symbol.dispose]();
});

const shuffled = (numbers: number[]): number[] =>
  numbers
    .map((number) => ({ number, place: Math.random() }))
    .sort((left, right) => left.place - right.place)
    .map(({ number }) => number);
const range = (count: number) => Array.from({ length: count }, (_, place) => place + 1);

interface Line {
  readonly orders: number;
  readonly delivered: number;
  readonly queued: number;
  readonly missing: number;
  readonly enqueued: number;
}
const lineOf = (output: string) => JSON.parse(output) as Line;

/** The totals of all passes in Redis. */
async function totals(platform: Platform = 'shopify'): Promise<{ orders: number; enqueued: number }> {
  const kept = await world.connection.hgetall(keysOf(world.account).reconcile);
  return { orders: Number(kept[`${platform}:orders`] ?? 0), enqueued: Number(kept[`${platform}:enqueued`] ?? 0) };
}

/** Pages that the shop has answered with. */
function pagesRead(platform: Platform): number {
  const { shopify, woocommerce, stripe } = shops.shops;
  return { shopify: shopify.counts.queries, woocommerce: woocommerce.counts.pages, stripe: stripe.counts.pages }[
    platform
  ];
}

describe('a day with lost webhooks', () => {
  it.each(SHOPS)(
    `reconcile of %s, killed twice on its way, brings in exactly those of ${ORDERS} orders whose webhook was lost`,
    async (platform) => {
      const worker = await Program.start('worker', [], environment);
      const intake = await Program.start('intake', [], environment);
      const lost = new Set(shuffled(range(ORDERS)).slice(0, LOST));
      const dayBegan = Date.now() - 24 * HOUR_MS;
      const deliver = async (id: number) => {
        const createdMs = dayBegan + Math.floor((id / ORDERS) * 23 * HOUR_MS);
        const payload = orderPayload(platform, id, createdMs);
        shops.shops.put(platform, payload, createdMs);
        if (lost.has(id)) return;
        const body = JSON.stringify(payload);
        const url = `${intake.address('intake')}/v1/webhooks/${platform}?account=${world.account}`;
        const response = await fetch(url, {
          method: 'POST',
          headers: signedHeaders(platform, body, SECRETS[platform]),
          body,
        });
        expect(response.status).toBe(202);
      };
      const waiting = shuffled(range(ORDERS));
      const sendOn = async () => {
        for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) await deliver(id);
      };
      await Promise.all(Array.from({ length: WEBHOOKS_AT_ONCE }, sendOn));

      const args = ['reconcile', platform, '--since', '48h', '--json'];
      const startedAt = performance.now();
      // Answers are slow, so that the reconcile can be killed in the middle.
      shops.shops.faults.add({ kind: 'latency', ms: 30, account: platform });
      for (const _ of range(2)) {
        const before = pagesRead(platform);
        const killed = begin(args, environment);
        await until(() => expect(pagesRead(platform)).toBeGreaterThanOrEqual(before + 4), 60_000);
        killed.child.kill('SIGKILL');
        expect((await killed.ended).stdout).toBe('');
        // Not everything yet: it was killed in the middle.
        expect((await totals(platform)).orders).toBeLessThan(ORDERS);
      }
      const between = await totals(platform);
      const { code, stdout, stderr } = await run(args, environment);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      const line = lineOf(stdout);
      expect(line.orders).toBe(ORDERS);
      // What the killed ones enqueued is in flight or delivered by now, and no order is both.
      expect(line.enqueued).toBe(line.missing);
      expect(line.delivered + line.queued + line.missing).toBe(ORDERS);
      expect(await totals(platform)).toEqual({ orders: ORDERS, enqueued: LOST });
      expect(between.enqueued).toBeLessThanOrEqual(LOST - line.enqueued);

      await world.untilSettled({ enqueued: ORDERS, delivered: ORDERS, duplicate: 0, dead_lettered: 0 }, 60_000);
      expect(world.countedIds().sort()).toEqual(
        range(ORDERS)
          .map((id) => eventIdOf(platform, id))
          .sort(),
      );
      const again = lineOf((await run(args, environment)).stdout);
      expect(again).toMatchObject({ orders: ORDERS, delivered: ORDERS, missing: 0, enqueued: 0 });
      if (process.env['RECONCILE_ORDERS']) {
        const { enqueued } = await totals(platform);
        const ids = world.countedIds();
        const twice = ids.length - new Set(ids).size;
        const measured = { platform, orders: ORDERS, lost: LOST, broughtIn: enqueued, twice, seconds };
        process.stderr.write(`${JSON.stringify(measured)}\n`);
      }
      await intake.end();
      await worker.end();
    },
    WITHIN_MS,
  );
});

describe('the command', () => {
  /** Changed long enough ago for its webhook to have arrived. */
  const put = (id: number, changes = {}) => {
    const changedMs = Date.now() - 5 * 60_000;
    shops.shops.put('shopify', orderPayload('shopify', id, changedMs, changes), changedMs);
  };

  it('ends with a table and all counts in a line', async () => {
    for (const id of range(3)) put(id);
    put(4, { test: true });
    const dry = await run(['reconcile', 'shopify', '--dry-run'], environment);
    expect(dry.code).toBe(0);
    expect(dry.stdout).toContain(
      '4 orders · 0 delivered · 0 queued · 0 dead letters · 1 refused (test_order 1) · 3 missing, a dry run: nothing was enqueued',
    );
    const real = await run(['reconcile', 'shopify'], environment);
    expect(real.stdout).toContain('· 1 refused (test_order 1) · 3 missing, now enqueued');
    expect((await world.state()).queuedEvents).toBe(3);
  });

  it.each([
    { what: 'a wrong secret', changes: { shopifyClientSecret: 'shpss_canary' }, says: 'SHOPIFY_CLIENT_SECRET' },
    { what: 'a retired version', changes: { shopifyApiVersion: '2024-10' }, says: 'SHOPIFY_API_VERSION=2026-01' },
    {
      what: 'no such shop',
      source: 'stripe',
      changes: { stripeApiKey: undefined, stripeApiUrl: undefined },
      exitCode: 2,
      says: 'docs/reconcile.md',
    },
    { what: 'no such account', more: ['--account', 'other'], exitCode: 2, says: 'there is no account other' },
  ])('says what to do about $what', async ({ source = 'shopify', changes = {}, more = [], exitCode = 1, says }) => {
    const file = scratch.path('accounts.json');
    const { accounts } = JSON.parse(readFileSync(file, 'utf8')) as { accounts: object[] };
    writeFileSync(file, JSON.stringify({ accounts: accounts.map((account) => Object.assign({}, account, changes)) }));
    const { code, stderr, stdout } = await run(['reconcile', source, ...more], environment);
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr).not.toContain('canary');
  });

  it('as a service looks again and again, tells its metrics, and stops in good order', async () => {
    put(1);
    const service = await Program.start('reconcile', ['shopify', '--every', '1s', '--json'], environment);
    const scrape = async () => (await fetch(`${service.address('metrics')}/metrics`)).text();
    await until(async () => expect(await totals()).toEqual({ orders: 1, enqueued: 1 }));
    put(2);
    await until(async () => expect(await totals()).toEqual({ orders: 2, enqueued: 2 }));
    const labels = `{account="${world.account}",source="shopify"}`;
    await until(async () => {
      const metrics = await scrape();
      expect(metrics).toContain(`capi_reconcile_orders_total${labels} 2`);
      expect(metrics).toContain(`capi_reconcile_enqueued_total${labels} 2`);
      expect(metrics).toContain(`capi_events_enqueued_total${labels} 2`);
    });
    expect(await service.end()).toBe(0);
  });
});
