/**
 * Checks Redis: first that it answers and accepts writes, then its version and configuration.
 *
 * Only one key is written, and the script that creates it deletes it. If Redis cannot be reached, there is a single
 * result that says so.
 */
import { Redis } from 'ioredis';
import { connectRedis, type RedisConnection } from '../redis/connect.js';
import { reachRedis } from '../redis/reach.js';
import { readRedisUrl } from '../redis/url.js';
import type { Acknowledgement } from '../settings/config.js';
import { forbiddenCommandOf, redisCodeOf } from '../telemetry/redis-error.js';
import { checkSentinels } from './check-sentinels.js';
import {
  judgeClock,
  judgeEviction,
  judgeLatency,
  judgePersistence,
  judgeReplicas,
  judgeVersion,
} from './judge-redis.js';
import { type RedisFacts, readRedisFacts } from './redis-facts.js';
import { type CheckResult, codeOf, fail, ok, worstOf } from './result.js';

const PINGS = 9;

/**
 * Tests what every write needs: scripts, keys with our prefix, a server that accepts writes. KEYS[1] the probe's key.
 * Returns 1.
 */
const WRITE_PROBE = `
redis.call('SET', KEYS[1], '1', 'PX', 1000)
return redis.call('DEL', KEYS[1])
`;
const PROBE_KEY = '{capi:check}:probe';

/** Waits for no replica, the default for a plain address. */
const BY_MASTER: Acknowledgement = { replicas: 0, timeoutMs: 1_000 };

export async function checkRedis(url: string, acknowledgement = BY_MASTER): Promise<CheckResult[]> {
  const connection = connectRedis(url, 'prompt', 'capi-check');
  try {
    const reached = await checkReach(connection, url);
    if (reached.level === 'fail') return [reached];
    const servers = serversOf(connection);
    const facts = await Promise.all(servers.map(readRedisFacts));
    const writes = await checkWrites(connection);
    const replicas = await Promise.all(
      servers.map((server, place) => checkReplicas(server, facts[place], acknowledgement)),
    );
    return [
      reached,
      writes,
      ...worstOf(replicas),
      ...(await checkSentinels(url)),
      ...worstOf(facts.map(judgeVersion)),
      ...worstOf(facts.map(judgeEviction)),
      ...worstOf(facts.map(judgePersistence)),
      judgeLatency(await timePings(connection)),
      ...worstOf((await Promise.all(serversOf(connection).map(measureOffset))).map(judgeClock)),
    ];
  } finally {
    connection.disconnect();
  }
}

async function checkReach(connection: RedisConnection, url: string): Promise<CheckResult> {
  const { hosts, isTls } = readRedisUrl(url);
  const where = `${hosts.map(({ host, port }) => `${host}:${port}`).join(', ')}${isTls ? ' by TLS' : ''}`;
  try {
    await reachRedis(connection);
    return ok('redis', `${where} answers`);
  } catch (why) {
    const code = redisCodeOf(why) ?? codeOf(why);
    const command = forbiddenCommandOf(why);
    if (command !== undefined) return fail('redis', `${where} forbids the command ${command}`, adviceForAcl(command));
    return fail('redis', `${where} cannot be used (${code})`, adviceForReach(code));
  }
}

function adviceForReach(code: string): string {
  switch (code) {
    case 'WRONGPASS':
    case 'NOAUTH':
    case 'NOPERM':
      return (
        'put a user and password that Redis knows into REDIS_URL: redis://user:password@host:port; ' +
        'the Sentinels’ own password goes into REDIS_SENTINEL_PASSWORD'
      );
    case 'SENTINELS_UNREACHABLE':
      return 'check the Sentinels’ addresses and the master’s name in REDIS_URL, and that the Sentinels run';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host’s name is unknown here: correct REDIS_URL';
    case 'ECONNREFUSED':
      return 'start Redis, or correct REDIS_URL';
    default:
      return 'check REDIS_URL (rediss:// where the server wants TLS), firewalls, and that Redis runs';
  }
}

async function checkWrites(connection: RedisConnection): Promise<CheckResult> {
  const name = 'redis writes';
  try {
    await connection.eval(WRITE_PROBE, 1, PROBE_KEY);
    return ok(name, 'scripts and writes are taken');
  } catch (error) {
    const command = forbiddenCommandOf(error) ?? (await forbiddenWrite(connection));
    if (command !== undefined) return fail(name, `NOPERM: the command ${command} is forbidden`, adviceForAcl(command));
    const code = redisCodeOf(error) ?? codeOf(error);
    return fail(name, `a script that writes is refused (${code})`, adviceForWrites(code));
  }
}

/** Redis does not always say which command of a script it forbids. Asked one by one, it does. */
async function forbiddenWrite(connection: RedisConnection): Promise<string | undefined> {
  try {
    await connection.set(PROBE_KEY, '1', 'PX', 1000);
    await connection.del(PROBE_KEY);
    return undefined;
  } catch (error) {
    return forbiddenCommandOf(error);
  }
}

function adviceForAcl(command: string): string {
  return `allow it: ACL SETUSER <user> +${command}; redis/users.acl lists every command that is used`;
}

function adviceForWrites(code: string): string {
  switch (code) {
    case 'READONLY':
      return 'this is a replica: point REDIS_URL at the primary, or use redis+sentinel://';
    case 'NOPERM':
      return 'give the user its keys and commands: ACL SETUSER <user> ~{capi:* &* +@all -@admin -@dangerous +info';
    case 'OOM':
      return 'Redis is out of memory: raise maxmemory, or let workers drain the queue';
    case 'MISCONF':
      return 'Redis cannot write to its disk and refuses writes: see its log';
    default:
      return 'see Redis’s log';
  }
}

/** Asks after the probe was written, so the replicas must have it too. */
async function checkReplicas(
  server: Redis,
  facts: RedisFacts | undefined,
  { replicas, timeoutMs }: Acknowledgement,
): Promise<CheckResult> {
  const { replicas: connected, address = '' } = facts ?? {};
  try {
    const confirmed = replicas === 0 ? 0 : await server.wait(replicas, timeoutMs);
    return judgeReplicas({ replicas: connected, address }, replicas, confirmed);
  } catch (error) {
    const command = forbiddenCommandOf(error);
    if (command !== undefined)
      return fail('redis replicas', `the command ${command} is forbidden`, adviceForAcl(command));
    const advice = 'this server cannot confirm writes: set REDIS_ACK_REPLICAS=0';
    return fail('redis replicas', `asking for them failed (${redisCodeOf(error) ?? codeOf(error)})`, advice);
  }
}

/** Each server that holds keys: the primaries of a cluster, or the single server. */
function serversOf(connection: RedisConnection): Redis[] {
  return connection instanceof Redis ? [connection] : connection.nodes('master');
}

/** Our clock minus the server's in ms, accurate to half a round trip. */
async function measureOffset(server: Redis): Promise<number> {
  const startedAtMs = Date.now();
  const [seconds, microseconds] = await server.time();
  return (startedAtMs + Date.now()) / 2 - (Number(seconds) * 1000 + Number(microseconds) / 1000);
}

async function timePings(connection: RedisConnection): Promise<number[]> {
  const timesMs: number[] = [];
  while (timesMs.length < PINGS) {
    const startedAt = performance.now();
    await connection.ping();
    timesMs.push(performance.now() - startedAt);
  }
  return timesMs;
}
