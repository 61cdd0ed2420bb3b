// Real: the Tag Manager template's code, what it sends over HTTP to the intake, Redis, a worker, the sandbox of Amazon.
// The container around the tag is a stand-in.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConversionJob } from '../../src/queue/job.js';
import { Door } from '../support/door.js';
import { EMAIL_DIGEST } from '../support/events.js';
import { fireTag, type HttpOptions } from '../support/gtm/tag-sandbox.js';
import { readTemplate, TAG_TEXT } from '../support/gtm/template-file.js';
import { World } from '../support/world.js';

const TAG = readTemplate(TAG_TEXT);

let world: World;
let door: Door;
let logged: string[];
beforeEach(async () => {
  world = await World.open();
  door = await Door.open(world);
  logged = [];
});
afterEach(async () => {
  await door.close();
  await world.close();
});

/** As a container's GA4 client passes an event to its tags. */
const hit = (overrides: object = {}) => ({
  event_name: 'purchase',
  client_id: '12.34',
  ga_session_id: '1795699000',
  'x-ga-page_id': 761826058,
  'x-ga-request_count': 5,
  'x-ga-gcd': '13t3t3p3t5l1',
  'x-ga-gcs': 'G111',
  transaction_id: 'T-1001',
  value: 129.9,
  currency: 'EUR',
  items: [{ item_id: 'A-1', item_brand: 'Acme', quantity: 2, price: 64.95 }],
  user_data: {
    email_address: 'Test.User@Example.COM',
    sha256_phone_number: 'B'.repeat(64),
    address: { first_name: 'Jane', postal_code: '10115', country: 'DE' },
  },
  ip_override: '203.0.113.7',
  user_agent: 'Mozilla/5.0',
  page_location: 'https://shop.example/thanks',
  ...overrides,
});

async function post(url: string, { method, headers, timeout }: HttpOptions, body: string) {
  const response = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(timeout) });
  return { statusCode: response.status, body: await response.text() };
}

function fire(event: object, nowMs = Date.now(), overrides: object = {}): Promise<'success' | 'failure'> {
  const key = 'the-key-of-the-shop';
  const fields = { intakeUrl: `${door.url}/`, account: world.account, apiKey: key, timeoutMs: '5000', ...overrides };
  return fireTag(TAG, fields, {
    getAllEventData: () => event,
    getTimestampMillis: () => nowMs,
    logToConsole: (line) => void logged.push(line),
    sendHttpRequest: post,
  });
}

describe('firing the Tag Manager template', () => {
  it('a purchase becomes the event that Amazon gets, with its consent and hashed match data', async () => {
    const nowMs = Date.now();
    expect(await fire(hit(), nowMs)).toBe('success');
    const [job] = await world.withQueue((queue) => queue.getWaiting());
    const { events = [] } = (job?.data as ConversionJob | undefined) ?? {};
    expect(events).toHaveLength(1);
    expect(events[0]?.event).toMatchObject({
      name: 'purchase',
      eventType: 'OFF_AMAZON_PURCHASES',
      clientDedupeId: 'T-1001',
      timestamp: new Date(nowMs).toISOString(),
      countryCode: 'DE',
      value: 129.9,
      currencyCode: 'EUR',
      unitsSold: 2,
      // The third letter of x-ga-gcd: ad_user_data is denied. A denied event is sent.
      consent: { amazonConsent: { amznAdStorage: 'GRANTED', amznUserData: 'DENIED' } },
    });
    const keys = events[0]?.event.matchKeys.map(({ type, values }) => [type, values[0]]);
    expect(keys?.slice(0, 2)).toEqual([
      ['EMAIL', EMAIL_DIGEST],
      ['PHONE', 'b'.repeat(64)],
    ]);
    expect(keys?.map(([type]) => type)).toEqual(['EMAIL', 'PHONE', 'FIRST_NAME', 'POSTAL']);
    await world.startWorker();
    await world.untilSettled({ enqueued: 1, delivered: 1 });
    expect(world.sandbox.received.list()).toMatchObject([{ id: 'T-1001', counted: 1, hasPlaintext: false }]);
    expect(logged).toEqual([]);
  });

  it('the same hit twice, a minute apart, is one event: a purchase by its order, another by the hit', async () => {
    let nowMs = Date.now() - 600_000;
    const cart = hit({ event_name: 'add_to_cart', transaction_id: undefined });
    const next = hit({ event_name: 'add_to_cart', transaction_id: undefined, 'x-ga-request_count': 6 });
    for (const event of [hit(), cart, next]) {
      // Each at a different time: an id derived from the sending time would change.
      for (let times = 0; times < 2; times += 1) expect(await fire(event, (nowMs += 60_000))).toBe('success');
    }
    await world.startWorker();
    await world.untilSettled({ enqueued: 6, delivered: 3, duplicate: 3 });
    expect(new Set(world.countedIds()).size).toBe(3);
    expect(world.countedIds()).toHaveLength(3);
  });

  it('an event of a name that the table gives a type to is taken as that', async () => {
    const events = [{ eventName: 'quote_request', eventType: 'LEAD' }];
    expect(await fire(hit({ event_name: 'quote_request' }), Date.now(), { events })).toBe('success');
    expect((await world.state()).ledger.enqueued).toBe(1);
  });

  it.each([
    ['holds a word in place of an amount', { value: 'many' }, {}, '400: NONE_ACCEPTED; value'],
    ['carries a word that is no consent', {}, { adUserData: 'yes' }, '400: NONE_ACCEPTED; consent_state.ad_user_data'],
    ['comes with a wrong key', {}, { apiKey: 'the-key-of-nobody' }, '401: UNAUTHORIZED'],
    ['names an account that is not here', {}, { account: 'nobody' }, '400: UNKNOWN_ACCOUNT'],
  ])('an event that %s is a failure, and its log line says why', async (_, event, fields, detail) => {
    expect(await fire(hit(event), Date.now(), fields)).toBe('failure');
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({ outcome: 'rejected', detail: expect.stringContaining(detail) });
    expect((await world.state()).ledger.enqueued).toBe(0);
  });

  it('an intake that is not there is a failure', async () => {
    expect(await fire(hit(), Date.now(), { intakeUrl: 'http://127.0.0.1:1' })).toBe('failure');
    expect(logged[0]).toContain('no answer');
  });
});
