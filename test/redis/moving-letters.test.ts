// Real: Redis and BullMQ. Another action happens between two steps of an operation, by a store that allows it.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer } from '../../scripts/redis.mjs';
import { editLetter } from '../../src/dead-letters/edit-letter.js';
import type { LetterFilter } from '../../src/dead-letters/filter.js';
import type { FoundLetter } from '../../src/dead-letters/letter.js';
import { eraseEvents } from '../../src/dead-letters/operations/erase.js';
import type { LetterAccess } from '../../src/dead-letters/operations/execute-operation.js';
import { OperationStore } from '../../src/dead-letters/operations/operation-store.js';
import { beginDiscard, beginReplay } from '../../src/dead-letters/operations/operations.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import { readTaken, takeLetters } from '../../src/dead-letters/take-script.js';
import type { LetterPlace } from '../../src/dead-letters/walk.js';
import { readQueuedJobs } from '../../src/queue/queued-jobs.js';
import { connectRedis } from '../../src/redis/connect.js';
import { runScript } from '../../src/redis/script.js';
import { contextAt, eventOf } from '../support/events.js';
import { asAdministrator } from '../support/guard.js';
import { layLetters, letterWith } from '../support/letters.js';
import { World } from '../support/world.js';

const BY = { by: 'tess', via: 'command' } as const;
const HASH = createHash('sha256').update('jane@example.com').digest('hex');
const HERS = { matchKeys: [{ type: 'EMAIL' as const, values: [HASH] as const }] };

/** After it has read letters, and before it changes them, another action runs. */
class DisturbedStore extends LetterStore {
  disturb: () => Promise<unknown> = async () => undefined;
  before: () => Promise<unknown> = async () => undefined;
  during: () => Promise<unknown> = async () => undefined;

  override async *look(filter: LetterFilter, after?: LetterPlace): AsyncGenerator<FoundLetter> {
    yield* super.look(filter, after);
    await this.disturb();
  }

  override async *everyLetter(): AsyncGenerator<FoundLetter> {
    await this.before();
    let isFirst = true;
    for await (const found of super.everyLetter()) {
      yield found;
      if (isFirst) await this.during();
      isFirst = false;
    }
    await this.disturb();
  }
}

let world: World;
let store: DisturbedStore;
beforeEach(async () => {
  world = await World.open();
  store = new DisturbedStore(world.account, world.connection);
});
afterEach(() => world.close());

const access = () => ({ store, connection: world.connection });
const undisturbed = () => ({
  store: new LetterStore(world.account, world.connection),
  connection: world.connection,
});
const context = () => contextAt(Date.now());

async function replay(by: LetterAccess, filter: LetterFilter = {}) {
  const { ended } = await beginReplay(by, { filter, corrections: [] }, { ...BY, context: context() });
  return ended;
}

function lay(...letters: ReturnType<typeof letterWith>[]): Promise<void> {
  return layLetters(world.account, world.connection, letters);
}

async function queuedText(): Promise<string> {
  let text = '';
  for await (const jobs of readQueuedJobs(world.account, world.connection)) text += jobs.map(({ data }) => data).join();
  return text;
}

