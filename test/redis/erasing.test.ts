// Real: Redis, the intake over HTTP, a worker, the sandbox as Amazon. Orders of one person exist in every possible
// form. They are erased, and then every key and value of the account is searched for anything that could identify them.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signedHeaders } from '../../dev/shops/webhooks.js';
import { readHistory } from '../../src/dead-letters/history.js';
import { OperationStore } from '../../src/dead-letters/operations/operation-store.js';
import { beginReplay } from '../../src/dead-letters/operations/operations.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import { type ErasureOrder, erase } from '../../src/erasure/erasure.js';
import { findEvent } from '../../src/find/finder.js';
import { aliasDayOf, aliasDigestOf } from '../../src/queue/alias-index.js';
import { balanceOf, countQueuedEvents } from '../../src/queue/balance.js';
import { indexDigestOf } from '../../src/queue/id-index.js';
import { keysOf } from '../../src/queue/queue.js';
import { digestOf } from '../../src/window/layout.js';
import { Door, SECRETS } from '../support/door.js';
import { contextAt, eventOf } from '../support/events.js';
import { eventIdOf, HOUR_MS, orderPayload } from '../support/reconciling.js';
import { dumpOf } from '../support/redis-dump.js';
import { until, World } from '../support/world.js';

const EMAIL = 'canary.person@canary.example';
const PHONE = '+4915155501987';
const NAME = 'Jane-Canary';
const BY = { by: 'anna', via: 'command' } as const;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const EMAIL_DIGEST = sha256(EMAIL);

let world: World;
let door: Door;
beforeEach(async () => {
  world = await World.open();
  door = await Door.open(world);
});
afterEach(async () => {
  await door.close();
  await world.close();
});

const parts = () => ({ store: new LetterStore(world.account, world.connection), connection: world.connection });
const nameOf = (id: number) => `CAN-${id % 10_000}`;
const numberOf = (id: number) => id + 1_000_000_000;
const eraseAll = (what: Partial<ErasureOrder>) => erase(parts(), { isDryRun: false, ...BY, ...what });
const stateOf = async (id: string) => (await findEvent(world.connection, id, { accounts: [world.account] })).state;

/** A webhook of Shopify arrives. */
async function order(id: number, changes: Record<string, unknown> = {}): Promise<void> {
  const address = { 'billing_address.first_name': NAME, 'billing_address.phone': PHONE };
  const person = { email: EMAIL, contact_email: EMAIL, phone: PHONE, ...address };
  const payload = orderPayload('shopify', id, Date.now() - HOUR_MS, {
    name: `#${nameOf(id)}`,
    order_number: numberOf(id),
    ...person,
    ...changes,
  });
  const body = JSON.stringify(payload);
  const path = `/v1/webhooks/shopify?account=${world.account}`;
  await door.send(path, body, signedHeaders('shopify', body, SECRETS.shopify));
}

const OTHER = 5_550_009_001;
const REFUSED = 5_550_001_111;
const DEAD = 5_550_002_222;
const DELIVERED = 5_550_003_333;
const QUEUED = 5_550_004_444;

/** Orders of one person: refused; a dead letter that was replayed and failed again; queued; delivered. */
async function layEveryForm(): Promise<void> {
  // A waiting job: the index keeps the ids of its group of jobs until it has ended (id-index.ts).
  const { queuedIds } = keysOf(world.account);
  await world.connection.sadd(`${queuedIds}1:jobs`, 'waits');
  for (const id of [DEAD]) world.sandbox.faults.add({ kind: 'item_error', idHolds: String(id), code: 'INVALID_INPUT' });
  await world.startWorker();
  await order(DEAD);
  await order(DELIVERED);
  await order(OTHER, { email: 'somebody@else.example', contact_email: 'somebody@else.example', phone: null });
  await world.untilSettled({ dead_lettered: 1, delivered: 2 });
  const filter = { text: String(DEAD) };
  const options = { ...BY, context: contextAt(Date.now()) };
  const because = `the customer of #${nameOf(DEAD)}, asked.`;
  const { ended } = await beginReplay(parts(), { filter, corrections: [], because }, options);
  await ended;
  await world.untilSettled({ dead_lettered: 2 });
  await world.stopWorkers();
  await order(REFUSED, { test: true });
  await until(async () => expect(await stateOf(String(REFUSED))).toBe('refused'));
  await order(QUEUED, { test: true });
  await until(async () => expect(await stateOf(nameOf(QUEUED))).toBe('refused'));
  await order(QUEUED);
  expect(await Promise.all([DEAD, DELIVERED, QUEUED].map((id) => stateOf(String(numberOf(id)))))).toEqual([
    'dead_letter',
    'delivered',
    'queued',
  ]);
}

