/**
 * What one Redis server says of itself: CONFIG GET where that is allowed, INFO where it is not.
 *
 * Managed Redis and tight ACLs forbid CONFIG, some even INFO: what cannot be read is undefined, never an error.
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
  /** always, everysec or no; undefined where CONFIG is forbidden. */
  readonly appendSync: string | undefined;
  readonly hasSnapshots: boolean | undefined;
  /** The last write of the append-only file, or the last snapshot, failed: Redis refuses writes then. */
  readonly isDiskFailing: boolean;
  /** That are connected; undefined where INFO is forbidden. */
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
    // Of the connection as it stands: behind Sentinel, no option names the server.
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
    // [name, value], or nothing for a setting that the server does not know.
    const value: unknown = Array.isArray(answer) ? answer[1] : undefined;
    return typeof value === 'string' ? value : undefined;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undefined;
  }
}
