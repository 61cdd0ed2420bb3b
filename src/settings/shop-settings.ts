/**
 * Which accounts have a shop to reconcile, and the access to its API.
 *
 * Credentials are in the account's entry of ACCOUNTS_FILE, or in the environment if there is one account. Secrets in
 * files are read at every use, so that a rotated one needs no restart.
 */
import type { DedupeIdFields } from '../mapping/context.js';
import type { AccountEntry } from './account-entry.js';
import { readEntries } from './accounts.js';
import { type Environment, SettingsError } from './config.js';
import { readerOf } from './credentials.js';
import { isReadableOnTheWay } from './plain-http.js';
import { type Settings } from './settings-schema.js';
import type { SHOP_SECRETS } from './shop-fields.js';
import type { WebhookPlatform } from './webhook-senders.js';

export type ShopifyCredentials =
  | { readonly kind: 'token'; readonly readAccessToken: () => string }
  | { readonly kind: 'client'; readonly clientId: string; readonly readClientSecret: () => string };

export interface ShopifyAccess {
  readonly source: 'shopify';
  readonly url: string;
  readonly version: string;
  readonly credentials: ShopifyCredentials;
  /** DEDUPE_ID_SHOPIFY: some of its fields must be requested. */
  readonly dedupeId: DedupeIdFields['shopify'];
}

export interface WooCommerceAccess {
  readonly source: 'woocommerce';
  readonly url: string;
  readonly consumerKey: string;
  readonly readConsumerSecret: () => string;
}

export interface StripeAccess {
  readonly source: 'stripe';
  readonly url: string;
  readonly readApiKey: () => string;
}

export type ShopAccess = ShopifyAccess | WooCommerceAccess | StripeAccess;

/** One account's shop. */
export interface AccountShop {
  readonly account: string;
  readonly access: ShopAccess;
  /** The consent of orders that have none, as for the account's webhooks. */
  readonly consent: 'granted' | 'denied' | undefined;
  /** How often. Overrides the command's option. */
  readonly every: string | undefined;
}

/** If one of these is set, the account has such a shop. */
const NAMED_BY = {
  shopify: ['shopifyShop', 'shopifyApiUrl', 'shopifyClientId', 'shopifyAccessToken', 'shopifyAccessTokenFile'],
  woocommerce: ['woocommerceUrl', 'woocommerceConsumerKey'],
  stripe: ['stripeApiKey', 'stripeApiKeyFile'],
} as const satisfies Record<WebhookPlatform, readonly (keyof AccountEntry)[]>;

/**
 * @returns the accounts that have a shop of this platform
 * @throws SettingsError naming everything that is missing or cannot be used
 */
export function loadShops(settings: Settings, environment: Environment, source: WebhookPlatform): AccountShop[] {
  const faults: string[] = [];
  const entries = readEntries(settings, environment);
  const common = shopOfEnvironment(settings, environment);
  const isCommon = NAMED_BY[source].some((field) => common[field] !== undefined);
  if (isCommon && entries.length > 1) {
    const [field] = NAMED_BY[source];
    const advice = `give each account its own in ACCOUNTS_FILE, as ${field} and its like`;
    throw new SettingsError([`${source.toUpperCase()}_…: there are several accounts: ${advice}`]);
  }
  const shops = entries.flatMap((entry): AccountShop[] => {
    const own = isCommon ? { ...common, ...withoutUnset(entry) } : entry;
    if (!NAMED_BY[source].some((field) => own[field] !== undefined)) return [];
    const access = accessOf(source, own, settings, faults);
    const consent = entry.webhookConsent ?? settings.WEBHOOK_CONSENT;
    return access ? [{ account: entry.name, access, consent, every: entry.reconcileEvery }] : [];
  });
  if (faults.length > 0) throw new SettingsError(faults);
  return shops;
}

