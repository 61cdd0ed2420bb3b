import { describe, expect, it } from 'vitest';
import { isFromOwnPage } from '../../../src/console/same-origin.js';

describe('telling our own pages from others', () => {
  const host = 'console.example:8081';
  it.each([
    ['a browser that says same-origin', { 'sec-fetch-site': 'same-origin', origin: 'null' }, true],
    [
      'a browser that says so behind a proxy with another name',
      { 'sec-fetch-site': 'same-origin', origin: 'https://x.example' },
      true,
    ],
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, false],
    ['another port of the same site', { 'sec-fetch-site': 'same-site', origin: `http://${host}` }, false],
    ['an old browser on our page', { origin: `http://${host}` }, true],
    ['an old browser on another page', { origin: 'http://evil.example' }, false],
    ['an old browser on another port', { origin: 'http://console.example:9999' }, false],
    ['an origin that makes no sense', { origin: 'console.example:8081' }, false],
    ['no browser: the CSRF token decides', {}, true],
    ['no-referrer without TLS: the CSRF token decides', { origin: 'null' }, true],
  ])('%s', (_, headers, isOwn) => {
    expect(isFromOwnPage({ host, ...headers })).toBe(isOwn);
  });
});
