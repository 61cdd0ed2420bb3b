import { describe, expect, it } from 'vitest';
import { isDirectRequest, type RequestOrigin } from '../../../src/console/direct-request.js';

const direct: RequestOrigin = {
  httpVersion: '1.1',
  headers: { host: 'localhost:8081' },
  remoteAddress: '127.0.0.1',
  localPort: 8081,
};
const withHeaders = (headers: RequestOrigin['headers']) =>
  isDirectRequest({ ...direct, headers: { ...direct.headers, ...headers } });

describe('telling a browser of this machine from a stranger behind a proxy', () => {
  it.each([
    'localhost:8081',
    'LOCALHOST:8081',
    'capi.localhost:8081',
    '127.0.0.1:8081',
    '127.1.2.3:8081',
    '[::1]:8081',
  ])('takes Host %s for this machine', (host) => expect(withHeaders({ host })).toBe(true));

  it.each([
    undefined,
    '',
    'localhost',
    'localhost:80',
    'localhost:18081',
    'evil.example',
    'evil.example:8081',
    'localhost.evil.example:8081',
    '127.0.0.1.evil.example:8081',
    'evil.example#localhost:8081',
    'evil.example@localhost:8081',
    'localhost:8081, evil.example',
    '0.0.0.0:8081',
    '192.168.0.1:8081',
    '[::2]:8081',
    '127.0.0.1',
  ])('does not take Host %j for it', (host) => expect(isDirectRequest({ ...direct, headers: { host } })).toBe(false));

  it('knows port 80 without its number', () => {
    expect(isDirectRequest({ ...direct, localPort: 80, headers: { host: 'localhost' } })).toBe(true);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.7', false],
    ['::ffff:10.0.0.7', false],
    ['fe80::1', false],
    [undefined, false],
  ])('a connection from %s is of this machine: %s', (remoteAddress, isDirect) => {
    expect(isDirectRequest({ ...direct, remoteAddress })).toBe(isDirect);
  });

  it.each([
    'forwarded',
    'via',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-port',
    'x-forwarded-server',
    'x-forwarded-prefix',
    'x-real-ip',
    'x-original-host',
    'x-original-forwarded-for',
    'x-client-ip',
    'x-cluster-client-ip',
    'true-client-ip',
    'x-request-id',
    'x-envoy-external-address',
    'x-amzn-trace-id',
    'x-arr-log-id',
    'x-scheme',
    'cdn-loop',
    'cf-connecting-ip',
    'fastly-client-ip',
    'fly-client-ip',
    'tailscale-user-login',
    'proxy-connection',
  ])('a request with %s came through a proxy, whatever it says', (name) => {
    expect(withHeaders({ [name]: '127.0.0.1' })).toBe(false);
    expect(withHeaders({ [name]: '' })).toBe(false);
  });

  it('HTTP/1.0 is spoken by proxies: nginx does so unless it is told otherwise', () => {
    expect(isDirectRequest({ ...direct, httpVersion: '1.0' })).toBe(false);
  });

  it.each([
    ['null', true],
    ['http://localhost:8081', true],
    ['https://localhost:8081', false],
    ['https://console.example', false],
    ['http://localhost:9000', false],
  ])('a form from %s is direct: %s', (origin, isDirect) => expect(withHeaders({ origin })).toBe(isDirect));

  it('what browsers and curl send of themselves is no sign of a proxy', () => {
    const browser = {
      connection: 'keep-alive',
      'cache-control': 'max-age=0',
      'sec-ch-ua': '"Chromium";v="142"',
      'sec-fetch-site': 'same-origin',
      'upgrade-insecure-requests': '1',
      'user-agent': 'Mozilla/5.0',
      accept: '*/*',
      'accept-encoding': 'gzip',
      'accept-language': 'en',
      cookie: 'capi_theme=dark',
      referer: 'http://localhost:8081/',
      'hx-request': 'true',
      'hx-current-url': 'http://localhost:8081/',
      dnt: '1',
    };
    expect(withHeaders(browser)).toBe(true);
  });
});
