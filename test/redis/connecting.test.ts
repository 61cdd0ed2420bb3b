// Real: Redis, its replicas and its Sentinels as processes; a cable for a host that falls silent.
import { afterEach, describe, expect, it } from 'vitest';
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

/** @returns the connection and the codes of what it complains of */
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
