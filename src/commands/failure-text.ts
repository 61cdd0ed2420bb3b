/**
 * The message for a failure that the command cannot correct: which Redis, what is wrong with it, and what to do.
 *
 * Promise: no text of a library, which names neither the setting nor a solution and may quote what was sent.
 */
import { QueueUnavailableError } from '../queue/queue-unavailable-error.js';
import { readRedisUrl, redisUrlOf } from '../redis/url.js';
import { loadSettings, readEnvironment } from '../settings/config.js';
import { fileFault, isOfFile } from '../settings/file-fault.js';
import { causeOf, forbiddenCommandOf, redisCodeOf, refusalCode } from '../telemetry/redis-error.js';

const START_IT = 'cannot be reached: start it, or correct REDIS_URL';
const SLOW = 'does not answer in time: check its address in REDIS_URL, whether it wants TLS (rediss://), and its log';
const NO_TLS = 'speaks no TLS: take redis:// in REDIS_URL, or its TLS port';
const UNTRUSTED = 'has a certificate that is not trusted here: name its authority’s file in NODE_EXTRA_CA_CERTS';
const PASSWORD_FORM = 'redis://user:password@host:port, or redis://:password@host:port where Redis has no users';

/** By the codes of Redis, its client and Node.js: what is wrong, and what to do. */
const FAULTS: Readonly<Record<string, string>> = {
  NOAUTH: `wants a password and REDIS_URL has none: ${PASSWORD_FORM}`,
  WRONGPASS: `refuses the password in REDIS_URL: ${PASSWORD_FORM}`,
  NOPERM: 'does not allow the user of REDIS_URL what it needs: redis/users.acl has the rights',
  READONLY: 'is a replica and takes no writes: point REDIS_URL at the primary',
  OOM: 'is out of memory: raise maxmemory, or let workers drain the queue',
  MISCONF: 'cannot write to its disk and refuses writes: see its log',
  NOREPLICAS: 'has too few replicas and refuses writes: see their logs',
  MASTERDOWN: 'is a replica without its primary: point REDIS_URL at the primary',
  CLUSTERDOWN: 'is a cluster that is down: see its nodes’ logs',
  LOADING: 'is still loading its data: run the command again in a moment',
  SENTINELS_UNREACHABLE:
    'cannot be found: no Sentinel answers. Check their addresses and the master’s name in REDIS_URL',
  ECONNREFUSED: START_IT,
  ECONNRESET: 'closes the connection: use rediss:// where it wants TLS, and see its log',
  EHOSTUNREACH: START_IT,
  ENETUNREACH: START_IT,
  ETIMEDOUT: START_IT,
  CONNECTION_CLOSED: START_IT,
  MAX_RETRIES: START_IT,
  ClusterAllFailedError: START_IT,
  TIMEOUT: SLOW,
  EPROTO: NO_TLS,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: 'has a certificate that has expired: renew it',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for another host: take the host that it names in REDIS_URL',
  ENOTFOUND: 'has a name that is unknown here: correct the host in REDIS_URL',
  EAI_AGAIN: 'has a name that cannot be looked up now: no name service answers',
  COMMAND_TIMEOUT: SLOW,
  SOCKET_TIMEOUT: SLOW,
};

export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  return redisFault(error) ?? (isOfFile(error) ? fileFault(error) : error.message);
}

function redisFault(error: Error): string | undefined {
  // Our own error for a failed write. Its cause tells why.
  if (error instanceof QueueUnavailableError && error.cause instanceof Error) return redisFault(error.cause);
  const command = forbiddenCommandOf(error);
  if (command !== undefined) {
    return `Redis at ${redisPlace()} does not allow the command ${command}: redis/users.acl has the rights that are needed`;
  }
  // A Cluster error only says that its nodes failed. Other errors with a cause are not Redis's.
  const node = error.name === 'ClusterAllFailedError' ? causeOf(error) : undefined;
  const code = [node, error].map(refusalCode).find((one) => Object.hasOwn(FAULTS, one));
  if (code !== undefined) return `Redis at ${redisPlace()} ${FAULTS[code]}`;
  const known = redisCodeOf(error) ?? (error.name === 'ReplyError' ? 'ERR' : undefined);
  return known === undefined ? undefined : `Redis at ${redisPlace()} failed (${known}): see its log`;
}

/** Hosts and ports of REDIS_URL, without passwords. */
function redisPlace(): string {
  try {
    const { hosts, isTls } = readRedisUrl(redisUrlOf(loadSettings(readEnvironment())));
    return `${hosts.map(({ host, port }) => `${host}:${port}`).join(', ')}${isTls ? ' (TLS)' : ''}`;
  } catch {
    // `authorize` runs with incomplete settings.
    return 'REDIS_URL';
  }
}
