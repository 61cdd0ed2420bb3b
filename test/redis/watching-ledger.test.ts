// Real: Redis. An account's keys are deleted, as a failover without replicas would lose them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deleteKeys } from '../../dev/demo/clean-up.js';
import { EventWriter } from '../../src/producer/event-writer.js';
import { collectAccountStates } from '../../src/queue/account-state.js';
import { LedgerWatch, readLostWrites } from '../../src/queue/ledger-watch.js';
import { keysOf, prefixOf } from '../../src/queue/queue.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { eventOf, idsFrom, queued } from '../support/events.js';
import { metricOf, until, World } from '../support/world.js';

let world: World;
let metrics: Metrics;
let watch: LedgerWatch;
let writer: EventWriter;
beforeEach(async () => {
  world = await World.open();
  const { account, connection, log } = world;
  metrics = new Metrics([account]);
  watch = new LedgerWatch({ account, connection, metrics, log });
  writer = new EventWriter({ account, connection, eventsPerJob: 10, ledgerWatch: watch });
});
afterEach(async () => {
  await writer.close();
  await world.close();
});

const write = (...ids: string[]) => writer.write(ids.map((id) => queued(eventOf(id))));
const collect = () =>
  collectAccountStates({ watches: new Map([[world.account, watch]]), connection: world.connection, metrics });
const wentBack = () => metricOf(metrics, 'capi_ledger_went_back_total', { account: world.account });
const logged = (event: string) => world.logLines.filter((line) => line.includes(event));

describe('watching the ledger', () => {
  it('says nothing while it grows, however many write at the same time', async () => {
    await Promise.all(idsFrom('id', 200).map((id) => write(id)));
    await collect();
    await collect();
    expect(await wentBack()).toBe(0);
    expect(await readLostWrites(world.account, world.connection)).toBeUndefined();
  });

  it('tells of a loss once, at the next write: by metric, log, and for status and check', async () => {
    await write(...idsFrom('id', 5));
    await deleteKeys(world.connection, prefixOf(world.account));
    await Promise.all(idsFrom('later', 20).map((id) => write(id)));
    await collect();
    expect(await wentBack()).toBe(1);
    expect(logged('ledger.went_back')).toMatchObject([expect.stringContaining('"count":5')]);
    await until(async () => expect((await world.state()).lostWrites).toMatchObject({ count: 5 }));
  });

  it('tells of a loss that two readings show, and not of one', async () => {
    await write(...idsFrom('id', 5));
    await collect();
    await deleteKeys(world.connection, prefixOf(world.account));
    await collect();
    expect(await wentBack()).toBe(0);
    await collect();
    await collect();
    expect(await wentBack()).toBe(1);
  });

  it('keeps the greatest of what several processes have noticed of one loss', async () => {
    const { account, connection, log } = world;
    const other = new LedgerWatch({ account, connection, metrics: new Metrics([account]), log });
    other.noteWrite(other.mark, 3, 3);
    watch.noteWrite(watch.mark, 9, 9);
    watch.noteWrite(watch.mark, 1, 1);
    other.noteWrite(other.mark, 1, 1);
    await until(async () => expect(await readLostWrites(account, connection)).toMatchObject({ count: 9 }));
  });

  it('logs what had ended and no longer has', async () => {
    const { ledger } = keysOf(world.account);
    await world.connection.hset(ledger, 'delivered', 7);
    await collect();
    await world.connection.hset(ledger, 'delivered', 4);
    await collect();
    expect(logged('ledger.settled_went_back')).toMatchObject([
      expect.stringMatching(/"reason":"delivered".*"count":3|"count":3/),
    ]);
    expect(await wentBack()).toBe(0);
  });
});
