/**
 * Connections to Redis in all the forms of REDIS_URL: one server, TLS, Sentinel, Cluster.
 *
 * Two outage modes: `patient` waits through an outage (workers), `prompt` fails at once (the intake, whose caller waits for an
 * answer, and metrics, which must not hang when they are needed most).
 *
 * A connection leaves a server that is no longer the master, or that does not answer: when a Sentinel announces another master,
 * when the server says that it is a replica or still loading, and when an answer is overdue.
 */
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import { REDIS_COMMAND_TIMEOUT_MS } from '../settings/config.js';
import { QuietSentinelConnector } from './sentinel-connector.js';
import { readRedisUrl } from './url.js';

export type RedisConnection = Redis | Cluster;
export type OutageMode = 'patient' | 'prompt';

const RECONNECT_MAX_MS = 2_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** The longest that BullMQ's worker lets a command block, seconds. It must be shorter than `SILENT_MS.patient`. */
export const BLOCK_MAX_SECONDS = 5;
/** A connection is closed after this long without an answer: the server's host may be gone without closing it. */
const SILENT_MS = { patient: 8_000, prompt: 2 * REDIS_COMMAND_TIMEOUT_MS } as const satisfies Record<
  OutageMode,
  number
>;
/** How long a connection may take to close. */
const DISCONNECT_MS = 500;
/** Pause between two attempts to reach a Sentinel that is down; Sentinels are only listened to for announcements. */
const SENTINEL_RETRY_MS = 5_000;

/** Redirections that a command follows while a Cluster elects another master; each waits a tenth of a second. */
const REDIRECTIONS = { patient: 600, prompt: 16 } as const satisfies Record<OutageMode, number>;

/** What a server says if it is not, or not yet, the master: after a reconnect the master is looked up again. */
const NOT_THE_MASTER = /^(?:-?READONLY|LOADING|MASTERDOWN|UNBLOCKED)\b|-READONLY/;

/** Opens a connection, which reconnects by itself until closed. The caller listens for its errors. */
export function connectRedis(url: string, mode: OutageMode, connectionName: string): RedisConnection {
  const options: RedisOptions & { replyMapping: 'legacy' } = {
    replyMapping: 'legacy',
    connectionName,
    reconnectOnError: ({ message }) => NOT_THE_MASTER.test(message),
    retryStrategy: (times) => withJitter(Math.min(50 * 2 ** Math.min(times, 10), RECONNECT_MAX_MS)),
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_MS,
    socketTimeout: SILENT_MS[mode],
    keepAlive: SILENT_MS[mode],
    ...(mode === 'patient'
      ? { maxRetriesPerRequest: null }
      : { maxRetriesPerRequest: 1, commandTimeout: REDIS_COMMAND_TIMEOUT_MS }),
  };
  const form = readRedisUrl(url);
  const shared = { ...options, ...form.credentials, ...(form.isTls && { tls: {} }) };
  switch (form.kind) {
    case 'single':
      return new Redis(url, options);
    case 'sentinel': {
      const { username, password } = form.sentinelCredentials;
      return new Redis({
        ...shared,
        sentinels: form.hosts,
        name: form.master,
        db: form.database,
        Connector: QuietSentinelConnector,
        failoverDetector: true,
        sentinelReconnectStrategy: () => SENTINEL_RETRY_MS,
        sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
        ...(username !== undefined && { sentinelUsername: username }),
        ...(password !== undefined && { sentinelPassword: password }),
        ...(form.isTls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
      });
    }
    case 'cluster':
      return new Cluster(form.hosts, { ...clusterOptions(mode, form.isTls), redisOptions: shared });
    default:
      return form satisfies never;
  }
}

function clusterOptions(mode: OutageMode, isTls: boolean): ClusterOptions {
  return {
    clusterRetryStrategy: (times) => withJitter(Math.min(times * 100, RECONNECT_MAX_MS)),
    maxRedirections: REDIRECTIONS[mode],
    // Without it, nodes that do not agree on who is master would be asked in turn without a pause.
    retryDelayOnMoved: 20,
    // Certificates name hosts, not addresses.
    ...(isTls && { dnsLookup: (address, callback) => callback(null, address) }),
  };
}

/** Half of it at random: processes that lost Redis together do not reconnect together. */
function withJitter(ms: number): number {
  return Math.round(ms / 2 + (Math.random() * ms) / 2);
}
