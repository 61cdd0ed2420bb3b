import { describe, expect, it } from 'vitest';
import { isExpectedHost, isLoopbackAddress } from '../../../src/http/expected-host.js';

describe('knowing this machine’s own addresses', () => {
  it.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.7', false],
    ['127.evil.example', false],
  ])('the address %s is loopback: %s', (address, isLoopback) => {
    expect(isLoopbackAddress(address)).toBe(isLoopback);
  });
});

describe('expecting a Host', () => {
  const local = { isLoopback: true, allowed: ['metrics.example.com'] };
  const open = { isLoopback: false, allowed: ['metrics.example.com'] };

  it.each(['localhost', 'LOCALHOST:9464', 'capi.localhost:80', '127.0.0.1:8080', '127.3.2.1', '[::1]:8080', '[::1]'])(
    '%s names this machine',
    (host) => {
      expect([isExpectedHost(host, local), isExpectedHost(host, open)]).toEqual([true, true]);
    },
  );

  it.each([
    '10.0.0.7:9464',
    '[fd00::7]:9464',
    'worker:9464',
    'capi_worker',
    'worker.shop.svc.cluster.local',
    'a.internal',
  ])('%s is expected in a private network, not on loopback', (host) => {
    expect([isExpectedHost(host, local), isExpectedHost(host, open)]).toEqual([false, true]);
  });

  it.each([
    undefined,
    '',
    ':80',
    'evil.example',
    'evil.example:9464',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'a@localhost',
    '[evil]',
    'local.example.',
  ])('%s is expected nowhere', (host) => {
    expect([isExpectedHost(host, local), isExpectedHost(host, open)]).toEqual([false, false]);
  });

  it('a name that the operator allows is expected everywhere', () => {
    expect(isExpectedHost('Metrics.Example.com:443', local)).toBe(true);
    expect(isExpectedHost('metrics.example.com', open)).toBe(true);
  });
});
