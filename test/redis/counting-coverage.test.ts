// Real: Redis; events through the intake over HTTP, the library and a file import, and their counts; a cable that is
// cut, and a separate Redis whose commands are counted.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer } from '../../scripts/redis.mjs';
import type { Counts } from '../../src/coverage/period.js';
import { createProducer, type Source } from '../../src/index.js';
import { importRecords } from '../../src/producer/files/import.js';
import { keysOf } from '../../src/queue/queue.js';
import { readCoverage } from '../../src/queue/read-coverage.js';
import { Cable } from '../support/cable.js';
import { countsOf, DAY_MS, type DayCounts } from '../support/coverage-days.js';
import { Door, SECRETS } from '../support/door.js';
import { contextAt, conversionPayload, draftOf, eventOf, idsFrom, orderOf } from '../support/events.js';
import { metricOf, until, World } from '../support/world.js';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

async function today(account = world.account, connection = world.connection) {
  const [days] = await readCoverage([account], connection);
  return Object.fromEntries(days?.[0]?.sources ?? []) as Partial<Record<Source, Counts>>;
}

async function expectToday(expected: Partial<Record<Source, DayCounts>>): Promise<void> {
  const whole = Object.fromEntries(Object.entries(expected).map(([source, some]) => [source, countsOf(some)]));
  expect(await today()).toEqual(whole);
}

const payload = (id: string, overrides: object = {}) =>
  conversionPayload({ clientDedupeId: id, timestamp: new Date().toISOString(), ...overrides });
const PHONE = { type: 'PHONE', values: ['+14155552671'] };
const EMAILS = ['a@b.example', 'c@d.example'].map((address) => ({ type: 'EMAIL', values: [address] }));

describe('counting what the intake takes in', () => {
  let door: Door;
  beforeEach(async () => {
    door = await Door.open(world);
  });
  afterEach(() => door.close());

  const metric = (name: string, labels: Record<string, string>) =>
    metricOf(door.metrics, name, { account: world.account, ...labels });

  it('counts each acknowledged event once a type and once for its consent, in metrics and in Redis', async () => {
    const granted = { amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'GRANTED' } };
    const denied = { amazonConsent: { amznUserData: 'DENIED' } };
    const events = [
      payload('a', { matchKeys: [...EMAILS, PHONE], consent: granted }),
      payload('b', { matchKeys: [PHONE], consent: denied }),
      payload('c', { consent: { tcf: 'CPXxRfAPXxRfA' } }),
      payload('d'),
      payload('refused', { countryCode: 'Nowhere' }),
    ];
    expect(await door.post(JSON.stringify(events))).toMatchObject({ status: 202, accepted: 4 });
    expect(await metric('capi_event_match_keys_total', { source: 'conversion', type: 'EMAIL' })).toBe(3);
    expect(await metric('capi_event_match_keys_total', { source: 'conversion', type: 'PHONE' })).toBe(2);
    expect(await metric('capi_events_consent_total', { source: 'conversion', consent: 'given' })).toBe(1);
    expect(await metric('capi_events_consent_total', { source: 'conversion', consent: 'denied' })).toBe(1);
    expect(await metric('capi_events_consent_total', { source: 'conversion', consent: 'signal' })).toBe(1);
    expect(await metric('capi_events_consent_total', { source: 'conversion', consent: 'none' })).toBe(1);
    await until(() =>
      expectToday({ conversion: { EMAIL: 3, PHONE: 2, given: 1, denied: 1, signal: 1, none: 1, purchase: 4 } }),
    );
  });

  it('counts a webhook that comes twice as what came in: twice', async () => {
    const now = new Date().toISOString();
    const body = readFileSync('test/vectors/sources/shopify/de-guest-created.json', 'utf8').replace(
      /("(?:created|processed|updated)_at": *)"[^"]*"/g,
      `$1"${now}"`,
    );
    const headers = {
      'Content-Type': 'application/json',
      'X-Shopify-Topic': 'orders/create',
      'X-Shopify-Hmac-Sha256': createHmac('sha256', SECRETS.shopify).update(body).digest('base64'),
    };
    for (const delivery of [1, 2]) {
      const answer = await door.send(`/v1/webhooks/shopify?account=${world.account}`, body, headers);
      expect({ delivery, status: answer.status }).toEqual({ delivery, status: 202 });
    }
    await until(async () => expect(await today()).toMatchObject({ shopify: { EMAIL: 2, none: 2, purchase: 2 } }));
    expect(await metric('capi_events_consent_total', { source: 'shopify', consent: 'none' })).toBe(2);
  });

  it('sums what several intakes take in', async () => {
    const other = await Door.open(world);
    await Promise.all(idsFrom('x', 30).map((id) => door.post(JSON.stringify(payload(id)))));
    await Promise.all(idsFrom('y', 20).map((id) => other.post(JSON.stringify(payload(id)))));
    await other.close();
    await until(() => expectToday({ conversion: { EMAIL: 50, none: 50, purchase: 50 } }));
  });
});

