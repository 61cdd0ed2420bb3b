import { describe, expect, it } from 'vitest';
import { accountSchema } from '../../../src/settings/account-entry.js';
import { loadSettings } from '../../../src/settings/config.js';

describe('reading the forms of settings', () => {
  it.each([
    ['AMAZON_ADS_ENDPOINT', 'advertising-api.amazon.com', 'must be a URL that begins with https://'],
    ['LWA_TOKEN_URL', 'ftp://api.amazon.com', 'must be a URL that begins with https://'],
    ['DEDUPE_WINDOW_HOURS', '-1', 'must be a number of hours above 0 and at most 2160'],
    ['DEDUPE_WINDOW_HOURS', '0', 'must be a number of hours above 0 and at most 2160'],
    ['ALLOWED_HOSTS', 'https://metrics.example', 'must be host names such as metrics.example, without scheme and port'],
    ['ALLOWED_HOSTS', 'metrics.example:9464', 'must be host names such as metrics.example, without scheme and port'],
    ['ALLOWED_HOSTS', 'metrics.example capi', 'must be host names such as metrics.example, without scheme and port'],
    ['ALLOWED_HOSTS', 'a.example,,b.example', 'must be host names such as metrics.example, without scheme and port'],
    // They go out in headers: the client of HTTP would refuse each request.
    ['LWA_CLIENT_ID', 'amzn1.application\u200b', 'must be one word of ASCII characters'],
    ['AMAZON_ADS_ACCOUNT_ID', '12 34', 'must be one word of ASCII characters'],
  ])('of %s says to %j what it takes', (name, text, message) => {
    expect(() => loadSettings({ [name]: text })).toThrow(`  - ${name}: ${message}`);
  });

  it('holds an entry of ACCOUNTS_FILE to the same', () => {
    for (const entry of [{ clientId: 'amzn1 x' }, { advertiserId: '12\u00a034' }]) {
      const issues = accountSchema.safeParse({ name: 'a', ...entry }).error?.issues;
      expect(issues).toMatchObject([{ message: 'must be one word of ASCII characters' }]);
    }
  });

  it('takes names and addresses of hosts', () => {
    const names = ['metrics', 'Metrics.example', 'capi_intake.svc.cluster.local', '10.0.0.5', '[fd00::5]'];
    const allowed = names.map((name) => name.toLowerCase());
    expect(loadSettings({ ALLOWED_HOSTS: names.join(', ') }).ALLOWED_HOSTS).toEqual(allowed);
  });
});
