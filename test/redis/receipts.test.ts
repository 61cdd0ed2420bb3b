// Real: Redis, the worker, the intake over HTTP, the sandbox as Amazon, a file.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keysOf } from '../../src/queue/queue.js';
import { LineFile } from '../../src/telemetry/receipts/line-file.js';
import { Receipts } from '../../src/telemetry/receipts/receipts.js';
import { Door } from '../support/door.js';
import { conversionPayload, eventOf } from '../support/events.js';
import { Scratch } from '../support/scratch.js';
import { until, World } from '../support/world.js';

const NOW = '2026-11-27T10:00:00.000Z';

let world: World;
let scratch: Scratch;
let receipts: Receipts;
let lost = 0;
beforeEach(async () => {
  world = await World.open();
  scratch = Scratch.outside();
  receipts = await openReceipts('receipts.ndjson');
  world.receipts = receipts;
  lost = 0;
});
afterEach(async () => {
  await world.close();
  await receipts.close();
  scratch[Symbol.dispose]();
});

async function openReceipts(name: string): Promise<Receipts> {
  const file = await LineFile.open({
    path: name === '/dev/full' ? name : scratch.path(name),
    log: world.log,
    onLost: (lines) => {
      lost += lines;
    },
    bufferMaxBytes: 1_000,
  });
  return new Receipts(file, { nowMs: () => Date.parse(NOW) });
}

const lines = () =>
  readFileSync(scratch.path('receipts.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
const untilWritten = (count: number) => until(() => expect(lines()).toHaveLength(count));

describe('keeping receipts', () => {
  it('writes a line for each event that is delivered, known already, or dead', async () => {
    const { account } = world;
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT' });
    await world.enqueue([eventOf('a'), eventOf('bad', { eventType: 'LEAD' })]);
    await world.startWorker();
    await untilWritten(2);
    await world.enqueue([eventOf('a')], { source: 'shopify' });
    await untilWritten(3);
    const known = { time: NOW, account, source: 'conversion' };
    const purchase = 'OFF_AMAZON_PURCHASES';
    const requestId = expect.stringMatching(/^sandbox-\d+$/);
    expect(lines()).toEqual([
      { ...known, id: 'a', eventType: purchase, outcome: 'delivered', requestId },
      {
        ...known,
        id: 'bad',
        eventType: 'LEAD',
        outcome: 'dead_letter',
        reason: 'rejected',
        requestId: expect.stringMatching(/^item-/),
      },
      { ...known, id: 'a', eventType: purchase, source: 'shopify', outcome: 'duplicate' },
    ]);
  });

  it('writes nothing of an event that is tried again, until it ends', async () => {
    world.sandbox.faults.add({ kind: 'item_error', idHolds: 'later', code: 'INTERNAL_ERROR', times: 1 });
    await world.enqueue([eventOf('other'), eventOf('later')]);
    await world.startWorker();
    await world.untilSettled({ delivered: 2 });
    await untilWritten(2);
    expect(lines()).toMatchObject([
      { id: 'other', outcome: 'delivered' },
      { id: 'later', outcome: 'delivered' },
    ]);
  });

  it('reports of an unreadable event in a job only that', async () => {
    await world.enqueue([eventOf('a'), eventOf('b')]);
    const key = `${keysOf(world.account).job}1`;
    const data = (await world.connection.hget(key, 'data')) ?? '';
    await world.connection.hset(key, 'data', data.replace('"clientDedupeId":"b"', '"clientDedupeId":7'));
    await world.startWorker();
    await untilWritten(2);
    const unreadable = { outcome: 'dead_letter', reason: 'unreadable', source: 'unknown' };
    expect(lines()).toContainEqual({ time: NOW, account: world.account, ...unreadable });
  });

  it('writes what the intake refuses, with the id that it would have had, and nothing that names a person', async () => {
    const door = await Door.open(world, undefined, { receipts });
    const refused = [
      conversionPayload({ clientDedupeId: 'no-sale', name: 'refund', timestamp: new Date().toISOString() }),
      conversionPayload({ clientDedupeId: 'jane.canary@example.com', timestamp: new Date().toISOString() }),
      conversionPayload({ clientDedupeId: 'fine', timestamp: new Date().toISOString() }),
      3,
    ];
    try {
      expect(await door.post(JSON.stringify(refused))).toMatchObject({ status: 202, accepted: 1 });
      expect(await door.post('{"id":1}', {}, '&source=order')).toMatchObject({ status: 400 });
    } finally {
      await door.close();
    }
    await untilWritten(4);
    const common = { time: NOW, account: world.account, source: 'conversion', outcome: 'refused' };
    const eventType = 'OFF_AMAZON_PURCHASES';
    expect(lines()).toEqual([
      { ...common, id: 'no-sale', eventType, reason: 'not_a_purchase' },
      { ...common, eventType, reason: 'invalid' },
      { ...common, reason: 'invalid' },
      { ...common, id: `order:${eventType}:1`, eventType, source: 'order', reason: expect.any(String) },
    ]);
    expect(JSON.stringify(lines())).not.toContain('canary');
  });

  it('delivers as usual if the disk is full, and counts what is not written', async () => {
    world.receipts = await openReceipts('/dev/full');
    await world.enqueue(Array.from({ length: 40 }, (_, place) => eventOf(`event-${place}`)));
    await world.startWorker();
    await world.untilSettled({ delivered: 40 });
    await world.receipts.close();
    expect(lost).toBe(40);
    const failing = world.logLines.filter((line) => line.includes('receipts.failing'));
    expect(failing).toHaveLength(1);
  });
});
