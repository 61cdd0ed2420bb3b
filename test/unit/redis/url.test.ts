import { describe, expect, it } from 'vitest';
import { readRedisUrl, redisUrlOf } from '../../../src/redis/url.js';

const ONE = [{ host: 'redis.internal', port: 6379 }];

describe('reading a Redis URL', () => {
  it.each([
    ['redis://redis.internal:6379', { kind: 'single', hosts: ONE, isTls: false, credentials: {} }],
    ['redis://redis.internal', { kind: 'single', hosts: ONE, isTls: false, credentials: {} }],
    ['redis://redis.internal:6379/3', { kind: 'single', hosts: ONE, isTls: false, credentials: {} }],
    ['rediss://redis.internal:6379', { kind: 'single', hosts: ONE, isTls: true, credentials: {} }],
    [
      'rediss://app:s3cret@redis.internal:6379/0?family=6',
      { kind: 'single', hosts: ONE, isTls: true, credentials: { username: 'app', password: 's3cret' } },
    ],
    ['redis://', { kind: 'single', hosts: [{ host: '127.0.0.1', port: 6379 }], isTls: false, credentials: {} }],
  ])('%s is one server', (url, form) => {
    expect(readRedisUrl(url)).toEqual(form);
  });

  it.each([
    ['redis+sentinel://a:26380,b:26381/main/2', 'main', 2, false],
    ['redis+sentinel://a:26380,b:26381/main', 'main', 0, false],
    ['redis+sentinel://a:26380,b:26381', 'mymaster', 0, false],
    ['redis+sentinel://a:26380,b:26381/', 'mymaster', 0, false],
    ['rediss+sentinel://a:26380,b:26381/main', 'main', 0, true],
  ])('%s is Sentinel', (url, master, database, isTls) => {
    const hosts = [
      { host: 'a', port: 26_380 },
      { host: 'b', port: 26_381 },
    ];
    expect(readRedisUrl(url)).toEqual({
      kind: 'sentinel',
      hosts,
      master,
      database,
      isTls,
      credentials: {},
      sentinelCredentials: {},
    });
  });

  it.each([
    ['redis+cluster://a:7000,b:7001', false],
    ['rediss+cluster://a:7000,b:7001', true],
    ['redis+cluster://a:7000,b:7001/', false],
  ])('%s is a Cluster', (url, isTls) => {
    const hosts = [
      { host: 'a', port: 7_000 },
      { host: 'b', port: 7_001 },
    ];
    expect(readRedisUrl(url)).toEqual({ kind: 'cluster', hosts, isTls, credentials: {} });
  });

  it.each([
    ['redis+sentinel://a,b/main', [26_379, 26_379]],
    ['redis+cluster://a,b', [6_379, 6_379]],
    ['redis+cluster://a:7000,b', [7_000, 6_379]],
  ])('gives the hosts of %s their usual ports', (url, ports) => {
    expect(readRedisUrl(url).hosts.map(({ port }) => port)).toEqual(ports);
  });

  it.each([
    ['redis+cluster://[::1]:7000,[2001:db8::2]', ['::1', 7_000], ['2001:db8::2', 6_379]],
    ['redis+sentinel://[::1]:26380,b/main', ['::1', 26_380], ['b', 26_379]],
  ])('reads the IPv6 addresses of %s', (url, ...hosts) => {
    expect(readRedisUrl(url).hosts.map(({ host, port }) => [host, port])).toEqual(hosts);
  });

  it.each([
    ['app:s3cret@', { username: 'app', password: 's3cret' }],
    [':s3cret@', { password: 's3cret' }],
    ['app@', { username: 'app' }],
    ['app:@', { username: 'app' }],
    ['a%40b:s%3A%2F3cret%25@', { username: 'a@b', password: 's:/3cret%' }],
    [':s3:cr:et@', { password: 's3:cr:et' }],
    ['', {}],
  ])('reads the credentials "%s" in every form', (userInfo, credentials) => {
    for (const form of ['redis://%a:1', 'redis+sentinel://%a:1/main', 'rediss+cluster://%a:1,b:2']) {
      expect(readRedisUrl(form.replace('%', userInfo)).credentials).toEqual(credentials);
      expect(readRedisUrl(form.replace('%', userInfo)).hosts[0]).toEqual({ host: 'a', port: 1 });
    }
  });

  it.each([
    ['redis+sentinel://a/main?sentinelPassword=s3%2Fcret', { password: 's3/cret' }],
    [
      'redis+sentinel://a/main/2?sentinelUsername=watcher&sentinelPassword=a+b',
      { username: 'watcher', password: 'a+b' },
    ],
    ['redis+sentinel://app:other@a?sentinelPassword=x', { password: 'x' }],
  ])('reads the password of the Sentinels in %s', (url, sentinelCredentials) => {
    expect(readRedisUrl(url)).toMatchObject({ kind: 'sentinel', sentinelCredentials });
  });

  it('takes the Sentinels’ password from its own setting, whatever signs it holds', () => {
    const REDIS_SENTINEL_PASSWORD = 'a&b=c+d %é/?#';
    for (const REDIS_URL of ['redis+sentinel://:p@a:1/main/3', 'redis+sentinel://:p@a:1?sentinelUsername=u']) {
      expect(readRedisUrl(redisUrlOf({ REDIS_URL, REDIS_SENTINEL_PASSWORD }))).toMatchObject({
        credentials: { password: 'p' },
        sentinelCredentials: { password: REDIS_SENTINEL_PASSWORD },
      });
    }
    expect(redisUrlOf({ REDIS_URL: 'redis://a', REDIS_SENTINEL_PASSWORD })).toBe('redis://a');
  });

  it('does not guess what a port that is no number may have meant', () => {
    expect(readRedisUrl('redis+cluster://a:seven').hosts).toEqual([{ host: 'a', port: Number.NaN }]);
  });
});