describe('a letter that is edited after a replay has read it', () => {
  it('is replayed as it was saved: no edit is lost', async () => {
    await lay(letterWith({ id: 'a' }), letterWith({ id: 'b', event: eventOf('order-2') }));
    store.disturb = () =>
      editLetter(undisturbed(), 'a', { ...eventOf('order-1'), value: 77 }, { ...BY, context: context() });
    expect(await replay(access())).toMatchObject({ state: 'done', done: 2, total: 2 });
    expect(await queuedText()).toContain('"value":77');
    expect(await store.count({})).toBe(0);
    expect((await world.state()).ledger.replayed).toBe(2);
  });

  it('stays where the filter no longer means it, and is not counted', async () => {
    await lay(letterWith({ id: 'a' }), letterWith({ id: 'b', event: eventOf('order-2') }));
    const { currencyCode: _, ...rest } = eventOf('order-1');
    const lead = { ...rest, eventType: 'LEAD', value: 1 };
    store.disturb = () => editLetter(undisturbed(), 'a', lead, { ...BY, context: context() });
    const record = await replay(access(), { eventTypes: ['OFF_AMAZON_PURCHASES'] });
    expect(record).toMatchObject({ state: 'done', done: 1, skipped: 0 });
    expect(await store.get('a')).toMatchObject({ event: { eventType: 'LEAD' } });
  });

  it('that is gone by then is not counted', async () => {
    await lay(letterWith({ id: 'a' }), letterWith({ id: 'b', event: eventOf('order-2') }));
    store.disturb = async () => {
      const { ended } = await beginDiscard(undisturbed(), { filter: { ids: ['a'] }, corrections: [] }, BY);
      await ended;
    };
    expect(await replay(access())).toMatchObject({ state: 'done', done: 1 });
    expect((await world.state()).ledger).toMatchObject({ replayed: 1, discarded: 1 });
  });
});

describe('a step', () => {
  it('that Redis gets twice counts once, and says the same', async () => {
    await lay(letterWith({ id: 'a' }));
    const operations = new OperationStore(world.account, world.connection);
    const order = { filter: {}, corrections: [] };
    const run = await operations.begin('discard', order, BY, { total: 1, untilMs: Date.now() });
    const letters: FoundLetter[] = [];
    for await (const found of store.look({})) letters.push(found);
    const call = takeLetters(store.keys, {
      runner: run.runner,
      step: 1,
      cursor: '1:a',
      field: 'discarded',
      skipped: 0,
      operationKey: operations.keyOf(run.id),
      letters,
    });
    for (let time = 0; time < 2; time += 1) {
      expect(readTaken(await runScript(world.connection, call), letters)).toMatchObject({ taken: 1, changed: [] });
    }
    expect(await operations.read(run.id)).toMatchObject({ done: 1, cursor: '1:a' });
    expect((await world.state()).ledger.discarded).toBe(1);
  });

  it('goes on after a SCRIPT FLUSH', async () => {
    await lay(...Array.from({ length: 250 }, (_, n) => letterWith({ id: `l${n}`, event: eventOf(`order-${n}`) })));
    const flush = () => asAdministrator((redis) => redis.script('FLUSH'));
    // Two steps are done by then. The third meets a Redis that knows no script.
    store.disturb = flush;
    expect(await replay(access())).toMatchObject({ state: 'done', done: 250 });
    expect(await store.count({})).toBe(0);
  });

  it('that a full Redis refuses changes nothing', async () => {
    const redis = await startServer();
    const connection = connectRedis(redis.url, 'prompt', 'test-full');
    const full = { store: new LetterStore('default', connection), connection };
    await layLetters('default', connection, [letterWith({ id: 'a' })]);
    await connection.config('SET', 'maxmemory', '1');
    await expect(replay(full)).rejects.toThrow(/OOM/);
    await connection.config('SET', 'maxmemory', '0');
    expect(await full.store.count({})).toBe(1);
    expect(await full.store.get('a')).toBeDefined();
    expect(await connection.llen(`${full.store.keys.job}wait`)).toBe(0);
    connection.disconnect();
    await redis.stop();
  });
});

