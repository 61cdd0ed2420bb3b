// Real: a Redis master and its replica as processes, the library and the intake's answer; a cable that is cut.
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { createProducer, type Producer, type ProducerOptions, QueueUnavailableError } from '../../src/index.js';
import { keysOf } from '../../src/queue/queue.js';
import { Cable } from '../support/cable.js';
import { draftOf } from '../support/events.js';
import { until } from '../support/world.js';

let master: RedisServer;
let replica: RedisServer;
let cable: Cable;
let admin: Redis;
const producers: Producer[] = [];

beforeAll(async () => {
  master = await startServer({ args: ['--repl-diskless-sync-delay', '0'] });
  const args = ['--replicaof', `127.0.0.1 ${master.port}`];
  replica = await startServer({ args });
  admin = new Redis(master.url);
});

beforeEach(async () => {
  await admin.flushall();
  cable = await Cable.to(master.url);
  await until(async () => expect(await admin.wait(1, 100)).toBe(1));
});

afterEach(async () => {
  for (const producer of producers.splice(0)) await producer.close();
  process.kill(replica.pid, 'SIGCONT');
  await cable.cut();
});

afterAll(async () => {
  admin.disconnect();
  await replica.stop();
  await master.stop();
});

function open(options: ProducerOptions): Producer {
  const producer = createProducer({ redisUrl: cable.url, account: 'test-ack', ...options });
  producers.push(producer);
  return producer;
}

async function errorOf(enqueuing: Promise<unknown>): Promise<unknown> {
  return enqueuing.then(
    () => expect.unreachable('it was acknowledged'),
    (error: unknown) => error,
  );
}

async function written(): Promise<number> {
  return Number(await admin.hget(keysOf('test-ack').ledger, 'enqueued'));
}

describe('acknowledging', () => {
  it('waits for a replica, and says which setting it waited for in vain', async () => {
    const producer = open({ ackReplicas: 1, ackTimeoutMs: 1_000 });
    await producer.enqueue(draftOf('a'));
    process.kill(replica.pid, 'SIGSTOP');
    const error = await errorOf(producer.enqueue(draftOf('b')));
    expect(error).toBeInstanceOf(QueueUnavailableError);
    expect(error).toMatchObject({
      message: expect.stringContaining('REDIS_ACK_REPLICAS=1'),
      cause: { code: 'TOO_FEW_REPLICAS' },
    });
    expect(await written()).toBe(2);
  });

  it('writes nothing more while the replica is away, and goes on when it is back', async () => {
    const producer = open({ ackReplicas: 1, ackTimeoutMs: 1_000 });
    await producer.enqueue(draftOf('a'));
    process.kill(replica.pid, 'SIGSTOP');
    for (const id of ['b', 'c', 'd', 'e']) await errorOf(producer.enqueue(draftOf(id)));
    expect(await written()).toBe(2);
    process.kill(replica.pid, 'SIGCONT');
    await until(() => producer.enqueue(draftOf('b')).then(() => undefined));
  });

  it('writes nothing if there are fewer replicas than required', async () => {
    const error = await errorOf(open({ ackReplicas: 2, ackTimeoutMs: 200 }).enqueue(draftOf('a')));
    expect(error).toMatchObject({ code: 'QUEUE_UNAVAILABLE', message: expect.stringContaining('1 did') });
    expect(await written()).toBe(0);
  });

  it('does not accept a confirmation of another connection for a write of the first', async () => {
    const producer = open({ ackReplicas: 1, ackTimeoutMs: 1_900 });
    await producer.enqueue(draftOf('a'));
    process.kill(replica.pid, 'SIGSTOP');
    const enqueuing = errorOf(producer.enqueue(draftOf('b')));
    await until(async () => expect(await written()).toBe(2));
    // If the client repeated WAIT on the new connection, it would be told that the replicas have everything, as nothing
    // was written there.
    await cable.cut();
    await cable.mend();
    expect(await enqueuing).toBeInstanceOf(QueueUnavailableError);
    expect(await written()).toBe(2);
  });

  it('waits for none unless told to, behind a plain address', async () => {
    process.kill(replica.pid, 'SIGSTOP');
    await open({}).enqueue(draftOf('a'));
    expect(await written()).toBe(1);
  });
});
