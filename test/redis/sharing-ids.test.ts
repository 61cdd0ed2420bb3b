// Real: Redis, the intake over HTTP with signed webhooks, a worker, the sandbox, which gets the browser tag's event
// directly. Each row of docs/browser-tag.md is a test, read from the page's text.
import { afterEach, describe, expect, it } from 'vitest';
import { ConversionsClient } from '../../src/amazon/client.js';
import { LwaTokens } from '../../src/amazon/token.js';
import { mappingContexts } from '../../src/commands/runtime.js';
import { DEDUPE_ID_FIELDS } from '../../src/mapping/context.js';
import { parseJson } from '../../src/mapping/json.js';
import { WIRES } from '../../src/settings/account-entry.js';
import { Door } from '../support/door.js';
import { eventOf } from '../support/events.js';
import { readSetUps, SET_UP_SOURCES, type SetUp } from '../support/set-ups.js';
import { ORDERS, signed } from '../support/webhook-orders.js';
import { World } from '../support/world.js';

const SET_UPS = readSetUps();
const EVENT_ID = 'ev-8f14e45f';
/** The same order as each shop sends it. */
const BODIES = {
  ...ORDERS,
  stripe: ORDERS.stripe.replace(
    '"client_reference_id"',
    '"payment_intent": "pi_3QNxYz2eZvKYlo2C1", "client_reference_id"',
  ),
};

let world: World;
let door: Door;
/** What the page sets as `transaction_id`: a field of the shop's order, as text. */
function transactionIdOf({ transactionId, sources }: SetUp): string | undefined {
  if (transactionId === 'none') return undefined;
  if (transactionId === 'any') return 'T-1001';
  const shop = sources.find((source) => source !== 'ga4');
  if (!shop) throw new Error(`no shop has a ${transactionId}`);
  const body = parseJson(BODIES[shop]) as Record<string, unknown>;
  const order = shop === 'stripe' ? (body['data'] as { object: Record<string, unknown> }).object : body;
  const value = order[transactionId];
  if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`the order has no ${transactionId}`);
  return String(value);
}

function tagIdOf({ tagField }: SetUp, transactionId: string | undefined): string | undefined {
  if (tagField === 'automatic') return transactionId;
  return tagField.replace('{{transaction_id}}', transactionId ?? '').replace('{{event_id}}', EVENT_ID);
}

/** The browser tag's event, a moment after the order. Without an id if it has none. */
async function fireTag(type: 'OFF_AMAZON_PURCHASES' | 'CHECKOUT', id: string | undefined): Promise<void> {
  const account = world.advertiser;
  if (account.credentials.kind !== 'lwa') throw new Error('the world has Login with Amazon');
  const client = new ConversionsClient(account, 2_000, 1);
  const token = await new LwaTokens(account.credentials).get();
  if (token.kind !== 'token') throw new Error(token.code);
  const { currencyCode, ...bare } = eventOf(id ?? 'none', { eventType: type });
  const timestamp = new Date(type === 'CHECKOUT' ? Date.now() - 3_600_000 : Date.now() + 1_000).toISOString();
  const event = { ...bare, timestamp, ...(type === 'OFF_AMAZON_PURCHASES' && { currencyCode }) };
  const { clientDedupeId, eventId, ...rest } = JSON.parse(client.wire.encode(event)) as Record<string, unknown>;
  const sent = id === undefined ? rest : { ...rest, ...(clientDedupeId ? { clientDedupeId } : { eventId }) };
  const result = await client.send(
    `${client.wire.bodyStart}${JSON.stringify(sent)}${client.wire.bodyEnd}`,
    token.token,
  );
  await client.close();
  expect(result).toMatchObject({
    kind: 'answer',
    answer: { status: 207, body: expect.stringContaining('"error":[]') },
  });
}

async function sendOurs({ sources }: SetUp, transactionId: string | undefined): Promise<void> {
  for (const source of sources) {
    const answer =
      source === 'ga4'
        ? await door.post(
            JSON.stringify({
              event_name: 'purchase',
              event_id: EVENT_ID,
              timestamp: new Date().toISOString(),
              transaction_id: transactionId,
              value: 10,
              currency: 'EUR',
              country_code: 'DE',
              user_data: { email_address: 'test.user@example.com' },
            }),
            {},
            '&source=ga4',
          )
        : await door.send(
            `/v1/webhooks/${source}?account=${world.account}`,
            BODIES[source],
            signed(source, BODIES[source]),
          );
    expect(answer).toMatchObject({ status: 202, accepted: 1 });
  }
}

describe.each(WIRES)('sharing ids with the browser tag over %s', (wire) => {
  afterEach(async () => {
    await door.close();
    await world.close();
  });

  it.each(SET_UPS)('$row', async (setUp) => {
    world = await World.open({ ...setUp.settings, AMAZON_ADS_WIRE: wire, CONSENT_REQUIRED_BY: 'account' });
    door = await Door.open(world, world.connection, { contextOf: mappingContexts(world.settings) });
    const transactionId = transactionIdOf(setUp);
    await sendOurs(setUp, transactionId);
    await world.startWorker();
    await world.untilSettled({ enqueued: setUp.sources.length, dead_lettered: 0 });
    // Sent last, but the checkout is first by its own time, which decides.
    if (setUp.tagType) await fireTag(setUp.tagType, tagIdOf(setUp, transactionId));
    const received = world.sandbox.received.list();
    expect(received.reduce((sum, { counted }) => sum + counted, 0)).toBe(setUp.counted);
    expect(received.map(({ kept }) => kept.type)).toContain(setUp.countedType);
    if (setUp.counted === 1) expect(received).toMatchObject([{ kept: { type: setUp.countedType } }]);
  });
});

describe('the table of docs/browser-tag.md', () => {
  it('has each source beside the tag, and for each field that a setting can name how it counts once', () => {
    for (const source of SET_UP_SOURCES) {
      const rows = SET_UPS.filter(({ sources, tagType }) => tagType && sources.length === 1 && sources[0] === source);
      expect(new Set(rows.map(({ counted }) => counted)), source).toEqual(new Set([1, 2]));
      const once = rows.filter(({ counted }) => counted === 1);
      const fields = once.map(
        ({ settings, transactionId }) => settings[`DEDUPE_ID_${source.toUpperCase()}`] ?? transactionId,
      );
      const [byDefault, ...others] = DEDUPE_ID_FIELDS[source];
      expect(fields, source).toEqual(expect.arrayContaining([source === 'ga4' ? 'any' : byDefault, ...others]));
    }
  });
});
