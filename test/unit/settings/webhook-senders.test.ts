// Real: files of secrets and of accounts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings, SettingsError } from '../../../src/settings/config.js';
import { openWebhookSenders, type WebhookSenders, webhookSecrets } from '../../../src/settings/webhook-senders.js';
import { fromPino } from '../../../src/telemetry/log.js';

const SECRET = 'secret-of-the-shopify-app';
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capi-senders-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function open(environment: Record<string, string>, accounts?: readonly object[], known?: WebhookSenders) {
  const file = join(folder, 'accounts.json');
  if (accounts) writeFileSync(file, JSON.stringify({ accounts }));
  const all = { ...environment, ...(accounts && { ACCOUNTS_FILE: file }) };
  const log = fromPino(pino({ level: 'silent' }));
  return openWebhookSenders({ settings: loadSettings(all), environment: all, log }, known);
}

const shown = (environment: Record<string, string>, accounts?: readonly object[]) =>
  open(environment, accounts).shopify.map(({ account, secret, consent, isCountryFromUrl }) => [
    account,
    secret.value,
    consent,
    isCountryFromUrl,
  ]);

describe('binding webhook secrets to accounts', () => {
  it('the settings’ secret belongs to the one account there is, named or not', () => {
    expect(open({})).toEqual({ shopify: [], woocommerce: [], stripe: [] });
    expect(shown({ SHOPIFY_WEBHOOK_SECRET: SECRET })).toEqual([['default', [SECRET], undefined, false]]);
    expect(shown({ SHOPIFY_WEBHOOK_SECRET: SECRET, WEBHOOK_CONSENT: 'granted' }, [{ name: 'shop' }])).toEqual([
      ['shop', [SECRET], 'granted', false],
    ]);
  });

  it('an account’s own secret and word go before those of the settings', () => {
    const file = join(folder, 'secret');
    writeFileSync(file, `${SECRET}-2\n`);
    const accounts = [
      { name: 'a', shopifyWebhookSecret: `${SECRET}-1`, webhookConsent: 'denied' },
      { name: 'b', shopifyWebhookSecretFile: file, webhookUrlParameters: ['consent', 'defaultCountry'] },
      { name: 'c' },
    ];
    expect(shown({ WEBHOOK_CONSENT: 'granted' }, accounts)).toEqual([
      ['a', [`${SECRET}-1`], 'denied', false],
      ['b', [`${SECRET}-2`], 'url', true],
    ]);
    expect(shown({ SHOPIFY_WEBHOOK_SECRET: SECRET, WEBHOOK_URL_PARAMETERS: 'consent' })).toEqual([
      ['default', [SECRET], 'url', false],
    ]);
  });

  it('keeps what was read of a secret that stands where it stood, when accounts are read again', () => {
    const file = join(folder, 'kept');
    writeFileSync(file, `${SECRET}-1\n`);
    const named = { name: 'a', shopifyWebhookSecretFile: file };
    const before = open({}, [named]);
    writeFileSync(file, '');
    const after = open({}, [named, { name: 'b', shopifyWebhookSecret: `${SECRET}-2` }], before);
    expect(after.shopify.map(({ account, secret }) => [account, secret.value])).toEqual([
      ['a', [`${SECRET}-1`]],
      ['b', [`${SECRET}-2`]],
    ]);
    expect(webhookSecrets(after)).toHaveLength(2);
    const changed = { name: 'a', shopifyWebhookSecret: `${SECRET}-3` };
    expect(open({}, [changed], after).shopify.map(({ secret }) => secret.value)).toEqual([[`${SECRET}-3`]]);
    expect(() => open({}, [named])).toThrow(SettingsError);
  });

  it('does not start where a secret could be any account’s, or is none', () => {
    const two = [{ name: 'a' }, { name: 'b' }];
    expect(() => open({ SHOPIFY_WEBHOOK_SECRET: SECRET }, two)).toThrow(
      /SHOPIFY_WEBHOOK_SECRET: there are several accounts/,
    );
    expect(() => open({ SHOPIFY_WEBHOOK_SECRET: 'short' })).toThrow(SettingsError);
    expect(() => open({}, [{ name: 'a', stripeWebhookSecret: 'short' }])).toThrow(/stripeWebhookSecret of account a/);
    expect(() => open({ WEBHOOK_URL_PARAMETERS: 'account' })).toThrow(/WEBHOOK_URL_PARAMETERS: takes consent/);
  });
});
