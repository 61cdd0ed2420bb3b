// Real: Redis, BullMQ, the sandbox; letters are written by a worker that Amazon refused.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filterText, type LetterFilter } from '../../src/dead-letters/filter.js';
import { readHistory } from '../../src/dead-letters/history.js';
import { parseEdit, parsePatch } from '../../src/dead-letters/operations/edit.js';
import { type OperationOrder, type OperationRecord, outcomesOf } from '../../src/dead-letters/operations/operation.js';
import { OperationStore } from '../../src/dead-letters/operations/operation-store.js';
import { beginDiscard, beginReplay, type ReplayOptions, resume } from '../../src/dead-letters/operations/operations.js';
import { diedAgainFilter } from '../../src/dead-letters/operations/replay-job.js';
import { statsOf } from '../../src/dead-letters/stats.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import { contextAt, eventOf, idsFrom } from '../support/events.js';
import { asAdministrator } from '../support/guard.js';
import { until, World } from '../support/world.js';

let world: World;
let store: LetterStore;
beforeEach(async () => {
  world = await World.open();
  store = new LetterStore(world.account, world.connection);
});
afterEach(async () => {
  await world.close();
});

/** Makes Amazon refuse events by their id: `currency-…` with a separate message each, `country-…` with a shared one. */
async function makeLetters(): Promise<void> {
  const { faults } = world.sandbox;
  faults.add({ kind: 'item_error', idHolds: 'currency', code: 'INVALID_INPUT', message: 'currency 12 is off' });
  faults.add({ kind: 'item_error', idHolds: 'country', code: 'FORBIDDEN', message: 'not this country' });
  await world.enqueue([...idsFrom('currency', 3), ...idsFrom('country', 2)].map((id) => eventOf(id)));
  await world.enqueue([eventOf('country-lead', { eventType: 'LEAD', value: 1 })]);
  await world.startWorker();
  await world.untilSettled({ dead_lettered: 6 });
}

type Order = Partial<Omit<OperationOrder, 'filter'>>;
const BY = { by: 'tess', via: 'command' } as const;

function parts() {
  return { store, connection: world.connection };
}

async function replay(
  filter: LetterFilter,
  { corrections = [], ...order }: Order = {},
  options: Partial<ReplayOptions> = {},
): Promise<OperationRecord> {
  const { ended } = await beginReplay(
    parts(),
    { filter, corrections, ...order },
    { ...BY, context: contextAt(Date.now()), ...options },
  );
  return ended;
}

async function found(filter: LetterFilter): Promise<string[]> {
  const ids: string[] = [];
  for await (const { event } of store.find(filter)) ids.push(event?.clientDedupeId ?? '');
  return ids.toSorted();
}

describe('finding dead letters', () => {
  beforeEach(makeLetters);

  it('by reason, event type, text, id and time', async () => {
    expect(await found({ reasons: ['rejected'] })).toEqual(idsFrom('currency', 3));
    expect(await found({ eventTypes: ['LEAD'] })).toEqual(['country-lead']);
    expect(await found({ text: 'NOT THIS' })).toEqual(['country-0', 'country-1', 'country-lead']);
    expect(await found({ text: 'currency-1' })).toEqual(['currency-1']);
    const [letter] = await world.letters();
    expect(await found({ ids: [letter?.id ?? '', 'no-such-letter'] })).toEqual([letter?.event?.clientDedupeId]);
    expect(await found({ sinceMs: Date.now() + 1000 })).toEqual([]);
    expect(await found({ untilMs: Date.now() - 60_000 })).toEqual([]);
    expect(await found({ reasons: ['rejected'], text: 'country' })).toEqual([]);
  });

  it('grouped by cause, with numbers left out of Amazon’s words', async () => {
    const causes = (await statsOf(store, {})).toSorted((left, right) => (left.reason < right.reason ? 1 : -1));
    expect(causes).toMatchObject([
      { reason: 'rejected', code: 'INVALID_INPUT', pattern: 'currency N is off', count: 3, maybeDelivered: 0 },
      { reason: 'forbidden', code: 'FORBIDDEN', pattern: 'not this country', count: 3 },
    ]);
    expect(await found({ causes: [causes[0]?.id ?? ''] })).toEqual(idsFrom('currency', 3));
    expect(await statsOf(store, { text: 'country-1' })).toMatchObject([{ reason: 'forbidden', count: 1 }]);
    expect(await store.counts()).toMatchObject({ rejected: 3, forbidden: 3, expired: 0 });
    expect(await store.oldest()).toBeLessThanOrEqual(Date.now());
  });
});