function accessOf(
  source: WebhookPlatform,
  entry: AccountEntry,
  settings: Settings,
  faults: string[],
): ShopAccess | undefined {
  const { name } = entry;
  const need = <Value>(value: Value | undefined, what: string): Value | undefined => {
    if (value === undefined) faults.push(`account ${name}: ${what} is missing`);
    return value;
  };
  const secret = (value: string | undefined, file: string | undefined, setting: (typeof SHOP_SECRETS)[number]) =>
    need(value ?? file, setting) === undefined ? undefined : readerOf({ text: value, file });
  const encrypted = (url: string | undefined, setting: string): string | undefined => {
    if (url === undefined) return undefined;
    if (!isReadableOnTheWay(url)) return url.replace(/\/+$/, '');
    faults.push(`account ${name}: ${setting} is http: the key could be read on the way. Take https`);
    return undefined;
  };
  switch (source) {
    case 'shopify': {
      const shop = entry.shopifyShop?.replace(/\.myshopify\.com$/i, '');
      const ofShop = shop === undefined ? undefined : `https://${shop.toLowerCase()}.myshopify.com`;
      const address = need(entry.shopifyApiUrl ?? ofShop, 'SHOPIFY_SHOP');
      const url = encrypted(address, 'SHOPIFY_API_URL');
      const credentials = shopifyCredentials(entry, need, secret);
      if (url === undefined || credentials === undefined) return undefined;
      const version = entry.shopifyApiVersion ?? settings.SHOPIFY_API_VERSION;
      return { source, url, version, credentials, dedupeId: settings.DEDUPE_ID_SHOPIFY };
    }
    case 'woocommerce': {
      const url = encrypted(need(entry.woocommerceUrl, 'WOOCOMMERCE_URL'), 'WOOCOMMERCE_URL');
      const consumerKey = need(entry.woocommerceConsumerKey, 'WOOCOMMERCE_CONSUMER_KEY');
      const { woocommerceConsumerSecret: value, woocommerceConsumerSecretFile: file } = entry;
      const readConsumerSecret = secret(value, file, 'WOOCOMMERCE_CONSUMER_SECRET');
      if (url === undefined || consumerKey === undefined || readConsumerSecret === undefined) return undefined;
      return { source, url, consumerKey, readConsumerSecret };
    }
    case 'stripe': {
      const url = encrypted(entry.stripeApiUrl ?? settings.STRIPE_API_URL, 'STRIPE_API_URL');
      const readApiKey = secret(entry.stripeApiKey, entry.stripeApiKeyFile, 'STRIPE_API_KEY');
      return url === undefined || readApiKey === undefined ? undefined : { source, url, readApiKey };
    }
    default:
      return source satisfies never;
  }
}

type Need = <Value>(value: Value | undefined, what: string) => Value | undefined;
type NeedSecret = (
  value: string | undefined,
  file: string | undefined,
  setting: (typeof SHOP_SECRETS)[number],
) => (() => string) | undefined;

/** A permanent token is preferred: an account with both is migrating from the old app to the new. */
function shopifyCredentials(entry: AccountEntry, need: Need, secret: NeedSecret): ShopifyCredentials | undefined {
  const { shopifyAccessToken: token, shopifyAccessTokenFile: tokenFile, shopifyClientId: id } = entry;
  if (id === undefined && (token ?? tokenFile) !== undefined) {
    const readAccessToken = secret(token, tokenFile, 'SHOPIFY_ACCESS_TOKEN');
    return readAccessToken && { kind: 'token', readAccessToken };
  }
  const clientId = need(id, 'SHOPIFY_CLIENT_ID (or SHOPIFY_ACCESS_TOKEN of an older app)');
  if (clientId === undefined) return undefined;
  const readClientSecret = secret(entry.shopifyClientSecret, entry.shopifyClientSecretFile, 'SHOPIFY_CLIENT_SECRET');
  return readClientSecret && { kind: 'client', clientId, readClientSecret };
}

function shopOfEnvironment(settings: Settings, environment: Environment): AccountEntry {
  const fileOf = (setting: (typeof SHOP_SECRETS)[number]) => environment[`${setting}_FILE`] || undefined;
  return withoutUnset({
    name: '',
    shopifyShop: settings.SHOPIFY_SHOP,
    shopifyClientId: settings.SHOPIFY_CLIENT_ID,
    shopifyClientSecret: settings.SHOPIFY_CLIENT_SECRET,
    shopifyClientSecretFile: fileOf('SHOPIFY_CLIENT_SECRET'),
    shopifyAccessToken: settings.SHOPIFY_ACCESS_TOKEN,
    shopifyAccessTokenFile: fileOf('SHOPIFY_ACCESS_TOKEN'),
    shopifyApiUrl: settings.SHOPIFY_API_URL,
    woocommerceUrl: settings.WOOCOMMERCE_URL,
    woocommerceConsumerKey: settings.WOOCOMMERCE_CONSUMER_KEY,
    woocommerceConsumerSecret: settings.WOOCOMMERCE_CONSUMER_SECRET,
    woocommerceConsumerSecretFile: fileOf('WOOCOMMERCE_CONSUMER_SECRET'),
    stripeApiKey: settings.STRIPE_API_KEY,
    stripeApiKeyFile: fileOf('STRIPE_API_KEY'),
  });
}

function withoutUnset(entry: AccountEntry): AccountEntry {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)) as AccountEntry;
}
