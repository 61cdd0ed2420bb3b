// Real: Redis and BullMQ; letters are stored by the function that the worker's settling uses.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { editLetter } from '../../src/dead-letters/edit-letter.js';
import { readHistory } from '../../src/dead-letters/history.js';
import { importLetters } from '../../src/dead-letters/import-letters.js';
import { eraseEvents } from '../../src/dead-letters/operations/erase.js';
import { outcomesOf } from '../../src/dead-letters/operations/operation.js';
import { OperationStore } from '../../src/dead-letters/operations/operation-store.js';
import { beginDiscard, beginReplay } from '../../src/dead-letters/operations/operations.js';
import { planReplay } from '../../src/dead-letters/operations/plan.js';
import { discardExpired } from '../../src/dead-letters/operations/retention.js';
import { statsOf } from '../../src/dead-letters/stats.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import { wereDelivered } from '../../src/queue/account-state.js';
import { balanceOf, countQueuedEvents } from '../../src/queue/balance.js';
import { contextAt, eventOf, NOW_MS } from '../support/events.js';
import { layLetters, letterWith } from '../support/letters.js';
import { World } from '../support/world.js';

const BY = { by: 'tess', via: 'console' } as const;
const DAY_MS = 86_400_000;

let world: World;
let store: LetterStore;
beforeEach(async () => {
  world = await World.open();
  store = new LetterStore(world.account, world.connection);
});
afterEach(() => world.close());

function parts() {
  return { store, connection: world.connection, log: world.log };
}

function lay(...letters: ReturnType<typeof letterWith>[]): Promise<void> {
  return layLetters(world.account, world.connection, letters);
}