describe('replaying', () => {
  beforeEach(makeLetters);

  it('sends back what the filter means, once the cause is gone, and leaves the rest', async () => {
    world.sandbox.faults.clear();
    expect(await replay({ reasons: ['rejected'] })).toMatchObject({ state: 'done', total: 3, done: 3, skipped: 0 });
    await world.untilSettled({ replayed: 3, delivered: 3, dead_lettered: 6 });
    expect(world.countedIds().toSorted()).toEqual(idsFrom('currency', 3));
    expect(await found({})).toEqual(['country-0', 'country-1', 'country-lead']);
  });

  it('makes a letter again, with its replays counted, where the cause is not gone', async () => {
    await replay({ text: 'currency-0' });
    await world.untilSettled({ replayed: 1, dead_lettered: 7 });
    expect((await world.letters()).find(({ event }) => event?.clientDedupeId === 'currency-0')).toMatchObject({
      replays: 1,
      attempts: 1,
    });
  });

  it('counts what was delivered meanwhile as a duplicate and does not send it again', async () => {
    world.sandbox.faults.clear();
    await world.enqueue([eventOf('currency-0')]);
    await world.untilSettled({ delivered: 1 });
    await replay({ reasons: ['rejected'] });
    await world.untilSettled({ delivered: 3, duplicate: 1 });
    expect(world.sandbox.received.list().every(({ received }) => received === 1)).toBe(true);
  });

  it('tells the operation what became of each event, until the last is settled', async () => {
    const { faults } = world.sandbox;
    faults.clear();
    await world.enqueue([eventOf('currency-0')]);
    await world.untilSettled({ delivered: 1 });
    faults.add({ kind: 'item_error', idHolds: 'country-1', code: 'FORBIDDEN', message: 'not this country' });
    const { id } = await replay({});
    await world.untilSettled({ delivered: 5, duplicate: 1, dead_lettered: 7 });
    const operations = new OperationStore(world.account, world.connection);
    const record = await operations.read(id);
    expect(record && outcomesOf(record)).toEqual({ delivered: 4, duplicate: 1, diedAgain: 1, erased: 0, inFlight: 0 });
    expect(await operations.events(id, 'duplicate')).toEqual(['currency-0']);
    expect((await operations.events(id, 'delivered')).toSorted()).toEqual([
      'country-0',
      'country-lead',
      'currency-1',
      'currency-2',
    ]);
    expect(await operations.events(id, 'diedAgain')).toEqual(['country-1']);
    expect(await found(diedAgainFilter(id))).toEqual(['country-1']);
    // Another replay of the events that failed again is a new operation.
    const second = await replay(diedAgainFilter(id));
    await world.untilSettled({ dead_lettered: 8 });
    expect(await found(diedAgainFilter(id))).toEqual([]);
    expect(await found(diedAgainFilter(second.id))).toEqual(['country-1']);
    expect((await world.letters())[0]?.id.length).toBeLessThan(60);
  });

  it('counts events as in flight while no worker has settled them', async () => {
    await world.stopWorkers();
    const { id } = await replay({ text: 'currency' });
    const operations = new OperationStore(world.account, world.connection);
    const record = await operations.read(id);
    expect(record && outcomesOf(record)).toMatchObject({ delivered: 0, inFlight: 3 });
    expect((await operations.events(id, 'inFlight')).toSorted()).toEqual(idsFrom('currency', 3));
  });

  it('keeps what Amazon said of the causes and the corrections, for the time when the letters are gone', async () => {
    world.sandbox.faults.clear();
    const [cause] = await statsOf(store, { text: 'currency' });
    const causeId = cause?.id ?? '';
    const { order } = await replay({ causes: [causeId] }, { corrections: [parseEdit('currencyCode=EUR')] });
    expect(order.causeWords).toEqual({ [causeId]: 'INVALID_INPUT currency N is off' });
    const entries = await readHistory(world.connection, world.account, { limit: 5 });
    expect(entries.at(-1)).toMatchObject({ causeWords: order.causeWords, corrections: [{ path: ['currencyCode'] }] });
    expect(filterText({ causes: [causeId] }, order.causeWords)).toBe('cause INVALID_INPUT currency N is off');
  });

  it('corrects events on the way, and keeps those that the correction would break', async () => {
    world.sandbox.faults.clear();
    const corrections = [parsePatch('{"currencyCode":"EUR"}'), parseEdit('value=12.5')];
    const { done, skipped, skips } = await replay({}, { corrections });
    expect({ done, skipped }).toEqual({ done: 5, skipped: 1 });
    expect(skips).toMatchObject([{ why: expect.stringContaining('currencyCode') }]);
    await world.untilSettled({ delivered: 5 });
    expect(await found({})).toEqual(['country-lead']);
  });

  it('keeps the original beside a correction, and every earlier failure', async () => {
    await replay({ text: 'currency-0' }, { corrections: [parseEdit('value=9.5')] });
    await world.untilSettled({ replayed: 1, dead_lettered: 7 });
    await replay({ text: 'currency-0' }, { corrections: [parseEdit('value=8.5')] });
    await world.untilSettled({ replayed: 2, dead_lettered: 8 });
    const letter = (await world.letters()).find(({ event }) => event?.clientDedupeId === 'currency-0');
    expect(letter).toMatchObject({ replays: 2, event: { value: 8.5 }, original: { value: eventOf('x').value } });
    const life = {
      reason: 'rejected',
      answer: { message: 'currency 12 is off' },
      enqueuedAt: expect.any(Number),
      firstAttemptAt: expect.any(Number),
    };
    const replayed = { at: expect.any(Number), by: 'tess' };
    expect(letter?.history).toMatchObject([
      { ...life, replay: { ...replayed, corrections: ['value=9.5'] } },
      { ...life, replay: { ...replayed, corrections: ['value=8.5'] } },
    ]);
    expect(letter?.history?.[1]?.enqueuedAt).toBe(letter?.history?.[0]?.replay?.at);
  });

  it('touches only letters that lay there when it began', async () => {
    const replaying = replay({}, { ratePerSecond: 4 });
    await world.enqueue([eventOf('currency-new')]);
    await until(async () => expect((await world.state()).ledger.dead_lettered).toBeGreaterThanOrEqual(7));
    expect(await replaying).toMatchObject({ total: 6, done: 6 });
    expect((await world.state()).ledger.replayed).toBe(6);
  });

  it('goes on where it stopped when it is asked for again, whatever the rate, and counts on', async () => {
    world.sandbox.faults.clear();
    const stop = new AbortController();
    const first = await replay({}, { ratePerSecond: 4 }, { signal: stop.signal, onProgress: () => stop.abort() });
    expect(first).toMatchObject({ state: 'cancelled', done: 1, total: 6 });
    const isResumed: boolean[] = [];
    const second = await replay({}, {}, { onProgress: (progress) => isResumed.push(progress.isResumed) });
    expect(second).toMatchObject({ id: first.id, state: 'done', done: 6 });
    expect(isResumed).toEqual([true]);
    await world.untilSettled({ replayed: 6, delivered: 6 });
    expect((await replay({})).id).not.toBe(first.id);
  });

  it('resumes by its id, and leaves letters that failed since', async () => {
    const stop = new AbortController();
    const { id } = await replay({}, { ratePerSecond: 4 }, { signal: stop.signal, onProgress: () => stop.abort() });
    await world.untilSettled({ dead_lettered: 7 });
    world.sandbox.faults.clear();
    const { ended } = await resume(parts(), id, { ...BY, context: contextAt(Date.now()) });
    expect(await ended).toMatchObject({ id, state: 'done', done: 6 });
    await world.untilSettled({ replayed: 6, delivered: 5 });
    expect(await found({})).toHaveLength(1);
  });

  it('stops when somebody else cancels it, and says who', async () => {
    const operations = new OperationStore(world.account, world.connection);
    const record = await replay(
      {},
      { ratePerSecond: 4 },
      { onProgress: ({ id }) => void operations.cancel(id, 'otto') },
    );
    expect(record).toMatchObject({ state: 'cancelled', cancelledBy: 'otto' });
    expect(record.done).toBeLessThan(6);
  });

  it('is refused while the very same one runs, and can be taken over once its process is gone', async () => {
    const { connection } = world;
    const operations = new OperationStore(world.account, connection);
    const order = { filter: {}, corrections: [] };
    const { id } = await operations.begin('replay', order, BY, { total: 6, untilMs: Date.now() });
    // A runner that is alive while the other waits for it to stop.
    const beating = setInterval(() => void connection.hset(operations.keyOf(id), 'updatedAt', Date.now()), 200);
    await expect(replay({})).rejects.toThrow(/runs right now/);
    clearInterval(beating);
    await connection.hset(operations.keyOf(id), 'updatedAt', Date.now() - 60_000);
    expect(await operations.read(id)).toMatchObject({ state: 'interrupted' });
    expect(await replay({})).toMatchObject({ id, state: 'done', done: 6 });
  });

  it('takes no more than its max', async () => {
    world.sandbox.faults.clear();
    expect(await replay({}, { max: 2 })).toMatchObject({ state: 'done', done: 2 });
    await world.untilSettled({ replayed: 2, delivered: 2 });
    expect(await found({})).toHaveLength(4);
  });

  it('keeps to its rate', async () => {
    const startedAt = performance.now();
    await replay({}, { ratePerSecond: 10 });
    const seconds = (performance.now() - startedAt) / 1000;
    // Six letters at ten per second: the last is sent after half a second, the call returns at 0.6.
    expect(seconds).toBeGreaterThan(0.45);
    expect(seconds).toBeLessThan(1.5);
  });

  it('moves a letter once, however many replay it at a time', async () => {
    world.sandbox.faults.clear();
    const records = await Promise.all([replay({}), replay({ reasons: ['rejected', 'forbidden'] })]);
    expect(records.reduce((sum, { done }) => sum + done, 0)).toBe(6);
    await world.untilSettled({ replayed: 6, delivered: 6, duplicate: 0 });
  });

  it('sends an event that was enqueued again meanwhile once', async () => {
    world.sandbox.faults.clear();
    const [letter] = await world.letters();
    if (letter?.event) await world.enqueue([letter.event]);
    await world.untilSettled({ delivered: 1 });
    await replay({});
    await world.untilSettled({ delivered: 6, duplicate: 1 });
  });
});

