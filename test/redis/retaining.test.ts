// Real: Redis, through a cable that is held.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Retention } from '../../src/dead-letters/operations/retention.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import { connectRedis, type RedisConnection } from '../../src/redis/connect.js';
import { Cable } from '../support/cable.js';
import { fastestOf } from '../support/fastest.js';
import { World } from '../support/world.js';

let world: World;
let cable: Cable;
let connection: RedisConnection;
beforeEach(async () => {
  world = await World.open();
  cable = await Cable.to(process.env['REDIS_URL'] ?? '');
  connection = connectRedis(cable.url, 'patient', 'capi-test-held');
  connection.on('error', () => undefined);
  await connection.ping();
});
afterEach(async () => {
  connection.disconnect();
  await cable.cut();
  await world.close();
});

describe('stopping the retention of dead letters', () => {
  const retention = () =>
    new Retention({ store: new LetterStore(world.account, connection), connection, log: world.log }, 30);

  it('does not wait for a Redis that never answers: the worker would not end at SIGTERM', async () => {
    cable.hold();
    const held = retention();
    held.start();
    const startedAt = performance.now();
    await held.stop();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it('ends at once where Redis answers', async () => {
    const startAndStop = async () => {
      const idle = retention();
      idle.start();
      await idle.stop();
    };
    expect(await fastestOf(startAndStop)).toBeLessThan(900);
  });
});
