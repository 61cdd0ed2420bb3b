/**
 * The settings of shops: which field of an order is its deduplication id, and the shops' APIs, from which `reconcile`
 * reads orders. Their schema, in the environment and in an entry of ACCOUNTS_FILE.
 */
import { z } from 'zod';
import { DEDUPE_ID_FIELDS } from '../mapping/context.js';

export const dedupeIdSettings = {
  DEDUPE_ID_SHOPIFY: z
    .enum(DEDUPE_ID_FIELDS.shopify)
    .default('id')
    .describe('Deduplication id of a Shopify order: id, name, order_number or checkout_token'),
  DEDUPE_ID_WOOCOMMERCE: z
    .enum(DEDUPE_ID_FIELDS.woocommerce)
    .default('id')
    .describe('Deduplication id of a WooCommerce order: id, number or order_key'),
  DEDUPE_ID_STRIPE: z
    .enum(DEDUPE_ID_FIELDS.stripe)
    .default('id')
    .describe('Deduplication id of a Stripe session: id, client_reference_id or payment_intent'),
  DEDUPE_ID_GA4: z
    .enum(DEDUPE_ID_FIELDS.ga4)
    .default('transaction_id')
    .describe('Deduplication id of a GA4 purchase: transaction_id or event_id'),
} as const;

const url = z.url({ protocol: /^https?$/, error: 'must be a URL that begins with https://' });
/** `my-shop` or `my-shop.myshopify.com`. A custom domain does not accept client credentials. */
const shopifyShop = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*(\.myshopify\.com)?$/i, 'must be the shop’s name.myshopify.com, without https://');
const shopifyVersion = z.string().regex(/^20\d\d-(01|04|07|10)$/, 'must be a version such as 2026-10');
/** How often a service reconciles: `15m`, `2h`, `1d`. */
const intervalText = z.string().regex(/^[1-9]\d{0,3}[mhd]$/, 'must be a time such as 15m, 2h or 1d');

export const shopSettings = {
  SHOPIFY_SHOP: shopifyShop.optional().describe('Shopify shop of `reconcile`: name.myshopify.com'),
  SHOPIFY_CLIENT_ID: z.string().optional().describe('Client id of the app in that shop (Dev Dashboard)'),
  SHOPIFY_CLIENT_SECRET: z.string().optional().describe('Client secret of that app; or SHOPIFY_CLIENT_SECRET_FILE'),
  SHOPIFY_ACCESS_TOKEN: z
    .string()
    .optional()
    .describe(
      'Permanent token (shpat_…) of an older app, in place of client id and secret; or SHOPIFY_ACCESS_TOKEN_FILE',
    ),
  SHOPIFY_API_VERSION: shopifyVersion
    .default('2026-10')
    .describe('Version of Shopify’s Admin API; each is served for a year'),
  SHOPIFY_API_URL: url.optional().describe('Base URL of the Admin API; unset: the shop’s'),
  WOOCOMMERCE_URL: url.optional().describe('WooCommerce shop of `reconcile`'),
  WOOCOMMERCE_CONSUMER_KEY: z.string().optional().describe('Key of its REST API (ck_…), with the permission “Read”'),
  WOOCOMMERCE_CONSUMER_SECRET: z
    .string()
    .optional()
    .describe('Secret of that key (cs_…); or WOOCOMMERCE_CONSUMER_SECRET_FILE'),
  STRIPE_API_KEY: z
    .string()
    .optional()
    .describe('Restricted key (rk_…) that may read Checkout Sessions and Events; or STRIPE_API_KEY_FILE'),
  STRIPE_API_URL: url.default('https://api.stripe.com').describe('Base URL of Stripe’s API'),
} as const;

export const SHOP_SECRETS = [
  'SHOPIFY_CLIENT_SECRET',
  'SHOPIFY_ACCESS_TOKEN',
  'WOOCOMMERCE_CONSUMER_SECRET',
  'STRIPE_API_KEY',
] as const;

/** The same for one account. */
export const shopEntryFields = {
  shopifyShop: shopifyShop.optional(),
  shopifyClientId: z.string().optional(),
  shopifyClientSecret: z.string().optional(),
  shopifyClientSecretFile: z.string().optional(),
  shopifyAccessToken: z.string().optional(),
  shopifyAccessTokenFile: z.string().optional(),
  shopifyApiVersion: shopifyVersion.optional(),
  shopifyApiUrl: url.optional(),
  woocommerceUrl: url.optional(),
  woocommerceConsumerKey: z.string().optional(),
  woocommerceConsumerSecret: z.string().optional(),
  woocommerceConsumerSecretFile: z.string().optional(),
  stripeApiKey: z.string().optional(),
  stripeApiKeyFile: z.string().optional(),
  stripeApiUrl: url.optional(),
  reconcileEvery: intervalText.optional(),
} as const;