function history() {
  return readHistory(world.connection, world.account, { limit: 10 });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('editing a letter', () => {
  const options = { ...BY, context: contextAt(Date.now()) };

  it('saves a corrected event, keeps the first, and files it under its new type', async () => {
    await lay(letterWith({ id: 'a' }));
    const draft = { ...eventOf('order-1'), value: 77 };
    expect(await editLetter(parts(), 'a', draft, options)).toMatchObject({ kind: 'saved' });
    const { currencyCode: _, ...rest } = eventOf('order-1');
    const lead = { ...rest, eventType: 'LEAD', value: 1 };
    expect(await editLetter(parts(), 'a', lead, options)).toMatchObject({ kind: 'saved' });
    expect(await store.get('a')).toMatchObject({
      event: { eventType: 'LEAD', value: 1 },
      original: { eventType: 'OFF_AMAZON_PURCHASES', value: eventOf('x').value },
    });
    expect(await store.count({ eventTypes: ['LEAD'] })).toBe(1);
    expect(await store.count({})).toBe(1);
    expect(await history()).toMatchObject([
      { kind: 'edit', phase: 'done', by: 'tess', via: 'console', letter: 'a' },
      { kind: 'edit', letter: 'a' },
    ]);
  });

  it('names each fault at its path and saves nothing', async () => {
    await lay(letterWith({ id: 'a' }));
    const refused = await editLetter(parts(), 'a', { ...eventOf('order-1'), countryCode: 'XX' }, options);
    expect(refused).toMatchObject({ kind: 'refused', issues: [{ path: 'countryCode' }] });
    expect(await store.get('a')).toMatchObject({ event: { countryCode: eventOf('order-1').countryCode } });
    expect(await history()).toEqual([]);
  });

  it('hashes what a person typed in plaintext', async () => {
    await lay(letterWith({ id: 'a' }));
    const draft = { ...eventOf('order-1'), matchKeys: [{ type: 'EMAIL', values: ['Jane@Example.com '] }] };
    await editLetter(parts(), 'a', draft, options);
    expect((await store.get('a'))?.event?.matchKeys).toEqual([{ type: 'EMAIL', values: [sha256('jane@example.com')] }]);
  });

  it('does not overwrite what another person changed or moved meanwhile', async () => {
    expect(await editLetter(parts(), 'gone', eventOf('order-1'), options)).toEqual({ kind: 'gone' });
    await lay(letterWith({ id: 'a' }));
    const edits = [1, 2].map((value) => editLetter(parts(), 'a', { ...eventOf('order-1'), value }, options));
    expect((await Promise.all(edits)).map(({ kind }) => kind).toSorted()).toEqual(['gone', 'saved']);
  });
});

describe('planning a replay', () => {
  it('counts what is too old, what was delivered since, what is maybe delivered and what stays', async () => {
    const old = eventOf('old', { timestamp: new Date(Date.now() - 8 * DAY_MS).toISOString() });
    await lay(
      letterWith({ id: 'a', event: eventOf('fresh'), diedAt: NOW_MS - 5 }),
      letterWith({ id: 'b', event: old }),
      letterWith({ id: 'c', event: eventOf('since'), isMaybeDelivered: true }),
      letterWith({ id: 'd', event: null, raw: '?', reason: 'unreadable' }),
    );
    await world.startWorker();
    await world.enqueue([eventOf('since')]);
    await world.untilSettled({ delivered: 1 });
    const plan = await planReplay(
      store,
      {},
      {
        corrections: [],
        context: contextAt(Date.now()),
        wereDelivered: (ids) => wereDelivered(world.account, world.connection, ids),
      },
    );
    expect(plan).toMatchObject({
      count: 4,
      lookedAt: 4,
      oldestMs: NOW_MS - 5,
      pastAgeLimit: 1,
      deliveredSince: 1,
      maybeDelivered: 1,
      refused: 1,
    });
  });

  it('examines at most the allowed number, and counts all', async () => {
    await lay(...Array.from({ length: 30 }, (_, number) => letterWith({ id: `l${number}`, diedAt: NOW_MS + number })));
    const plan = await planReplay(
      store,
      {},
      {
        corrections: [],
        context: contextAt(Date.now()),
        wereDelivered: async (ids) => ids.map(() => false),
        lookAtMost: 10,
      },
    );
    expect(plan).toMatchObject({ count: 30, lookedAt: 10 });
    expect(plan.samples.map(({ id }) => id)).toEqual(['l0', 'l1', 'l2']);
  });
});

describe('telling who did what', () => {
  it('when it began and how it ended, with filter, counts and reason', async () => {
    await lay(letterWith({ id: 'a' }), letterWith({ id: 'b', reason: 'expired' }));
    const filter = { reasons: ['expired' as const] };
    const { id, ended } = await beginDiscard(parts(), { filter, corrections: [], because: 'a test shop' }, BY);
    await ended;
    const told = { operation: id, kind: 'discard', by: 'tess', via: 'console' };
    const logged = world.logLines.map((line) => JSON.parse(line) as object);
    expect(logged).toMatchObject([
      { msg: 'letters.discard', status: 'started', operation: id, by: 'tess', count: 1, reason: 'a test shop' },
      { msg: 'letters.discard', status: 'done', operation: id, by: 'tess', count: 1, skipped: 0 },
    ]);
    expect(await history()).toMatchObject([
      { ...told, phase: 'done', done: 1, skipped: 0 },
      { ...told, phase: 'started', total: 1, because: 'a test shop', filter: { reasons: ['expired'] } },
    ]);
  });

  it('without personal data that somebody typed', async () => {
    await lay(letterWith({ id: 'a' }));
    const corrections = [{ path: ['matchKeys', 0, 'values', 0], value: 'canary@example.com' }];
    const order = { filter: { text: 'canary@example.com' }, corrections };
    const { id, ended } = await beginReplay(parts(), order, { ...BY, context: contextAt(Date.now()) });
    await ended;
    const kept = await world.connection.hgetall(`{capi:${world.account}}:operation:${id}`);
    expect(JSON.stringify([kept, await history(), world.logLines])).not.toContain('canary');
    expect(JSON.stringify(kept)).toContain('(not kept)');
  });
});

describe('keeping letters no longer than they are wanted', () => {
  it('deletes those past their time, counts them and logs it', async () => {
    const nowMs = await store.nowMs();
    await lay(letterWith({ id: 'old', diedAt: nowMs - 31 * DAY_MS }), letterWith({ id: 'new', diedAt: nowMs }));
    expect(await discardExpired(parts(), 30)).toMatchObject({ kind: 'retention', done: 1 });
    expect(await store.get('old')).toBeUndefined();
    expect(await store.get('new')).toBeDefined();
    expect((await world.state()).ledger.discarded).toBe(1);
    expect(await discardExpired(parts(), 30)).toBeUndefined();
    expect((await history()).map(({ phase }) => phase)).toEqual(['done', 'started']);
  });
});

describe('importing letters', () => {
  const options = { ...BY, context: contextAt(Date.now()) };

  async function* lines(...texts: string[]) {
    for (const [place, text] of texts.entries()) yield { number: place + 1, text };
  }

  it('imports what export wrote, keeps existing letters, and names invalid lines', async () => {
    await lay(letterWith({ id: 'here' }));
    const texts = [letterWith({ id: 'here' }), letterWith({ id: 'there', account: 'elsewhere' })].map((letter) =>
      JSON.stringify(letter),
    );
    const report = await importLetters(parts(), lines(...texts, '{"id":1}', 'no JSON', ''), options);
    expect(report).toMatchObject({ imported: 1, known: 1, refused: [{ line: 3 }, { line: 4 }] });
    expect(await store.get('there')).toMatchObject({ account: world.account });
    expect(await statsOf(store, {})).toMatchObject([{ count: 2 }]);
    expect(await history()).toMatchObject([{ kind: 'import', done: 1 }]);
  });

  it('stores no plaintext from the file', async () => {
    const event = { ...eventOf('order-1'), matchKeys: [{ type: 'EMAIL', values: ['canary@example.com'] }] };
    await importLetters(parts(), lines(JSON.stringify({ ...letterWith({ id: 'a' }), event })), options);
    expect((await store.get('a'))?.event?.matchKeys[0]?.values).toEqual([sha256('canary@example.com')]);
  });
});

describe('importing letters that somebody changed', () => {
  const options = { ...BY, context: contextAt(Date.now()) };

  async function* lines(...texts: string[]) {
    for (const [index, text] of texts.entries()) yield { number: index + 1, text };
  }

  it('refuses each that breaks a rule by its line and path, and takes the others', async () => {
    const withEvent = (id: string, fields: object) =>
      JSON.stringify({ ...letterWith({ id }), event: { ...eventOf(id), ...fields } });
    const report = await importLetters(
      parts(),
      lines(
        withEvent('a', { currencyCode: 'NO MONEY' }),
        withEvent('b', {}),
        withEvent('c', { name: 'kim@example.com' }),
        withEvent('d', { matchKeys: 'none' }),
        JSON.stringify({ ...letterWith({ id: 'e' }), diedAt: 1e300 }),
        withEvent('f', {}),
      ),
      options,
    );
    expect(report).toMatchObject({ imported: 2, known: 0 });
    expect(report.refused).toEqual([
      { line: 1, why: 'event.currencyCode is not an ISO 4217 currency, such as EUR' },
      { line: 3, why: 'event.name holds a character that Amazon refuses in names' },
      { line: 4, why: expect.stringContaining('event is no event') },
      { line: 5, why: expect.stringContaining('diedAt') },
    ]);
    expect((await store.page({}, { limit: 10 })).letters.map(({ id }) => id).toSorted()).toEqual(['b', 'f']);
  });
});

describe('erasing a person', () => {
  const hash = sha256('jane@example.com');
  const matchKeys = [{ type: 'EMAIL' as const, values: [hash] as const }];

  async function balance() {
    const { ledger } = await world.state();
    return balanceOf(ledger, await countQueuedEvents(world.account, world.connection));
  }

  it('removes all their events from the queue and the dead letters, and the ledger balances', async () => {
    await world.enqueue([eventOf('hers', { matchKeys }), eventOf('his')]);
    await lay(letterWith({ id: 'a', event: eventOf('hers-too', { matchKeys }) }), letterWith({ id: 'b' }));
    const counted = await eraseEvents(parts(), { hashes: [hash], isDryRun: true, ...BY });
    expect(counted).toMatchObject({ queued: 1, busy: 0, lettersFound: 1 });
    expect(await eraseEvents(parts(), { hashes: [hash.toUpperCase()], isDryRun: false, ...BY })).toMatchObject({
      queued: 1,
      lettersFound: 1,
    });
    expect(await balance()).toMatchObject({ accepted: 2, erased: 1, queued: 1, difference: 0 });
    expect(await store.get('a')).toBeUndefined();
    expect(await store.get('b')).toBeDefined();
    await world.startWorker();
    await world.untilSettled({ delivered: 1, erased: 1 });
    expect(world.countedIds()).toEqual(['his']);
    expect(JSON.stringify(await history())).not.toContain(hash);
  });

  it('says of how many letters it was, and tells the replay whose events it took', async () => {
    await lay(letterWith({ id: 'a', event: eventOf('hers', { matchKeys }) }), letterWith({ id: 'b' }));
    await lay(letterWith({ id: 'c', event: eventOf('hers-too', { matchKeys }) }));
    const order = { filter: { ids: ['a'] }, corrections: [] };
    const { id, ended } = await beginReplay(parts(), order, { ...BY, context: contextAt(NOW_MS) });
    await ended;
    await eraseEvents(parts(), { hashes: [hash], isDryRun: false, ...BY });
    expect((await history()).find(({ kind, phase }) => kind === 'erase' && phase === 'started')).toMatchObject({
      total: 1,
      filter: { ids: ['c'] },
    });
    const record = await new OperationStore(world.account, world.connection).read(id);
    expect(record && outcomesOf(record)).toMatchObject({ erased: 1, inFlight: 0 });
  });

  it('does not change a job that a worker holds, and reports it', async () => {
    await world.enqueue([eventOf('hers', { matchKeys })]);
    const [id = ''] = await world.connection.lrange(`{capi:${world.account}}:conversions:wait`, 0, -1);
    await world.connection.set(`${store.keys.job}${id}:lock`, 'a worker');
    expect(await eraseEvents(parts(), { hashes: [hash], isDryRun: false, ...BY })).toMatchObject({
      queued: 0,
      busy: 1,
    });
    expect(await balance()).toMatchObject({ accepted: 1, erased: 0, queued: 1, difference: 0 });
  });
});