describe('erasing a person while letters move', () => {
  const erase = () => eraseEvents(access(), { hashes: [HASH], isDryRun: false, ...BY });
  const trace = async () => {
    let text = await queuedText();
    for await (const letter of undisturbed().store.find({})) text += JSON.stringify(letter);
    return text;
  };

  it.each([
    { by: 'match key', whom: { hashes: [HASH] } },
    { by: 'id', whom: { dedupeIds: ['hers'] } },
  ])(
    'by $by finds an event that a replay would move from the letters to the queue after the queue was looked at',
    async ({ whom }) => {
      await lay(letterWith({ id: 'a', event: eventOf('hers', HERS) }), letterWith({ id: 'b', event: eventOf('his') }));
      store.before = () => replay(undisturbed());
      const erased = await eraseEvents(access(), { ...whom, isDryRun: false, ...BY });
      expect(erased).toMatchObject({ queued: 0, busy: 0, lettersFound: 1, dedupeIds: ['hers'] });
      expect(await trace()).not.toContain(HASH);
      expect(await trace()).toContain('"his"');
      // The person’s letters are gone. Others are replayed as usual, then and after.
      expect(await world.connection.exists(store.keys.erasures)).toBe(0);
    },
  );

  it('finds a letter that an edit moves to another shelf meanwhile', async () => {
    await lay(...Array.from({ length: 450 }, (_, n) => letterWith({ id: `l${n}`, event: eventOf(`o-${n}`) })));
    await lay(letterWith({ id: 'z', event: eventOf('hers', HERS), diedAt: Date.now() }));
    const { currencyCode: _, ...rest } = eventOf('hers', HERS);
    const lead = { ...rest, eventType: 'LEAD', value: 1 };
    store.during = () => editLetter(undisturbed(), 'z', lead, { ...BY, context: context() });
    store.disturb = () => editLetter(undisturbed(), 'z', { ...lead, value: 2 }, { ...BY, context: context() });
    expect(await erase()).toMatchObject({ lettersFound: 1 });
    expect(await trace()).not.toContain(HASH);
  });

  it('begins anew where its lease ended on the way, and finds what was moved then', async () => {
    await lay(letterWith({ id: 'a', event: eventOf('hers', HERS) }));
    store.before = async () => {
      store.before = async () => undefined;
      await world.connection.del(store.keys.erasures);
      await replay(undisturbed());
    };
    expect(await erase()).toMatchObject({ queued: 1, busy: 0, lettersFound: 0 });
    expect(await trace()).not.toContain(HASH);
  });

  it('gives up after some rounds where its lease ends each time, and keeps one record', async () => {
    await lay(letterWith({ id: 'a', event: eventOf('hers', HERS) }));
    store.before = async () => {
      await world.connection.del(store.keys.erasures);
    };
    await expect(erase()).rejects.toMatchObject({
      code: 'ERASURE_UNSETTLED',
      message: expect.stringContaining('1 dead letters are erased'),
    });
    expect(await world.connection.zcard(store.keys.operations)).toBe(1);
    expect(await trace()).not.toContain(HASH);
  });

  it('erases from a job that changes meanwhile', async () => {
    await world.enqueue([eventOf('hers', HERS), eventOf('his')]);
    const [id = ''] = await world.connection.lrange(`${store.keys.job}wait`, 0, -1);
    const evalsha = world.connection.evalsha.bind(world.connection);
    let isChanged = false;
    // Once, right before the erasure’s own write, like a worker's settling.
    const spied = Object.assign(world.connection, {
      evalsha: async (...args: Parameters<typeof evalsha>) => {
        if (!isChanged && args.includes(`${store.keys.job}${id}:lock`)) {
          isChanged = true;
          const data = (await world.connection.hget(store.keys.job + id, 'data')) ?? '';
          await world.connection.hset(store.keys.job + id, 'data', `${data} `);
        }
        return evalsha(...args);
      },
    });
    expect(await eraseEvents({ store, connection: spied }, { hashes: [HASH], isDryRun: false, ...BY })).toMatchObject({
      queued: 1,
      busy: 0,
    });
    expect(isChanged).toBe(true);
    expect(await trace()).not.toContain(HASH);
  });
});

it('runs scripts by their text, whatever their names', async () => {
  const say = (word: string) => ({
    script: { name: 'capiSay', lua: `return '${word}'` },
    keys: ['{capi:x}'],
    args: [],
  });
  expect(await runScript(world.connection, say('one'))).toBe('one');
  expect(await runScript(world.connection, say('two'))).toBe('two');
});