describe('counting what the library and files bring', () => {
  it('has all of it in Redis once the producer is closed', async () => {
    const producer = createProducer({ redisUrl: world.settings.REDIS_URL, account: world.account });
    await Promise.all([
      ...idsFrom('lone', 7).map((id) => producer.enqueue(draftOf(id))),
      producer.enqueueMany(
        idsFrom('many', 1_000).map((id) => draftOf(id, { matchKeys: [{ ...EMAILS[0], ...PHONE }] as never })),
      ),
      producer.enqueue(orderOf(), { source: 'order' }),
    ]);
    await producer.close();
    await expectToday({
      conversion: { EMAIL: 7, PHONE: 1_000, none: 1_007, purchase: 1_007 },
      order: { EMAIL: 1, none: 1, purchase: 1 },
    });
  });

  it('counts the records of a file by its source', async () => {
    async function* records() {
      for (const [place, id] of idsFrom('row', 12).entries()) {
        yield { line: place + 1, payload: { value: payload(id, place === 3 ? { countryCode: 'Nowhere' } : {}) } };
      }
    }
    const { writer } = world;
    const contextNow = () => contextAt(Date.now());
    expect(await importRecords(records(), { source: 'conversion', writer, contextNow })).toMatchObject({
      accepted: 11,
    });
    await until(() => expectToday({ conversion: { EMAIL: 11, none: 11, purchase: 11 } }));
  });
});

describe('counting only what was acknowledged', () => {
  it('leaves out an event that too few replicas have, though the master has it', async () => {
    const master = await startServer({ args: ['--repl-diskless-sync-delay', '0'] });
    const replica = await startServer({ args: ['--replicaof', `127.0.0.1 ${master.port}`] });
    const admin = new Redis(master.url);
    await until(async () => expect(await admin.wait(1, 100)).toBe(1));
    const producer = createProducer({ redisUrl: master.url, ackReplicas: 1, ackTimeoutMs: 1_000 });
    await producer.enqueue(draftOf('a'));
    process.kill(replica.pid, 'SIGSTOP');
    await expect(producer.enqueue(draftOf('b'))).rejects.toMatchObject({ cause: { code: 'TOO_FEW_REPLICAS' } });
    await producer.close();
    expect(await admin.hget(keysOf('default').ledger, 'enqueued')).toBe('2');
    expect(await today('default', admin)).toEqual({ conversion: countsOf({ EMAIL: 1, none: 1, purchase: 1 }) });
    process.kill(replica.pid, 'SIGCONT');
    admin.disconnect();
    await replica.stop();
    await master.stop();
  });

  it('keeps its counts through an outage, and writes them once', async () => {
    const cable = await Cable.to(world.settings.REDIS_URL);
    const producer = createProducer({ redisUrl: cable.url, account: world.account });
    await producer.enqueueMany(idsFrom('before', 5).map((id) => draftOf(id)));
    await cable.cut();
    await expect(producer.enqueue(draftOf('meanwhile'))).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    await expectToday({});
    await cable.mend();
    await until(() => expectToday({ conversion: { EMAIL: 5, none: 5, purchase: 5 } }));
    await until(() => producer.enqueue(draftOf('after')).then(() => undefined));
    await producer.close();
    await expectToday({ conversion: { EMAIL: 6, none: 6, purchase: 6 } });
    await cable.cut();
  });

  it('writes what a full Redis refused once there is room', async () => {
    const redis = await startServer();
    const admin = new Redis(redis.url);
    const producer = createProducer({ redisUrl: redis.url });
    await producer.enqueue(draftOf('a'));
    await admin.config('SET', 'maxmemory', '1');
    await until(async () => expect(await admin.info('errorstats')).toContain('errorstat_OOM'));
    expect(await today('default', admin)).toEqual({});
    await admin.config('SET', 'maxmemory', '0');
    await until(async () =>
      expect(await today('default', admin)).toEqual({ conversion: countsOf({ EMAIL: 1, none: 1, purchase: 1 }) }),
    );
    await producer.close();
    admin.disconnect();
    await redis.stop();
  });

  it('does not hold up a stop while Redis is away', async () => {
    const cable = await Cable.to(world.settings.REDIS_URL);
    const producer = createProducer({ redisUrl: cable.url, account: world.account });
    await producer.enqueue(draftOf('a'));
    await cable.cut();
    const startedAt = performance.now();
    await producer.close();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});

it('lies in a hash of today by the clock of Redis, which goes after sixteen days', async () => {
  await world.enqueue([eventOf('a')]);
  const [seconds] = await world.connection.time();
  const day = Math.floor(Number(seconds) / 86_400);
  const key = `${keysOf(world.account).coverage}${day}`;
  await until(async () =>
    expect(await world.connection.hgetall(key)).toEqual({
      'conversion:EMAIL': '1',
      'conversion:none': '1',
      'conversion:purchase': '1',
    }),
  );
  expect(await world.connection.pttl(key)).toBeGreaterThan(15.9 * DAY_MS);
  const [days] = await readCoverage([world.account], world.connection);
  expect(days).toHaveLength(15);
  expect(days?.map(({ startMs }) => startMs)).toEqual(Array.from({ length: 15 }, (_, back) => (day - back) * DAY_MS));
});

it('costs Redis a call a second, not one an event or a write', async () => {
  const redis = await startServer();
  const admin = new Redis(redis.url);
  const producer = createProducer({ redisUrl: redis.url });
  const startedAt = performance.now();
  for (const id of idsFrom('id', 300)) await producer.enqueue(draftOf(id));
  await producer.close();
  const seconds = (performance.now() - startedAt) / 1000;
  const stats = await admin.info('commandstats');
  const callsOf = (command: string) => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  // Of the enqueueing only this sets an expiry. A script that is not known yet is sent twice.
  expect(callsOf('expire')).toBeGreaterThan(0);
  expect(callsOf('expire')).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
  expect(await today('default', admin)).toEqual({ conversion: countsOf({ EMAIL: 300, none: 300, purchase: 300 }) });
  admin.disconnect();
  await redis.stop();
});
