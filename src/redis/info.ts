/**
 * What a Redis server says in INFO, as names and values, and the few numbers of it that we export.
 *
 * Strict ACLs forbid INFO: nothing is known then, and that is not an error.
 */
import { Cluster, type Redis } from 'ioredis';
import type { RedisConnection } from './connect.js';

export async function readInfo(server: Redis): Promise<Map<string, string>> {
  let text: string;
  try {
    text = await server.info();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return new Map();
  }
  const pairs = text.split(/\r?\n/).map((line) => {
    const [name = '', ...value] = line.split(':');
    return [name, value.join(':')] as const;
  });
  return new Map(pairs);
}

/** Redis itself refused (NOPERM, unknown command); the connection did not break. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

/** The last write of the append-only file, or the last snapshot, failed: Redis then refuses writes. */
export function isDiskFailing(info: ReadonlyMap<string, string>): boolean {
  return info.get('aof_last_write_status') === 'err' || info.get('rdb_last_bgsave_status') === 'err';
}

export interface RedisLoad {
  /** Of the fullest server. */
  readonly memoryUsedBytes: number;
  /** Of the same server; 0 for no limit. */
  readonly memoryMaxBytes: number;
  /** Of all servers since their start. */
  readonly evictedKeys: number;
  readonly isDiskFailing: boolean;
}

/** In a Cluster, every master is asked. */
export async function readRedisLoad(connection: RedisConnection): Promise<RedisLoad> {
  const servers = connection instanceof Cluster ? connection.nodes('master') : [connection];
  const infos = await Promise.all(servers.map(readInfo));
  const numberOf = (info: ReadonlyMap<string, string>, name: string) => Number(info.get(name) ?? 0);
  const loads = infos.map((info) => ({ used: numberOf(info, 'used_memory'), max: numberOf(info, 'maxmemory') }));
  const fullest = loads.toSorted((left, right) => fillOf(right) - fillOf(left) || right.used - left.used)[0];
  return {
    memoryUsedBytes: fullest?.used ?? 0,
    memoryMaxBytes: fullest?.max ?? 0,
    evictedKeys: infos.reduce((sum, info) => sum + numberOf(info, 'evicted_keys'), 0),
    isDiskFailing: infos.some(isDiskFailing),
  };
}

function fillOf({ used, max }: { used: number; max: number }): number {
  return max === 0 ? 0 : used / max;
}

/** The eviction policy of a server that evicts keys; undefined if none does, or none says. */
export async function readEvictingPolicy(connection: RedisConnection): Promise<string | undefined> {
  const servers = connection instanceof Cluster ? connection.nodes('master') : [connection];
  const infos = await Promise.all(servers.map(readInfo));
  return infos
    .map((info) => info.get('maxmemory_policy'))
    .find((policy) => policy !== undefined && policy !== 'noeviction');
}
