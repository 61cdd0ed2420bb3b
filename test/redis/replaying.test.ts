// Real: Redis, BullMQ, the sandbox; letters are written by a worker that Amazon refused.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discardLetters } from '../../src/dead-letters/discard.js';
import { parseEdit } from '../../src/dead-letters/edit.js';
import type { LetterFilter } from '../../src/dead-letters/filter.js';
import { type ReplayOptions, replayLetters } from '../../src/dead-letters/replay.js';
import { statsOf } from '../../src/dead-letters/stats.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import { contextAt, eventOf, idsFrom } from '../support/events.js';
import { until, World } from '../support/world.js';

let world: World;
let store: LetterStore;
beforeEach(async () => {
  world = await World.open();
  store = new LetterStore(world.account, world.connection);
});
afterEach(async () => {
  await store.close();
  await world.close();
});

/** Lets Amazon refuse events by their id: `currency-…` with one message each, `country-…` with another. */
async function makeLetters(): Promise<void> {
  const { faults } = world.sandbox;
  faults.add({ kind: 'item_error', idHolds: 'currency', code: 'INVALID_INPUT', message: 'currency 12 is off' });
  faults.add({ kind: 'item_error', idHolds: 'country', code: 'FORBIDDEN', message: 'not this country' });
  await world.enqueue([...idsFrom('currency', 3), ...idsFrom('country', 2)].map((id) => eventOf(id)));
  await world.enqueue([eventOf('country-lead', { eventType: 'LEAD', value: 1 })]);
  await world.startWorker();
  await world.untilSettled({ dead_lettered: 6 });
}

function replay(filter: LetterFilter, options: Partial<ReplayOptions> = {}) {
  return replayLetters(store, world.connection, filter, { edits: [], context: contextAt(Date.now()), ...options });
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
    expect(await statsOf(store, {})).toMatchObject([
      { reason: 'rejected', code: 'INVALID_INPUT', pattern: 'currency N is off', count: 3, maybeDelivered: 0 },
      { reason: 'forbidden', code: 'FORBIDDEN', pattern: 'not this country', count: 3 },
    ]);
    expect(await store.counts()).toMatchObject({ rejected: 3, forbidden: 3, expired: 0 });
    expect(await store.oldest()).toBeLessThanOrEqual(Date.now());
  });
});

describe('replaying', () => {
  beforeEach(makeLetters);

  it('sends back what the filter means, once the cause is gone, and leaves the rest', async () => {
    world.sandbox.faults.clear();
    expect(await replay({ reasons: ['rejected'] })).toEqual({ replayed: 3, skipped: [] });
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

  it('corrects events on the way, and keeps those that the correction would break', async () => {
    world.sandbox.faults.clear();
    const edits = [parseEdit('currencyCode=EUR'), parseEdit('value=12.5')];
    const { replayed, skipped } = await replay({}, { edits });
    expect(replayed).toBe(5);
    expect(skipped).toMatchObject([{ why: expect.stringContaining('currencyCode') }]);
    await world.untilSettled({ delivered: 5 });
    expect(await found({})).toEqual(['country-lead']);
  });

  it('touches only letters that lay there when it began', async () => {
    const replaying = replay({}, { ratePerSecond: 4 });
    await world.enqueue([eventOf('currency-new')]);
    await until(async () => expect((await world.state()).ledger.dead_lettered).toBeGreaterThanOrEqual(7));
    await replaying;
    expect((await world.state()).ledger.replayed).toBe(6);
  });

  it('goes on where it stopped', async () => {
    world.sandbox.faults.clear();
    const stop = new AbortController();
    const first = await replay({}, { ratePerSecond: 4, signal: stop.signal, onProgress: () => stop.abort() });
    expect(first.replayed).toBe(1);
    const second = await replay({});
    expect(first.replayed + second.replayed).toBe(6);
    await world.untilSettled({ replayed: 6, delivered: 6 });
  });

  it('keeps to its rate', async () => {
    const startedAt = performance.now();
    await replay({}, { ratePerSecond: 10 });
    const seconds = (performance.now() - startedAt) / 1000;
    // Six letters at ten a second: the last goes after half a second, the call returns at 0.6.
    expect(seconds).toBeGreaterThan(0.45);
    expect(seconds).toBeLessThan(1.5);
  });

  it('leaves a letter that is put on the queue but not yet taken out: it is in both places, never in none', async () => {
    world.sandbox.faults.clear();
    const [letter] = await world.letters();
    // As after a crash between the two steps: the event is on the queue again, the letter still lies there.
    if (letter?.event) await world.enqueue([letter.event]);
    await world.untilSettled({ delivered: 1 });
    await replay({});
    await world.untilSettled({ delivered: 6, duplicate: 1 });
  });
});

describe('discarding', () => {
  beforeEach(makeLetters);

  it('throws away what the filter means and counts it', async () => {
    expect(await discardLetters(store, world.connection, { reasons: ['forbidden'] })).toBe(3);
    expect(await found({})).toEqual(idsFrom('currency', 3));
    expect((await world.state()).ledger.discarded).toBe(3);
  });
});
