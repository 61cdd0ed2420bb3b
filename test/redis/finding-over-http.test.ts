// Real: Redis, the intake over HTTP. The state of an event, for a caller with a key.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readApiKeys } from '../../src/producer/http/api-keys.js';
import { Door } from '../support/door.js';
import { eventOf } from '../support/events.js';
import { eventIdOf, orderPayload } from '../support/reconciling.js';
import { until, World } from '../support/world.js';

const SHOP_ID = 'shopify:OFF_AMAZON_PURCHASES:1001';
const KEYS = [
  { name: 'all', key: 'the-key-for-everything' },
  { name: 'shop', key: 'the-key-of-shopify-alone', sources: ['shopify'] },
  { name: 'tag', key: 'the-key-of-the-tag-alone', sources: ['ga4'] },
  { name: 'other', key: 'the-key-of-another-account', accounts: ['other'] },
];

let world: World;
let door: Door;
beforeEach(async () => {
  world = await World.open();
  door = await Door.open(world, undefined, { apiKeys: () => readApiKeys(JSON.stringify(KEYS)) });
});
afterEach(async () => {
  await door.close();
  await world.close();
});

async function get(path: string, key = 'the-key-for-everything') {
  const response = await fetch(`${door.url}/v1/events/${path}`, { headers: { Authorization: `Bearer ${key}` } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('GET /v1/events/{id}', () => {
  it('tells the state of an event, and answers 200 for an unknown one too', async () => {
    await world.enqueue([eventOf(SHOP_ID)], { source: 'shopify' });
    for (const path of [
      '1001',
      '%231001',
      encodeURIComponent(SHOP_ID),
      `1001?source=shopify&account=${world.account}`,
    ]) {
      expect(await get(path)).toMatchObject({
        status: 200,
        body: { dedupeId: SHOP_ID, account: world.account, state: 'queued', timeline: [{ what: 'enqueued' }] },
      });
    }
    expect(await get('1002')).toEqual({
      status: 200,
      body: { id: '1002', account: world.account, state: 'unknown', timeline: [] },
    });
    expect((await get(encodeURIComponent('é/'.repeat(128)))).status).toBe(200);
  });

  it.each([
    ['1001?accounts=eu', 'BAD_QUERY', 'accounts is no parameter: did you mean account?'],
    ['1001?Source=shopify', 'BAD_QUERY', 'Source is no parameter: did you mean source?'],
    ['1001?shop=eu', 'BAD_QUERY', 'shop is no parameter: known are source, account'],
    ['', 'BAD_ID', 'the id is empty: GET /v1/events/{id}'],
    ['%23', 'BAD_ID', 'the id is empty: GET /v1/events/{id}'],
  ])('rejects %j, which would look through more than was meant, or for nothing', async (path, code, message) => {
    expect(await get(path)).toMatchObject({ status: 400, body: { error: { code, message } } });
  });

  it('finds an order by the number that stands on it', async () => {
    const order = orderPayload('shopify', 5678, Date.now() - 3_600_000, { name: '#1001', order_number: 1001 });
    const sent = await fetch(`${door.url}/v1/events?source=shopify&account=${world.account}`, {
      method: 'POST',
      headers: { Authorization: 'Bearer the-key-for-everything', 'Content-Type': 'application/json' },
      body: JSON.stringify(order),
    });
    expect(sent.status).toBe(202);
    for (const id of ['1001', '%231001', '5678']) {
      expect((await get(id)).body).toMatchObject({ state: 'queued', dedupeId: eventIdOf('shopify', 5678) });
    }
  });

  it('tells when and why an order was refused, and forgets that once it comes', async () => {
    const send = async (changes: object) => {
      const order = orderPayload('shopify', 5678, Date.now() - 3_600_000, {
        name: '#1001',
        order_number: 1001,
        ...changes,
      });
      await fetch(`${door.url}/v1/events?source=shopify&account=${world.account}`, {
        method: 'POST',
        headers: { Authorization: 'Bearer the-key-for-everything', 'Content-Type': 'application/json' },
        body: JSON.stringify(order),
      });
    };
    await send({ test: true });
    for (const id of ['1001', '%231001', '5678', encodeURIComponent(eventIdOf('shopify', 5678))]) {
      await until(async () => {
        const { body } = await get(id);
        expect(body).toMatchObject({ state: 'refused', reason: 'test_order', timeline: [{ what: 'refused' }] });
      });
    }
    expect((await get('1001', 'the-key-of-the-tag-alone')).body).toMatchObject({ state: 'unknown' });
    await send({});
    expect((await get('1001')).body).toMatchObject({ state: 'queued' });
  });

  it('shows a key no more than it may send', async () => {
    await world.enqueue([eventOf(SHOP_ID)], { source: 'shopify' });
    expect((await get('1001', 'the-key-of-shopify-alone')).body).toMatchObject({ state: 'queued' });
    expect((await get('1001', 'the-key-of-the-tag-alone')).body).toMatchObject({ state: 'unknown' });
    expect((await get('1001?source=shopify', 'the-key-of-the-tag-alone')).status).toBe(403);
    expect((await get('1001', 'the-key-of-another-account')).status).toBe(403);
    expect((await get('1001', 'no key of ours at all')).status).toBe(401);
  });

  it.each([['1001?source=fax'], ['1001?account=nobody']])('refuses %s', async (path) => {
    expect((await get(path)).status).toBe(400);
  });
});
