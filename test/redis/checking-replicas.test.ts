// Real: Redis servers with and without replicas, with users that may not run a command.
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { type RedisServer, startServer } from '../../scripts/redis.mjs';
import { checkRedis } from '../../src/checks/check-redis.js';
import type { CheckResult } from '../../src/checks/result.js';

const resultOf = (results: readonly CheckResult[], name: string) => results.find((result) => result.name === name);

describe('checking what acknowledges writes', () => {
  const servers: RedisServer[] = [];
  const start = async (options: Parameters<typeof startServer>[0] = {}) => {
    const server = await startServer(options);
    servers.push(server);
    return server;
  };
  const administer = async (server: RedisServer, ...commands: [string, ...string[]][]) => {
    const admin = new Redis(server.url);
    for (const [name, ...args] of commands) await admin.call(name, ...args);
    admin.disconnect();
  };
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
  });

  it('says whether replicas confirm writes, as many as must', async () => {
    const server = await start({ isPersistent: true, args: ['--repl-diskless-sync-delay', '0'] });
    const ask = async (replicas: number) =>
      resultOf(await checkRedis(server.url, { replicas, timeoutMs: 200 }), 'redis replicas');
    expect(await ask(0)).toMatchObject({ level: 'ok', found: expect.stringContaining('REDIS_ACK_REPLICAS=1 by hand') });
    expect(await ask(1)).toMatchObject({
      level: 'fail',
      found: expect.stringContaining('REDIS_ACK_REPLICAS=1, but 0 confirm'),
    });
    await start({ args: ['--replicaof', `127.0.0.1 ${server.port}`] });
    await expect.poll(() => ask(1), { timeout: 10_000 }).toMatchObject({ level: 'ok' });
    expect(await ask(0)).toMatchObject({ level: 'warn', advice: 'set REDIS_ACK_REPLICAS=1' });
    await administer(server, ['ACL', 'SETUSER', 'old', 'on', '>pw', '~{capi:*', '+@all', '-wait']);
    const results = await checkRedis(`redis://old:pw@127.0.0.1:${server.port}`, { replicas: 1, timeoutMs: 200 });
    expect(resultOf(results, 'redis replicas')).toMatchObject({
      level: 'fail',
      found: 'the command wait is forbidden',
      advice: expect.stringContaining('+wait'),
    });
  });

  it('names the command that a user may not give', async () => {
    const server = await start({ isPersistent: true });
    await administer(server, ['ACL', 'SETUSER', 'few', 'on', '>pw', '~{capi:*', '+@all', '-del']);
    expect(resultOf(await checkRedis(`redis://few:pw@127.0.0.1:${server.port}`), 'redis writes')).toMatchObject({
      level: 'fail',
      found: expect.stringContaining('the command del is forbidden'),
      advice: expect.stringContaining('+del'),
    });
    await administer(server, ['ACL', 'SETUSER', 'none', 'on', '>pw', '~{capi:*', '+@all', '-eval']);
    expect(resultOf(await checkRedis(`redis://none:pw@127.0.0.1:${server.port}`), 'redis writes')).toMatchObject({
      found: expect.stringContaining('the command eval is forbidden'),
      advice: expect.stringContaining('+eval'),
    });
  });
});