describe('discarding', () => {
  beforeEach(makeLetters);

  it('deletes what the filter selects and counts it', async () => {
    const order = { filter: { reasons: ['forbidden' as const] }, corrections: [], because: 'test orders' };
    const { ended } = await beginDiscard(parts(), order, BY);
    expect(await ended).toMatchObject({ kind: 'discard', done: 3, order: { because: 'test orders' } });
    expect(await found({})).toEqual(idsFrom('currency', 3));
    expect((await world.state()).ledger.discarded).toBe(3);
    expect(await statsOf(store, {})).toHaveLength(1);
  });

  it('leaves nothing of a letter in BullMQ’s queue', async () => {
    const { ended } = await beginDiscard(parts(), { filter: {}, corrections: [] }, BY);
    await ended;
    const keys = await asAdministrator((redis) => redis.keys(`{capi:${world.account}}:dead-letters:*`));
    // The queue's own counters and stream stay, but neither its set of jobs nor any job.
    const left = keys.map((key) => key.replace(/^.*:/, ''));
    expect(left).toEqual(expect.arrayContaining(['events']));
    expect(left.filter((name) => name === 'prioritized' || /\d/.test(name))).toEqual([]);
    expect(await world.connection.hlen(store.keys.shelves)).toBe(0);
  });
});
