// Real: Redis and BullMQ, through a cable that is cut while BullMQ asks for Redis's version.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EventWriter } from '../../src/producer/event-writer.js';
import { JobRecorder } from '../../src/queue/job-recorder.js';
import { DEAD_LETTERS_QUEUE } from '../../src/queue/queue.js';
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
  // Sent after the question, so it fails after it.
  const given = connection.ping().catch((error: Error) => error.name);
  await cable.cut();
  expect(await given).toBe('MaxRetriesPerRequestError');
  await cable.mend();
  await until(() => writer.write([queued(eventOf('a'))]));
  expect((await world.state()).ledger.enqueued).toBe(1);
  await writer.close();
  connection.disconnect();
});

it('queues that were opened as Redis went away add jobs when it is back', async () => {
  const connection = connectRedis(cable.url, 'prompt', 'capi-test');
  connection.on('error', () => undefined);
  await connection.ping();
  const asked = cable.stopBefore('info');
  const recorder = new JobRecorder(world.account, DEAD_LETTERS_QUEUE, connection);
  await asked;
  await cable.cut();
  await expect(recorder.open()).rejects.toThrow();
  await cable.mend();
  await until(async () => void (await recorder.open()));
  const record = await recorder.open();
  expect(record({ text: '{}' })).toMatchObject({ args: [expect.anything(), '{}', expect.anything()] });
  await recorder.close();
  connection.disconnect();
});

it.each([1, 2, 3])(
  'a worker whose %d. version query met an outage of Redis delivers and dead-letters when Redis is back',
  async (nth) => {
    const far = await World.open({ REDIS_URL: cable.url });
    far.sandbox.faults.add({ kind: 'item_error', idHolds: 'bad', code: 'INVALID_INPUT' });
    let asked = cable.stopBefore('info');
    const started = far.startWorker();
    for (let question = 1; question < nth; question += 1) {
      await asked;
      asked = cable.stopBefore('info');
      await cable.mend();
    }
    await Promise.race([asked, started]);
    await cable.cut();
    await cable.mend();
    await started;
    await far.enqueue([eventOf('good'), eventOf('bad')]);
    await far.untilSettled({ delivered: 1, dead_lettered: 1 });
    await far.close();
  },
);
