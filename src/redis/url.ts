/**
 * The forms of REDIS_URL: one server, Sentinel, Cluster, each with or without TLS.
 *
 * `redis://[user:password@]host:port/db`, `redis+sentinel://[…@]host:port,host:port/master[/db]`,
 * `redis+cluster://[…@]host:port,host:port`; `rediss…` for TLS. The Sentinels' own password, if they need one, is the parameter
 * `sentinelPassword` (and `sentinelUsername`) of the URL, or REDIS_SENTINEL_PASSWORD.
 */
import type { Settings } from '../settings/settings-schema.js';

interface Host {
  readonly host: string;
  readonly port: number;
}

interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

interface Common {
  readonly hosts: Host[];
  readonly isTls: boolean;
  readonly credentials: Credentials;
}

export type RedisForm =
  | ({ readonly kind: 'single' } & Common)
  | ({
      readonly kind: 'sentinel';
      readonly master: string;
      readonly database: number;
      readonly sentinelCredentials: Credentials;
    } & Common)
  | ({ readonly kind: 'cluster' } & Common);

const URL_FORM = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?]*)(?:\/([^/?]*))?(?:\/(\d+))?(?:\?(.*))?/;
const SENTINEL_URL = /^rediss?\+sentinel:/;
// An IPv6 address is in brackets, as in any URL.
const HOST_FORM = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/;

export function readRedisUrl(url: string): RedisForm {
  const [, secure, kind, userInfo = '', hostList = '', path = '', database = '0', query = ''] =
    URL_FORM.exec(url) ?? [];
  // Only the first colon separates them: a password may contain more.
  const [, username = '', password = ''] = (/^([^:]*):?(.*)$/s.exec(userInfo) ?? []).map(decodeURIComponent);
  const hosts = hostList.split(',').map((text) => {
    const [, address, name, port] = HOST_FORM.exec(text) ?? [];
    const host = address ?? name ?? '';
    return { host: host || '127.0.0.1', port: Number(port ?? (kind === 'sentinel' ? 26_379 : 6379)) };
  });
  const common: Common = { hosts, isTls: secure === 's', credentials: credentialsOf(username, password) };
  if (kind === 'cluster') return { kind, ...common };
  if (kind !== 'sentinel') return { kind: 'single', ...common };
  const parameters = new URLSearchParams(query.replaceAll('+', '%2B'));
  const sentinelCredentials = credentialsOf(
    parameters.get('sentinelUsername') ?? '',
    parameters.get('sentinelPassword') ?? '',
  );
  return { kind, master: path || 'mymaster', database: Number(database), sentinelCredentials, ...common };
}

function credentialsOf(username: string, password: string): Credentials {
  return { ...(username && { username }), ...(password && { password }) };
}

/** REDIS_URL with the Sentinels' password from its own setting. */
export function redisUrlOf(settings: Pick<Settings, 'REDIS_URL' | 'REDIS_SENTINEL_PASSWORD'>): string {
  const { REDIS_URL: url, REDIS_SENTINEL_PASSWORD: password } = settings;
  if (password === undefined || !SENTINEL_URL.test(url)) return url;
  return `${url}${url.includes('?') ? '&' : '?'}sentinelPassword=${encodeURIComponent(password)}`;
}
