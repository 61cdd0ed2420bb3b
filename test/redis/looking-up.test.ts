// Real: Redis, the producer's writer, a worker, the sandbox. An event is looked up by its id at each stage.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { editLetter } from '../../src/dead-letters/edit-letter.js';
import { eraseEvents } from '../../src/dead-letters/operations/erase.js';
import { beginDiscard, beginReplay } from '../../src/dead-letters/operations/operations.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import { type KnownId, lookUpIds } from '../../src/find/known-script.js';
import { type FoundState, stateOf } from '../../src/find/state.js';
import { keysOf, prefixOf } from '../../src/queue/queue.js';
import { digestOf } from '../../src/window/layout.js';
import { contextAt, EMAIL_DIGEST, eventOf } from '../support/events.js';
import { until, World } from '../support/world.js';

const BY = { by: 'anna', via: 'command' } as const;
const REQUEST_ID = /^[\w-]{8,100}$/;

let world: World;
beforeEach(async () => {
  world = await World.open({ RETRY_MAX_ATTEMPTS: '100' });
});
afterEach(() => world.close());

const order = (id: string) => eventOf(id, { timestamp: new Date(Date.now() - 3_600_000).toISOString() });
const parts = () => ({ store: new LetterStore(world.account, world.connection), connection: world.connection });

async function look(id: string): Promise<{ state: FoundState; known: KnownId | undefined }> {
  const { ids, ...account } = await lookUpIds(world.connection, world.account, ['none', id, 'neither'], true);
  const known = ids.find((one) => one.id === id);
  expect(ids).toHaveLength(known ? 1 : 0);
  return { state: known ? stateOf(known, account).state : 'unknown', known };
}

async function bury(id: string): Promise<void> {
  world.sandbox.faults.add({ kind: 'item_error', idHolds: id, code: 'INVALID_INPUT', times: 1 });
  await world.enqueue([order(id)]);
  await world.untilSettled({ dead_lettered: 1 });
}

/** The existing keys of the index. */
async function indexKeys(): Promise<string[]> {
  const [, keys] = await world.connection.scan(0, 'MATCH', `${prefixOf(world.account)}:*`, 'COUNT', 10_000);
  return keys.filter((key) => /:(?:queued|dead)\b(?!-)/.test(key));
}

