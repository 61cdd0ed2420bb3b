// Real: Redis and BullMQ, over a cable that is cut while BullMQ asks for Redis's version.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EventWriter } from '../../src/producer/event-writer.js';
import { connectRedis } from '../../src/redis/connect.js';
import { Cable } from '../support/cable.js';
import { eventOf, queued } from '../support/events.js';
import { until, World } from '../support/world.js';

let world: World;
let cable: Cable;
beforeEach(async () => {
  world = await World.open();
  cable = await Cable.to(world.settings.REDIS_URL);
});
afterEach(async () => {
  await world.close();
  await cable.cut();
});

it('a writer that was opened as Redis went away writes when it is back', async () => {
  const connection = connectRedis(cable.url, 'prompt', 'capi-test');
  connection.on('error', () => undefined);
  await connection.ping();
  const asked = cable.stopBefore('info');
  const writer = new EventWriter({ account: world.account, connection, eventsPerJob: 1 });
  await asked;
  // Sent after the question, so it is given up after it.
  const given = connection.ping().catch((error: Error) => error.name);
  await cable.cut();
  expect(await given).toBe('MaxRetriesPerRequestError');
  await cable.mend();
  await until(() => writer.write([queued(eventOf('a'))]));
  expect((await world.state()).ledger.enqueued).toBe(1);
  await writer.close();
  connection.disconnect();
});