/** Everything that could identify the person or the order, by kind. */
function canariesOf(ids: readonly number[]): Map<string, string> {
  const canaries = new Map<string, string>();
  const add = (what: string, text: string) => {
    canaries.set(what, text).set(`${what}, lower case`, text.toLowerCase());
    canaries.set(`${what}, SHA-256`, sha256(text)).set(`${what}, SHA-256 of lower case`, sha256(text.toLowerCase()));
  };
  add('e-mail', EMAIL);
  add('phone', PHONE);
  add('phone, digits', PHONE.slice(1));
  add('name', NAME);
  for (const id of ids) {
    const dedupeId = eventIdOf('shopify', id);
    for (const [what, text] of [
      ['dedupe id', dedupeId],
      ['id', String(id)],
      ['number', String(numberOf(id))],
      ['name', nameOf(id)],
    ] as const) {
      add(`${what} of ${id}`, text);
      canaries.set(`${what} of ${id}, in the index of ids`, indexDigestOf(text).slice(3));
      canaries.set(`${what} of ${id}, among aliases and refusals`, aliasDigestOf('shopify', text).slice(3));
    }
    canaries.set(`mark of ${id}`, digestOf(dedupeId).slice(3));
  }
  return canaries;
}

async function found(ids: readonly number[]): Promise<string[]> {
  const dump = await dumpOf(world.connection, world.account);
  const all = [...canariesOf(ids)].flatMap(([what, canary]) =>
    dump.filter(({ key, text }) => `${key}\n${text}`.includes(canary)).map(({ key }) => `${what}: ${key}`),
  );
  // Redis scans its keys in no fixed order.
  return all.toSorted();
}

async function difference(): Promise<number> {
  const { ledger } = await world.state();
  return balanceOf(ledger, await countQueuedEvents(world.account, world.connection)).difference;
}

