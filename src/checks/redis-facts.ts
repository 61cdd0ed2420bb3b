/**
 * What a Redis server reports of itself: by CONFIG GET if that is allowed, otherwise by INFO.
 *
 * Managed Redis and strict ACLs forbid CONFIG, some also INFO. A value that cannot be read is undefined, never an
 * error.
 */
import type { Redis } from 'ioredis';
import { isDiskFailing, isRefusal, readInfo } from '../redis/info.js';

export interface RedisFacts {
  readonly address: string;
  readonly product: 'Redis' | 'Valkey';
  /** Such as `7.0.15`. */
  readonly version: string | undefined;
  readonly evictionPolicy: string | undefined;
  readonly isAppendOnly: boolean | undefined;
  /** always, everysec or no. Undefined if CONFIG is forbidden. */
  readonly appendSync: string | undefined;
  readonly hasSnapshots: boolean | undefined;
  /** The last write of the append-only file or the last snapshot failed. Redis refuses writes then. */
  readonly isDiskFailing: boolean;
  /** Connected replicas. Undefined if INFO is forbidden. */
  readonly replicas: number | undefined;
}

export async function readRedisFacts(server: Redis): Promise<RedisFacts> {
  const info = await readInfo(server);
  const [policy, appendOnly, appendSync, save] = await Promise.all(
    ['maxmemory-policy', 'appendonly', 'appendfsync', 'save'].map((setting) => readConfig(server, setting)),
  );
  const isAppendOnly = appendOnly ?? info.get('aof_enabled');
  const valkeyVersion = info.get('valkey_version');
  return {
    // The address of the open connection: behind Sentinel, no option names the server.
    address: `${server.stream.remoteAddress}:${server.stream.remotePort}`,
    product: valkeyVersion === undefined ? 'Redis' : 'Valkey',
    version: valkeyVersion ?? info.get('redis_version'),
    evictionPolicy: policy ?? info.get('maxmemory_policy'),
    isAppendOnly: isAppendOnly === undefined ? undefined : isAppendOnly === 'yes' || isAppendOnly === '1',
    appendSync,
    hasSnapshots: save === undefined ? undefined : save !== '',
    isDiskFailing: isDiskFailing(info),
    replicas: info.has('connected_slaves') ? Number(info.get('connected_slaves')) : undefined,
  };
}

async function readConfig(server: Redis, setting: string): Promise<string | undefined> {
  try {
    const answer = await server.call('CONFIG', 'GET', setting);
    // [name, value], or empty for a setting that the server does not know.
    const value: unknown = Array.isArray(answer) ? answer[1] : undefined;
    return typeof value === 'string' ? value : undefined;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undefined;
  }
}
