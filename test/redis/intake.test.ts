// Real: Redis, Fastify over HTTP with fetch, a separate Redis for tests in which it is down or full.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer } from '../../scripts/redis.mjs';
import type { ConversionJob } from '../../src/queue/job.js';
import { connectRedis } from '../../src/redis/connect.js';
import { Door } from '../support/door.js';
import { conversionPayload, idsFrom } from '../support/events.js';
import { metricOf, World } from '../support/world.js';

let world: World;
let door: Door;

const payload = (id: string, overrides: object = {}) =>
  conversionPayload({ clientDedupeId: id, timestamp: new Date().toISOString(), ...overrides });

describe('taking events over HTTP', () => {
  beforeEach(async () => {
    world = await World.open();
    door = await Door.open(world);
  });
  afterEach(async () => {
    await door.close();
    await world.close();
  });

  it('answers 202 for one object, an array and NDJSON, when the events are in Redis', async () => {
    expect(await door.post(JSON.stringify(payload('a')))).toMatchObject({ status: 202, accepted: 1, rejected: [] });
    expect(await door.post(JSON.stringify([payload('b'), payload('c')]))).toMatchObject({ status: 202, accepted: 2 });
    const lines = `${JSON.stringify(payload('d'))}\n\n${JSON.stringify(payload('e'))}\r\n`;
    expect(await door.post(lines, { 'Content-Type': 'application/x-ndjson' })).toMatchObject({
      status: 202,
      accepted: 2,
    });
    expect((await world.state()).ledger.enqueued).toBe(5);
    const labels = { account: world.account, source: 'conversion' };
    expect(await metricOf(door.metrics, 'capi_events_enqueued_total', labels)).toBe(5);
  });

  it('refuses bad records by place, path and reason, and takes the good ones', async () => {
    const answer = await door.post(
      JSON.stringify([payload('a'), payload('b', { countryCode: 'Nowhere' }), 3, payload('c')]),
    );
    expect(answer).toMatchObject({ status: 202, accepted: 2, rejected: [{ index: 1 }, { index: 2 }] });
    expect(answer.rejected?.[0]?.issues[0]?.path).toBe('countryCode');
    const labels = { account: world.account, source: 'conversion', reason: 'invalid' };
    expect(await metricOf(door.metrics, 'capi_events_refused_total', labels)).toBe(2);
  });

  it('takes an NDJSON line that is no JSON for itself', async () => {
    const body = `{"broken\n${JSON.stringify(payload('a'))}`;
    expect(await door.post(body, { 'Content-Type': 'application/x-ndjson' })).toMatchObject({
      status: 202,
      accepted: 1,
      rejected: [{ index: 0, issues: [{ path: '' }] }],
    });
  });

  it.each([
    ['&accuont=eu', 'accuont is no parameter: did you mean account?'],
    ['&Account=eu', 'Account is no parameter: did you mean account?'],
    ['&consnet=denied', 'consnet is no parameter: did you mean consent?'],
    ['&shop=eu', 'shop is no parameter: known are source, account, eventType, consent, defaultCountry, receivedAt'],
  ])('refuses the query %s, which would be passed over', async (query, message) => {
    const answer = await door.post(JSON.stringify(payload('misspelt')), {}, query);
    expect(answer).toMatchObject({ status: 400, error: { code: 'BAD_QUERY', message } });
  });

  it('says of a request without events that it has none', async () => {
    expect(await door.post('[]')).toMatchObject({ status: 400, error: { message: 'the request has no events' } });
    expect(await door.post('[{}]')).toMatchObject({
      status: 400,
      error: { message: expect.stringContaining('see rejected') },
    });
  });

  it.each([
    ['no event is acceptable', '[{}]', {}, '', 400, 'NONE_ACCEPTED'],
    ['an empty list', '[]', {}, '', 400, 'NONE_ACCEPTED'],
    ['an empty body', '', {}, '', 400, 'NOT_JSON'],
    ['the body is no JSON', '{', {}, '', 400, 'NOT_JSON'],
    ['the source is unknown', '{}', {}, '&source=fax', 400, 'BAD_QUERY'],
    ['the event type is unknown', '{}', {}, '&eventType=BUY', 400, 'BAD_QUERY'],
    ['the key is wrong', '{}', { Authorization: 'Bearer the-key-of-the-shop2' }, '', 401, 'UNAUTHORIZED'],
    ['there is no key', '{}', { Authorization: '' }, '', 401, 'UNAUTHORIZED'],
    ['the content type is another', '{}', { 'Content-Type': 'text/plain' }, '', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['the body is too large', `"${'x'.repeat(5_000_001)}"`, {}, '', 413, 'BODY_TOO_LARGE'],
    ['there are too many records', `[${Array(10_001).fill('1').join(',')}]`, {}, '', 413, 'TOO_MANY_RECORDS'],
  ] as const)('says so when %s', async (...[, body, headers, query, status, code]) => {
    expect(await door.post(body, headers, query)).toMatchObject({ status, error: { code } });
    expect((await world.state()).ledger.enqueued).toBe(0);
  });

  it('knows keys with a name, and keys that end in =', async () => {
    expect(
      (await door.post(JSON.stringify(payload('a')), { Authorization: 'Bearer b3RoZXIga2V5IG9mIDE2IA==' })).status,
    ).toBe(202);
    expect(
      (await door.post(JSON.stringify(payload('b')), { Authorization: 'bearer the-key-of-the-shop' })).status,
    ).toBe(202);
    expect((await door.post('{}', { Authorization: 'Bearer shop=the-key-of-the-shop' })).status).toBe(401);
  });

  it('refuses an account that is not here, and a path that is not there', async () => {
    const headers = { Authorization: 'Bearer the-key-of-the-shop', 'Content-Type': 'application/json' };
    const unknown = await fetch(`${door.url}/v1/events?account=nobody`, { method: 'POST', headers, body: '{}' });
    expect(unknown.status).toBe(400);
    expect((await fetch(`${door.url}/v2/events`)).status).toBe(404);
  });

  it('maps GA4 events of a type that the caller names', async () => {
    const event = {
      event_name: 'scroll',
      event_id: 'e',
      timestamp_ms: Date.now(),
      country_code: 'US',
      user_data: { email: 'a@b.example' },
    };
    expect(await door.post(JSON.stringify(event), {}, '&source=ga4')).toMatchObject({ status: 400 });
    expect(await door.post(JSON.stringify(event), {}, '&source=ga4&eventType=OTHER')).toMatchObject({ status: 202 });
  });
});

describe('taking GA4 events without a time', () => {
  beforeEach(async () => {
    world = await World.open();
    door = await Door.open(world);
  });
  afterEach(async () => {
    await door.close();
    await world.close();
  });

  const body = JSON.stringify({
    client_id: '1.1',
    country_code: 'US',
    user_data: { email: 'a@b.example' },
    events: [{ name: 'sign_up', params: { event_id: 'e' } }],
  });

  it('refuses them, and takes them at its own clock where the URL says so', async () => {
    const refused = await door.post(body, {}, '&source=ga4');
    expect(refused).toMatchObject({ status: 400, error: { code: 'NONE_ACCEPTED' } });
    expect(refused.rejected?.[0]?.issues[0]?.message).toContain('receivedAt=now');
    const before = Date.now();
    expect(await door.post(body, {}, '&source=ga4&receivedAt=now')).toMatchObject({ status: 202, accepted: 1 });
    const [job] = await world.withQueue((queue) => queue.getJobs(['waiting']));
    const [queued] = (job?.data as ConversionJob | undefined)?.events ?? [];
    expect(Date.parse(queued?.event.timestamp ?? '')).toBeGreaterThanOrEqual(before - 1_000);
    expect(Date.parse(queued?.event.timestamp ?? '')).toBeLessThanOrEqual(Date.now() + 1_000);
  });

  it.each(['&source=ga4&receivedAt=then', '&source=order&receivedAt=now', '&receivedAt=now'])(
    'refuses %s: other sources have a time of their own',
    async (query) => {
      expect(await door.post(body, {}, query)).toMatchObject({ status: 400, error: { code: 'BAD_QUERY' } });
    },
  );
});

describe('taking events while Redis is away or full', () => {
  it('answers 503 with Retry-After, accepts nothing, and goes on when Redis is back', async () => {
    world = await World.open();
    const redis = await startServer({ isPersistent: true });
    const connection = connectRedis(redis.url, 'prompt', 'own');
    connection.on('error', () => undefined);
    door = await Door.open(world, connection);
    expect((await door.post(JSON.stringify(payload('a')))).status).toBe(202);
    await redis.kill();
    const answer = await door.post(JSON.stringify(payload('b')));
    expect(answer).toMatchObject({ status: 503, error: { code: 'QUEUE_UNAVAILABLE' } });
    expect(answer.headers.get('retry-after')).toBe('5');
    const again = await startServer({ port: redis.port, folder: redis.folder, isPersistent: true });
    const { until } = await import('../support/world.js');
    await until(async () => expect((await door.post(JSON.stringify(payload('c')))).status).toBe(202));
    await door.close();
    connection.disconnect();
    await again.stop();
    await redis.stop();
    await world.close();
  });

  it('answers 503 where Redis has no memory left, and never accepts and drops', async () => {
    world = await World.open();
    const redis = await startServer({ args: ['--maxmemory', '3mb'] });
    const connection = connectRedis(redis.url, 'prompt', 'own');
    connection.on('error', () => undefined);
    door = await Door.open(world, connection);
    const statuses: number[] = [];
    let accepted = 0;
    for (let round = 0; round < 60; round += 1) {
      const ids = idsFrom(`r${round}`, 100);
      const { status, accepted: taken = 0 } = await door.post(JSON.stringify(ids.map((id) => payload(id))));
      statuses.push(status);
      accepted += taken;
    }
    expect(new Set(statuses)).toEqual(new Set([202, 503]));
    const { countQueuedEvents } = await import('../../src/queue/balance.js');
    expect((await countQueuedEvents(world.account, connection)).events).toBe(accepted);
    await door.close();
    connection.disconnect();
    await redis.stop();
    await world.close();
  });
});
