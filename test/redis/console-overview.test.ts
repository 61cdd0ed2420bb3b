// Real: the console's server over HTTP, and Redis, which is disconnected in one of these tests.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONVERSIONS_QUEUE, keysOf, prefixOf } from '../../src/queue/queue.js';
import { connectRedis } from '../../src/redis/connect.js';
import { Gate } from '../../src/worker/gate.js';
import { Cable } from '../support/cable.js';
import { ConsoleDoor } from '../support/console-door.js';
import { eventOf } from '../support/events.js';
import { until, World } from '../support/world.js';

let world: World;
let door: ConsoleDoor;

beforeEach(() => {
  world = new World();
});

afterEach(async () => {
  await door.close();
  await world.close();
});

/** The visible text of a page, with a space between parts. */
async function words(path = '/'): Promise<string> {
  const { text } = await door.visitor().get(path);
  return text
    .replace(/^.*<main/s, '<main')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
}

describe('the overview', () => {
  it('shows what waits, that the ledger balances, and a lost event as a difference', async () => {
    await world.enqueue([eventOf('a'), eventOf('b'), eventOf('c')]);
    door = await ConsoleDoor.open(world);
    expect(await words()).toMatch(/Backlog 3 1 job .*books balance 3 accepted = 0 delivered .* \+ 3 queued/);
    await door.close();
    await world.connection.hincrby(keysOf(world.account).ledger, 'replayed', 2);
    door = await ConsoleDoor.open(world);
    expect(await words()).toMatch(/ 3 accepted \+ 2 replayed = 0 delivered /);
    await door.close();
    await world.connection.hincrby(keysOf(world.account).ledger, 'replayed', -2);
    const [jobId = ''] = await world.connection.lrange(`${prefixOf(world.account)}:${CONVERSIONS_QUEUE}:wait`, 0, 0);
    await world.withQueue((queue) => queue.remove(jobId));
    door = await ConsoleDoor.open(world);
    expect(await words()).toContain('3 events unaccounted for');
  });

  it('says why an account is held and when it tries again', async () => {
    door = await ConsoleDoor.open(world);
    expect(await words()).toContain('sending');
    const backOff = { baseMs: 60_000, maxMs: 60_000 };
    const gate = new Gate(world.connection, keysOf(world.account), backOff, new AbortController().signal);
    await gate.close('credentials_refused', 120_000, 'invalid_grant');
    await until(async () =>
      expect(await words()).toMatch(
        /held: credentials refused invalid_grant since just now , tries again in (120 s|119 s|2 min)/,
      ),
    );
  });

  it('measures rates between two looks', async () => {
    door = await ConsoleDoor.open(world);
    expect(await words()).toContain('Rate in – events a second');
    await world.enqueue([eventOf('a'), eventOf('b')]);
    await until(async () => expect(await words()).toMatch(/Rate in 0\.\d events a second Rate delivered 0 /), 12_000);
  });
});

it('a page during an outage of Redis says so, and the next one after it is complete', async () => {
  const cable = await Cable.to(process.env['REDIS_URL'] ?? '');
  const connection = connectRedis(cable.url, 'prompt', 'capi-test-cable');
  connection.on('error', () => undefined);
  door = await ConsoleDoor.open(world, { connection });
  expect(await words()).toContain('Overview');
  await cable.cut();
  const { status, text } = await door.visitor().get('/');
  expect(status).toBe(503);
  expect(text).toContain('Redis cannot be reached. Nothing was changed');
  await cable.mend();
  await until(async () => expect((await door.visitor().get('/')).status).toBe(200));
  connection.disconnect();
  await cable.cut();
});
