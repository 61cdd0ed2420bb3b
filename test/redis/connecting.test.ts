// Real: Redis, its replicas and its Sentinels as processes; a cable for a host that stops answering.
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { connectRedis, type OutageMode, type RedisConnection } from '../../src/redis/connect.js';
import { redisUrlOf } from '../../src/redis/url.js';
import { describeError } from '../../src/telemetry/describe-error.js';
import { Cable } from '../support/cable.js';
import { SentinelSet } from '../support/sentinel-set.js';
import { until } from '../support/world.js';

const opened: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

async function start(options: Parameters<typeof startServer>[0] = {}): Promise<RedisServer> {
  const server = await startServer(options);
  opened.push(() => server.stop());
  return server;
}

/** @returns the connection and the codes of its errors */
function connect(url: string, mode: OutageMode): { connection: RedisConnection; codes: (string | undefined)[] } {
  const connection = connectRedis(url, mode, 'capi-test');
  const codes: (string | undefined)[] = [];
  connection.on('error', (error: unknown) => codes.push(describeError(error).code));
  opened.push(() => connection.disconnect());
  return { connection, codes };
}

describe('connecting by way of Sentinels', () => {
  it('uses Sentinels that want a password of their own, and leaves a master that is being replaced', async () => {
    const set = await SentinelSet.start({ sentinelPassword: 'w@tch er+&=' });
    opened.push(() => set.stop());
    const { connection } = connect(set.url, 'patient');
    expect(await connection.set('{capi:test-connecting}', '1')).toBe('OK');
    const plain = { REDIS_URL: set.url.replace(/\?.*/, ''), REDIS_SENTINEL_PASSWORD: 'w@tch er+&=' };
    expect(await connect(redisUrlOf(plain), 'prompt').connection.ping()).toBe('PONG');

    const { codes } = connect(plain.REDIS_URL, 'prompt');
    await until(() => expect(codes).toContain('NOAUTH'));

    const old = await set.master();
    await set.failOver();
    await set.untilMasterIsNot(old);
    await until(async () => expect(await connection.call('ROLE')).toContain('master'));
    expect(await connection.set('{capi:test-connecting}', '2')).toBe('OK');
  });
});

/** ioredis's own connection for announcements of the Sentinels. */
async function detectorOf(connection: RedisConnection) {
  const schema = z.object({ sentinels: z.array(z.object({ client: z.instanceof(Redis) })).min(3) });
  let found: unknown;
  await until(() => {
    found = Reflect.get(Object(Reflect.get(connection, 'connector')), 'failoverDetector');
    expect(schema.safeParse(found).success).toBe(true);
  });
  return schema.parse(found);
}

describe('a failover that becomes known while a connection asks a Sentinel', () => {
  it('does not end the connection', async () => {
    const set = await SentinelSet.start();
    opened.push(() => set.stop());
    const addresses = set.url.match(/127\.0\.0\.1:\d+/g) ?? [];
    const cables = await Promise.all(addresses.map((address) => Cable.to(`redis://${address}`)));
    for (const cable of cables) opened.push(() => cable.cut());
    const hosts = cables.map(({ url }) => new URL(url).host).join(',');
    const { connection } = connect(set.url.replace(/\/\/[^/]*/, `//${hosts}`), 'prompt');
    expect(await connection.ping()).toBe('PONG');
    const detector = await detectorOf(connection);
    for (const cable of cables) cable.hold();
    const id = String(await connection.call('CLIENT', 'ID'));
    await set.administer(await set.master(), (redis) => redis.call('CLIENT', 'KILL', 'ID', id));
    await until(() => expect(connection.status).toBe('connecting'));
    for (const { client } of detector.sentinels) client.emit('message', '+switch-master', '');
    for (const cable of cables) await cable.mend();
    await until(async () => expect(await connection.ping()).toBe('PONG'));
  });
});

describe('a server that is no use', () => {
  it('falls silent: the connection is given up with a code, and made anew', async () => {
    const server = await start();
    const cable = await Cable.to(server.url);
    opened.push(() => cable.cut());
    const { connection, codes } = connect(cable.url, 'prompt');
    await connection.ping();
    cable.hold();
    await expect(connection.ping()).rejects.toThrow('Command timed out');
    await until(() => expect(codes).toContain('SOCKET_TIMEOUT'));
    await cable.mend();
    await until(async () => expect(await connection.ping()).toBe('PONG'));
  });

  it('was made a replica: it is left for whoever has its address then', async () => {
    const [server, other] = [await start(), await start()];
    const { connection } = connect(server.url, 'prompt');
    let connects = 0;
    connection.on('connect', () => {
      connects += 1;
    });
    await connection.call('REPLICAOF', '127.0.0.1', String(other.port));
    await until(async () => {
      await expect(connection.set('{capi:test-connecting}', '1')).rejects.toThrow('READONLY');
    });
    await until(() => expect(connects).toBeGreaterThan(1));
  });
});
