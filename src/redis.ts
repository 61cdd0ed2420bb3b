/**
 * Connections to Redis in all the forms of REDIS_URL: one server, TLS, Sentinel, Cluster.
 *
 * Two temperaments: `patient` waits through an outage (workers and producers inside a worker), `prompt` fails at once
 * (the intake, which owes its caller an answer, and metrics, which must not hang when they are needed most).
 */
import { Cluster, Redis, type RedisOptions } from 'ioredis';

export type RedisConnection = Redis | Cluster;
export type Temperament = 'patient' | 'prompt';

const PROMPT_TIMEOUT_MS = 2_000;
const RECONNECT_MAX_MS = 2_000;

/** Opens a connection; it reconnects by itself until closed. Errors are the caller's to listen for. */
export function connectRedis(url: string, temperament: Temperament, connectionName: string): RedisConnection {
  const options: RedisOptions & { replyMapping: 'legacy' } = {
    replyMapping: 'legacy',
    connectionName,
    // After a failover behind one address the old server is still there, as a replica: look for the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), RECONNECT_MAX_MS),
    ...(temperament === 'patient'
      ? { maxRetriesPerRequest: null }
      : { maxRetriesPerRequest: 1, commandTimeout: PROMPT_TIMEOUT_MS, connectTimeout: PROMPT_TIMEOUT_MS }),
  };
  const form = readRedisUrl(url);
  const shared = { ...options, ...form.credentials, ...(form.isTls && { tls: {} }) };
  switch (form.kind) {
    case 'single':
      return new Redis(url, options);
    case 'sentinel':
      return new Redis({ ...shared, sentinels: form.hosts, name: form.master, db: form.database });
    case 'cluster':
      return new Cluster(form.hosts, {
        redisOptions: shared,
        clusterRetryStrategy: (times) => Math.min(times * 100, 2000),
      });
    default:
      return form satisfies never;
  }
}

interface Host {
  readonly host: string;
  readonly port: number;
}

interface Common {
  readonly hosts: Host[];
  readonly isTls: boolean;
  readonly credentials: { username?: string; password?: string };
}

type RedisForm =
  | ({ readonly kind: 'single' } & Common)
  | ({ readonly kind: 'sentinel'; readonly master: string; readonly database: number } & Common)
  | ({ readonly kind: 'cluster' } & Common);

const URL_FORM = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?]*)(?:\/([^/?]*))?(?:\/(\d+))?/;
// An IPv6 address stands in brackets, as in any URL.
const HOST_FORM = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/;

/**
 * `redis://[user:password@]host:port/db`, `redis+sentinel://[…@]host:port,host:port/master[/db]`,
 * `redis+cluster://[…@]host:port,host:port`; `rediss…` for TLS.
 */
export function readRedisUrl(url: string): RedisForm {
  const [, secure, kind, userInfo = '', hostList = '', path = '', database = '0'] = URL_FORM.exec(url) ?? [];
  // Only the first colon parts the two: a password may hold more.
  const [, username = '', password = ''] = (/^([^:]*):?(.*)$/s.exec(userInfo) ?? []).map(decodeURIComponent);
  const hosts = hostList.split(',').map((text) => {
    const [, address, name, port] = HOST_FORM.exec(text) ?? [];
    const host = address ?? name ?? '';
    return { host: host || '127.0.0.1', port: Number(port ?? (kind === 'sentinel' ? 26_379 : 6379)) };
  });
  const common: Common = {
    hosts,
    isTls: secure === 's',
    credentials: { ...(username && { username }), ...(password && { password }) },
  };
  if (kind === 'sentinel') return { kind, master: path || 'mymaster', database: Number(database), ...common };
  if (kind === 'cluster') return { kind, ...common };
  return { kind: 'single', ...common };
}
