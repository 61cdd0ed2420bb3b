// Pure except for files in a scratch folder: whose shops are reconciled, and the messages for invalid settings.
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadSettings, SettingsError } from '../../../src/settings/config.js';
import { loadShops } from '../../../src/settings/shop-settings.js';
import type { WebhookPlatform } from '../../../src/settings/webhook-senders.js';
import { Scratch } from '../../support/scratch.js';

const load = (source: WebhookPlatform, environment: Record<string, string>) =>
  loadShops(loadSettings(environment), environment, source);

function faultsOf(source: WebhookPlatform, environment: Record<string, string>): readonly string[] {
  try {
    load(source, environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
}

describe('one account', () => {
  it('without settings of a shop has none', () => {
    for (const source of ['shopify', 'woocommerce', 'stripe'] as const) expect(load(source, {})).toEqual([]);
  });

  it('Shopify by client credentials, at the address of the shop', () => {
    const [shop] = load('shopify', {
      SHOPIFY_SHOP: 'Demo-Shop.myshopify.com',
      SHOPIFY_CLIENT_ID: 'id',
      SHOPIFY_CLIENT_SECRET: 'shpss',
      DEDUPE_ID_SHOPIFY: 'name',
      WEBHOOK_CONSENT: 'granted',
    });
    expect(shop).toMatchObject({
      account: 'default',
      consent: 'granted',
      access: {
        url: 'https://demo-shop.myshopify.com',
        version: '2026-10',
        dedupeId: 'name',
        credentials: { kind: 'client', clientId: 'id' },
      },
    });
  });

  it('a secret in a file is read at every use', () => {
    using scratch = Scratch.outside();
    const file = scratch.path('token');
    writeFileSync(file, 'shpat_1\n');
    const environment = { SHOPIFY_SHOP: 'demo', SHOPIFY_ACCESS_TOKEN_FILE: file };
    const [shop] = load('shopify', environment);
    if (shop?.access.source !== 'shopify' || shop.access.credentials.kind !== 'token') throw new Error('no token');
    const { readAccessToken } = shop.access.credentials;
    expect(readAccessToken()).toBe('shpat_1');
    writeFileSync(file, 'shpat_2\n');
    expect(readAccessToken()).toBe('shpat_2');
  });

  it('what is missing is named, all of it', () => {
    expect(faultsOf('shopify', { SHOPIFY_SHOP: 'demo' })).toEqual([
      'account default: SHOPIFY_CLIENT_ID (or SHOPIFY_ACCESS_TOKEN of an older app) is missing',
    ]);
    expect(faultsOf('shopify', { SHOPIFY_CLIENT_ID: 'id' })).toEqual([
      'account default: SHOPIFY_SHOP is missing',
      'account default: SHOPIFY_CLIENT_SECRET is missing',
    ]);
    expect(faultsOf('woocommerce', { WOOCOMMERCE_URL: 'https://shop.example' })).toEqual([
      'account default: WOOCOMMERCE_CONSUMER_KEY is missing',
      'account default: WOOCOMMERCE_CONSUMER_SECRET is missing',
    ]);
  });

  it('a key goes over no network unencrypted, and to a stand-in on this machine it may', () => {
    const key = { WOOCOMMERCE_CONSUMER_KEY: 'ck', WOOCOMMERCE_CONSUMER_SECRET: 'cs' };
    expect(faultsOf('woocommerce', { ...key, WOOCOMMERCE_URL: 'http://shop.example' }).join()).toMatch(/is http/);
    expect(load('woocommerce', { ...key, WOOCOMMERCE_URL: 'http://127.0.0.1:1/' })[0]?.access.url).toBe(
      'http://127.0.0.1:1',
    );
  });

  it.each([
    ['SHOPIFY_SHOP', 'https://demo.myshopify.com'],
    ['SHOPIFY_API_VERSION', '2026-11'],
    ['STRIPE_API_URL', 'api.stripe.com'],
  ])('%s=%s is refused', (name, value) => {
    expect(() => loadSettings({ [name]: value })).toThrow(name);
  });
});

describe('several accounts', () => {
  const withAccounts = (accounts: object[], use: (environment: Record<string, string>) => void) => {
    using scratch = Scratch.outside();
    writeFileSync(scratch.path('accounts.json'), JSON.stringify({ accounts }));
    use({ ACCOUNTS_FILE: scratch.path('accounts.json') });
  };

  it('each has its own shop, its consent and its schedule; one may have none', () => {
    const accounts = [
      { name: 'a', stripeApiKey: 'rk_a', webhookConsent: 'granted', reconcileEvery: '15m' },
      { name: 'b' },
      { name: 'c', stripeApiKey: 'rk_c', stripeApiUrl: 'https://stripe.example' },
    ];
    withAccounts(accounts, (environment) => {
      expect(load('stripe', environment)).toMatchObject([
        { account: 'a', consent: 'granted', every: '15m', access: { url: 'https://api.stripe.com' } },
        { account: 'c', access: { url: 'https://stripe.example' } },
      ]);
    });
  });

  it('one shop in the environment for several accounts is refused: its account is unknown', () => {
    withAccounts([{ name: 'a' }, { name: 'b' }], (environment) => {
      expect(faultsOf('stripe', { ...environment, STRIPE_API_KEY: 'rk' }).join()).toMatch(
        /several accounts.*stripeApiKey/,
      );
    });
  });

  it('what one entry lacks, the environment fills in where there is no other', () => {
    withAccounts([{ name: 'a', woocommerceConsumerKey: 'ck_a', woocommerceConsumerSecret: 'cs_a' }], (environment) => {
      const [shop] = load('woocommerce', { ...environment, WOOCOMMERCE_URL: 'https://shop.example' });
      expect(shop?.access).toMatchObject({ url: 'https://shop.example', consumerKey: 'ck_a' });
    });
  });
});