describe('erasing orders by their ids', () => {
  it('leaves nothing of them but the mark that one was delivered, and that without time and request', async () => {
    await layEveryForm();
    const ids = [REFUSED, DEAD, DELIVERED, QUEUED];
    // Each form exists before, so the search does find it.
    const before = await found(ids);
    for (const form of ['in the index of ids', 'among aliases and refusals', 'SHA-256', 'mark of']) {
      expect(before.join('\n')).toContain(form);
    }
    const orders = { ids: [nameOf(REFUSED), `#${nameOf(DEAD)}`, String(numberOf(DELIVERED)), String(QUEUED)] };
    const counts = { queued: 1, busy: 0, busyIds: [], deadLetters: 1, deliveries: 1, refusals: 2, aliases: 6 };
    expect(await eraseAll({ orders, isDryRun: true })).toEqual(counts);
    expect(await found(ids)).toEqual(before);
    expect(await eraseAll({ orders })).toEqual(counts);

    const mark = digestOf(eventIdOf('shopify', DELIVERED));
    const bucket = keysOf(world.account).window + mark.slice(0, 3);
    expect(await found(ids)).toEqual([`mark of ${DELIVERED}: ${bucket}`]);
    const said = await world.connection.hget(bucket, Buffer.from(mark.slice(3), 'latin1'));
    expect(said).toMatch(/^\d{13}$/);
    expect(await difference()).toBe(0);
    // The other person's order is still known.
    expect(await findEvent(world.connection, nameOf(OTHER), { accounts: [world.account] })).toMatchObject({
      state: 'delivered',
      requestId: expect.stringMatching(/./),
    });
  });

  it('a delivered one is not sent again when its webhook comes again', async () => {
    await world.startWorker();
    await order(DELIVERED);
    await world.untilSettled({ delivered: 1 });
    expect(await eraseAll({ orders: { ids: [nameOf(DELIVERED)] } })).toMatchObject({ deliveries: 1, aliases: 2 });
    const told = await findEvent(world.connection, String(DELIVERED), { accounts: [world.account] });
    expect(told).toMatchObject({ state: 'delivered', timeline: [] });
    expect(told).not.toHaveProperty('requestId');
    await order(DELIVERED);
    await world.untilSettled({ delivered: 1, duplicate: 1 });
    expect(world.countedIds()).toEqual([eventIdOf('shopify', DELIVERED)]);
    // Its repetition is known by its number again, and nothing else of it.
    expect(await eraseAll({ orders: { ids: [String(DELIVERED)] } })).toMatchObject({ deliveries: 0, aliases: 2 });
  });

  it('many of one request, too: the others keep their record', async () => {
    const ids = Array.from({ length: 60 }, (_, place) => DELIVERED + place);
    for (const id of ids) await order(id);
    await world.startWorker();
    await world.untilSettled({ delivered: 60 });
    expect(await eraseAll({ orders: { ids: [String(DELIVERED)] } })).toMatchObject({ deliveries: 1 });
    const requests = await Promise.all(
      ids.map(async (id) => (await findEvent(world.connection, String(id), { accounts: [world.account] })).requestId),
    );
    expect(requests.filter((request) => request !== undefined)).toHaveLength(59);
    expect(requests[0]).toBeUndefined();
  });

  it('says that a worker holds one, and erases it once it is delivered', async () => {
    world.sandbox.faults.add({ kind: 'latency', ms: 1_500, times: 1 });
    await world.startWorker();
    await order(DELIVERED);
    await until(async () => expect(await stateOf(String(DELIVERED))).toBe('in_flight'));
    const orders = { ids: [String(numberOf(DELIVERED))] };
    const busyIds = [eventIdOf('shopify', DELIVERED)];
    expect(await eraseAll({ orders })).toMatchObject({ queued: 0, busy: 1, busyIds, deliveries: 0, aliases: 0 });
    await world.untilSettled({ delivered: 1 });
    // Its number still finds it.
    expect(await eraseAll({ orders })).toMatchObject({ busy: 0, deliveries: 1, aliases: 2 });
    expect(await difference()).toBe(0);
  });

  it('leaves a delivery that its job is still to count, and says that somebody holds it', async () => {
    const { aliases, window, job } = keysOf(world.account);
    const digest = digestOf(eventIdOf('shopify', DELIVERED));
    const field = Buffer.from(digest.slice(3), 'latin1');
    const ends = String(Date.now() + HOUR_MS);
    await world.connection.hset(window + digest.slice(0, 3), field, '-10000000001');
    await world.connection.hset(`${window}claims:1`, '-10000000001', `d${ends}:7:1`);
    await world.connection.hset(`${window}uncounted`, '-10000000001', '12');
    await world.connection.hset(`${job}12`, 'data', '{}');
    const { day } = aliasDayOf(Date.now());
    const alias = aliasDigestOf('shopify', 'W-77');
    await world.connection.hset(`${aliases}${day}:${alias.slice(0, 2)}`, alias.slice(3), String(DELIVERED));
    const orders = { ids: ['W-77'] };
    const busyIds = [eventIdOf('shopify', DELIVERED)];
    expect(await eraseAll({ orders })).toMatchObject({ deliveries: 0, busy: 1, busyIds, aliases: 0 });
    expect(await world.connection.hget(window + digest.slice(0, 3), field)).toBe('-10000000001');
    await world.connection.del(`${job}12`);
    // Its number still finds it.
    expect(await eraseAll({ orders })).toMatchObject({ deliveries: 1, busy: 0, busyIds: [], aliases: 1 });
    expect(await world.connection.hget(window + digest.slice(0, 3), field)).toBe(ends);
  });

  it('asks which is meant where a number means orders of two sources', async () => {
    await order(QUEUED);
    await world.enqueue([eventOf(`order:OFF_AMAZON_PURCHASES:${QUEUED}`)]);
    await expect(eraseAll({ orders: { ids: [String(QUEUED)] } })).rejects.toThrow(/several events: .*say --source/);
    expect(await eraseAll({ orders: { ids: [String(QUEUED)], source: 'order' } })).toMatchObject({ queued: 1 });
    expect(await stateOf(eventIdOf('shopify', QUEUED))).toBe('queued');
    expect(await eraseAll({ orders: { ids: [eventIdOf('shopify', QUEUED)] } })).toMatchObject({ queued: 1 });
    expect(await found([QUEUED])).toEqual([]);
  });
});

describe('erasing a person by a match key', () => {
  it('takes with their events the refusals, other names and records of these', async () => {
    await layEveryForm();
    const counts = { queued: 1, busy: 0, busyIds: [], deadLetters: 1, deliveries: 0, refusals: 1, aliases: 4 };
    expect(await eraseAll({ hashes: [EMAIL_DIGEST] })).toEqual(counts);
    expect(await found([DEAD, QUEUED])).toEqual([]);
    expect(await difference()).toBe(0);
    // Events that no match key finds are erased by their id.
    expect(await eraseAll({ orders: { ids: [String(DELIVERED), String(REFUSED)] } })).toMatchObject({
      deliveries: 1,
      refusals: 1,
    });
    expect(await found([REFUSED, DEAD, QUEUED])).toEqual([]);
  });

  it('leaves of operations what they did, without the id', async () => {
    await layEveryForm();
    await eraseAll({ hashes: [EMAIL_DIGEST] });
    const operations = await new OperationStore(world.account, world.connection).list(10);
    expect(operations.find(({ kind }) => kind === 'replay')).toMatchObject({
      done: 1,
      diedAgain: 1,
      isResumable: false,
      order: { filter: { text: '(not kept)' }, because: '(not kept)' },
    });
    const kinds = (await readHistory(world.connection, world.account, { limit: 10 })).map(({ kind, phase }) => [
      kind,
      phase,
    ]);
    expect(kinds).toEqual([
      ['erase', 'done'],
      ['erase', 'started'],
      ['replay', 'done'],
    ]);
  });
});
