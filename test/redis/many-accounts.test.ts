// Real: a Redis server only for this test, so that its commands can be counted; 300 accounts in it.
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { EventWriter } from '../../src/producer/event-writer.js';
import { collectAccountStates, readAccountState, readAccountStates } from '../../src/queue/account-state.js';
import { readBalanced } from '../../src/queue/balanced-state.js';
import { LedgerWatch } from '../../src/queue/ledger-watch.js';
import { keysOf } from '../../src/queue/queue.js';
import { connectRedis, type RedisConnection } from '../../src/redis/connect.js';
import { fromPino } from '../../src/telemetry/log.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { digestOf } from '../../src/window/layout.js';
import { ConsoleDoor } from '../support/console-door.js';
import { eventOf, queued } from '../support/events.js';
import { layLetters, letterWith } from '../support/letters.js';
import { World } from '../support/world.js';

const ACCOUNTS = Array.from({ length: 300 }, (_, number) => `acc-${String(number).padStart(3, '0')}`);
const HELD = 'acc-107';
const WITH_LETTERS = ACCOUNTS.slice(200, 230);

let server: RedisServer;
let connection: RedisConnection;

beforeAll(async () => {
  server = await startServer();
  connection = connectRedis(server.url, 'patient', 'capi-test-many');
  for (const account of ACCOUNTS) await connection.hset(keysOf(account).ledger, { enqueued: '10', delivered: '10' });
  await connection.hset(keysOf(HELD).gate, {
    until: String(Date.now() + 60_000),
    reason: 'credentials_refused',
    since: String(Date.now()),
    detail: 'invalid_grant',
  });
  for (const [place, account] of WITH_LETTERS.entries()) {
    await connection.hset(keysOf(account).ledger, { enqueued: String(11 + place), dead_lettered: String(1 + place) });
    const letters = Array.from({ length: 1 + place }, (_, number) => letterWith({ id: `${number}-0-a`, account }));
    await layLetters(account, connection, letters);
  }
  for (const account of ACCOUNTS.slice(0, 30)) {
    const writer = new EventWriter({ account, connection, eventsPerJob: 10 });
    await writer.write([queued(eventOf(`${account}-1`)), queued(eventOf(`${account}-2`))]);
    await writer.close();
  }
});

afterAll(async () => {
  connection.disconnect();
  await server.stop();
});

async function commandsOf(work: () => Promise<unknown>): Promise<number> {
  const count = async () => Number(/total_commands_processed:(\d+)/.exec(await connection.info('stats'))?.[1]);
  const before = await count();
  await work();
  return (await count()) - before - 1;
}

describe('reading 300 accounts', () => {
  it('takes at most 3,000 commands for metrics, those inside scripts included', async () => {
    const metrics = new Metrics(ACCOUNTS, 'console');
    const log = fromPino(pino({ level: 'silent' }));
    const watches = new Map(
      ACCOUNTS.map((account) => [account, new LedgerWatch({ account, connection, metrics, log })] as const),
    );
    expect(await commandsOf(() => collectAccountStates({ watches, connection, metrics }))).toBeLessThan(3_000);
    const text = await metrics.registry.metrics();
    expect(text).toContain(`capi_account_held{account="${HELD}",reason="credentials_refused"} 1`);
    expect(text).toContain('capi_queue_events{account="acc-000"} 2');
    expect(text).toContain('capi_conservation_difference_events{account="acc-000"} 0');
  });

  it('counts busy queues against their ledgers, and takes nothing else for it', async () => {
    const states = await readBalanced(ACCOUNTS, connection);
    expect(states.filter(({ balance }) => balance.difference !== 0)).toEqual([]);
    expect(states.find(({ account }) => account === 'acc-000')).toMatchObject({
      queuedEvents: 2,
      jobs: { waiting: 1 },
    });
    const [state] = await readAccountStates(['acc-229'], connection);
    expect(state).toMatchObject({ deadLetters: { rejected: 30 }, oldestLetterMs: expect.any(Number) });
  });
});

describe('the overview of 300 accounts', () => {
  it('begins with problems and shows 25 a page', async () => {
    const world = new World();
    const door = await ConsoleDoor.open(world, { accounts: () => ACCOUNTS, connection, patient: connection });
    try {
      const names = async (path: string) => {
        const { status, text } = await door.visitor().get(path);
        expect(status).toBe(200);
        return [...text.matchAll(/<h2 id="account-([\w-]+)"/g)].map(([, name]) => name);
      };
      const first = await names('/');
      expect(first).toHaveLength(25);
      expect(first.slice(0, 3)).toEqual([HELD, 'acc-229', 'acc-228']);
      expect(await names('/?page=2')).toHaveLength(25);
      expect((await names('/?page=12')).at(-1)).toBe('acc-299');
      expect(await names('/?page=99')).toHaveLength(25);
    } finally {
      await door.close();
      await world.close();
    }
  });
});

describe('the size of the window', () => {
  it('is what was delivered within it, without a look at its buckets', async () => {
    const world = await World.open();
    try {
      await world.enqueue(['a', 'b', 'c'].map((id) => eventOf(id)));
      await world.startWorker();
      await world.untilSettled({ delivered: 3 });
      await world.enqueue([eventOf('a')]);
      await world.untilSettled({ duplicate: 1 });
      expect((await readAccountState(world.account, world.connection)).windowIds).toBe(3);
      expect(await world.connection.hlen(keysOf(world.account).window + digestOf('a').slice(0, 3))).toBe(2);
    } finally {
      await world.close();
    }
  });
});