describe('looking up an event by its id', () => {
  it('finds it in the queue, on its way, and delivered: when, and by which of Amazon’s requests', async () => {
    expect((await look('1001')).state).toBe('unknown');
    await world.enqueue([order('1000'), order('1001'), order('1002')]);
    expect((await look('1001')).state).toBe('queued');
    expect((await look('1001')).known?.jobs).toMatchObject([{ jobId: '1', dueMs: undefined }]);
    world.sandbox.faults.add({ kind: 'latency', ms: 300, times: 1 });
    await world.startWorker();
    await until(async () => expect((await look('1001')).state).toBe('in_flight'));
    const before = Date.now();
    await world.untilSettled({ delivered: 3 });
    const { state, known } = await look('1001');
    expect(state).toBe('delivered');
    expect(known).toMatchObject({ jobs: [], letters: [], mark: { kind: 'delivered' } });
    const receipt = known?.mark?.kind === 'delivered' ? known.mark.receipt : undefined;
    expect(receipt?.requestId).toMatch(REQUEST_ID);
    expect(Math.abs((receipt?.deliveredAtMs ?? 0) - before)).toBeLessThan(5_000);
    expect(await indexKeys()).toEqual([]);
  });

  it('finds the receipt of many that are delivered by one request too', async () => {
    const ids = Array.from({ length: 60 }, (_, place) => `order-${place}`);
    await world.enqueue(ids.map(order));
    await world.startWorker();
    await world.untilSettled({ delivered: 60 });
    const found = await lookUpIds(world.connection, world.account, ids, false);
    const receipts = found.ids.map(({ mark }) => (mark?.kind === 'delivered' ? mark.receipt?.requestId : ''));
    expect(receipts).toHaveLength(60);
    expect(new Set(receipts).size).toBe(1);
    expect(receipts[0]).toMatch(REQUEST_ID);
  });

  it('reads marks of before there were receipts', async () => {
    const { window } = keysOf(world.account);
    const untilMs = Date.now() + 60_000;
    const write = (id: string, mark: string) =>
      world.connection.hset(window + digestOf(id).slice(0, 3), Buffer.from(digestOf(id).slice(3), 'latin1'), mark);
    await write('alone', String(untilMs));
    await write('of many', '-10000000001');
    await world.connection.hset(`${window}claims:1`, '-10000000001', `d${untilMs}`);
    for (const id of ['alone', 'of many']) {
      expect((await look(id)).known?.mark).toEqual({ kind: 'delivered', untilMs, receipt: undefined });
    }
  });

  it('finds one that waits: for its next attempt, or until its account may send', async () => {
    await world.enqueue([order('1001')]);
    await world.connection.hset(keysOf(world.account).gate, {
      until: String(Date.now() + 60_000),
      reason: 'unavailable',
    });
    expect((await look('1001')).state).toBe('waiting');
    await world.connection.del(keysOf(world.account).gate);
    expect((await look('1001')).state).toBe('queued');
    await world.connection.zadd(`${prefixOf(world.account)}:conversions:delayed`, (Date.now() + 60_000) * 0x1000, '1');
    expect((await look('1001')).state).toBe('waiting');
    await world.connection.zrem(`${prefixOf(world.account)}:conversions:delayed`, '1');
  });

  it('finds its dead letter, corrected where it lies, replayed under another id, and delivered', async () => {
    await world.startWorker();
    await bury('1001');
    await world.stopWorkers();
    const { state, known } = await look('1001');
    expect(state).toBe('dead_letter');
    const letterId = known?.letters[0]?.id ?? '';
    const context = contextAt(Date.now());
    const edited = await editLetter(parts(), letterId, order('1002'), { ...BY, context });
    expect(edited.kind).toBe('saved');
    expect((await look('1002')).known?.letters).toMatchObject([{ id: letterId }]);
    expect((await look('1001')).state).toBe('unknown');
    const { ended } = await beginReplay(parts(), { filter: {}, corrections: [] }, { ...BY, context });
    await ended;
    expect((await look('1002')).state).toBe('queued');
    expect((await look('1002')).known?.letters).toEqual([]);
    await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    expect((await look('1002')).state).toBe('delivered');
    expect(await indexKeys()).toEqual([]);
  });

  it('says nothing of an event that was discarded or erased', async () => {
    await world.startWorker();
    await bury('1001');
    await world.stopWorkers();
    const { ended } = await beginDiscard(parts(), { filter: {}, corrections: [] }, BY);
    await ended;
    expect((await look('1001')).state).toBe('unknown');
    await world.enqueue([order('1002')]);
    expect(await eraseEvents(parts(), { hashes: [EMAIL_DIGEST], isDryRun: false, ...BY })).toMatchObject({ queued: 1 });
    expect((await look('1002')).state).toBe('unknown');
    expect(await indexKeys()).toEqual([]);
  });

  it('keeps ids of jobs that have ended no longer than the group’s last job, and none of them beside a new one', async () => {
    const index = keysOf(world.account).queuedIds;
    await world.enqueue([order('1001'), order('1002')]);
    await world.enqueue([order('1003')]);
    world.sandbox.faults.add({ kind: 'item_error', idHolds: '1003', code: 'THROTTLED', times: 1_000 });
    await world.startWorker();
    await until(async () => expect((await world.state()).ledger).toMatchObject({ delivered: 2 }));
    await world.stopWorkers();
    // The group's second job waits: of the first only an index entry is left, no event.
    expect(await world.connection.hlen(`${index}1`)).toBe(3);
    expect((await look('1001')).known).toMatchObject({ jobs: [], mark: { kind: 'delivered' } });
    expect((await look('1003')).known?.jobs.map(({ jobId }) => jobId)).toEqual(['2']);
    await world.enqueue([order('1001')]);
    expect(new Set(await world.connection.hvals(`${index}1`))).toEqual(new Set(['1', '2', '3']));
    expect((await look('1001')).known?.jobs.map(({ jobId }) => jobId)).toEqual(['3']);
    world.sandbox.faults.clear();
    await world.startWorker();
    await world.untilSettled({ delivered: 3, duplicate: 1 });
    expect(await indexKeys()).toEqual([]);
  });

  it('begins another group of jobs when one is full, and keeps neither for ever', async () => {
    const index = keysOf(world.account).queuedIds;
    const groups = () => world.connection.zrange(`${index}groups`, '0', '-1');
    await world.enqueue([order('1001')]);
    await world.connection.eval("for i = 1, 262143 do redis.call('HSET', KEYS[1], i, '1') end", 1, `${index}1`);
    await world.enqueue([order('1002')]);
    await world.enqueue([order('1003')]);
    expect(await groups()).toEqual(['1', '2']);
    for (const id of ['1001', '1002', '1003']) expect((await look(id)).state).toBe('queued');
    for (const key of ['1', '1:jobs', '2', '2:jobs']) {
      const days = (await world.connection.pttl(index + key)) / 86_400_000;
      expect(days).toBeGreaterThan(28);
      expect(days).toBeLessThanOrEqual(30);
    }
    // Another program removed the first job, and time passed.
    await world.connection.del(`${keysOf(world.account).job}1`, `${index}1`, `${index}1:jobs`);
    await world.connection.lrem(`${prefixOf(world.account)}:conversions:wait`, 1, '1');
    await world.startWorker();
    await until(async () => expect((await world.state()).ledger).toMatchObject({ delivered: 2 }));
    expect(await groups()).toEqual(['1']);
    await world.enqueue([order('1004')]);
    await until(async () => expect((await world.state()).ledger).toMatchObject({ delivered: 3 }));
    await until(async () => expect(await groups()).toEqual([]));
  });

  it('shows each of several jobs with the same id, and ignores wrong entries', async () => {
    await world.enqueue([order('1001'), order('1001')]);
    await world.enqueue([order('1001')]);
    expect((await look('1001')).known?.jobs.map(({ jobId }) => jobId)).toEqual(['1', '2']);
    await world.connection.hset(keysOf(world.account).job + '2', 'data', '{"v":1,"events":[]}');
    expect((await look('1001')).known?.jobs.map(({ jobId }) => jobId)).toEqual(['1']);
    await world.connection.del(`${keysOf(world.account).job}1`);
    expect((await look('1001')).state).toBe('unknown');
  });
});
