/**
 * Orders as the platforms deliver them now, with their signatures, and each with a change that makes it rejected for
 * one reason.
 */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RefusalReason } from '../../src/mapping/refusal.js';
import { SECRETS } from './door.js';

export type Platform = keyof typeof SECRETS;
export const PLATFORMS = Object.keys(SECRETS) as Platform[];

export const JSON_TYPE = { 'Content-Type': 'application/json' };

export function signed(platform: Platform, body: string, secret: string = SECRETS[platform]): Record<string, string> {
  const base64 = createHmac('sha256', secret).update(body).digest('base64');
  if (platform === 'shopify')
    return { ...JSON_TYPE, 'X-Shopify-Hmac-Sha256': base64, 'X-Shopify-Topic': 'orders/create' };
  if (platform === 'woocommerce') {
    return { ...JSON_TYPE, 'X-WC-Webhook-Signature': base64, 'X-WC-Webhook-Topic': 'order.created' };
  }
  const time = Math.floor(Date.now() / 1000);
  const hex = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
  return { ...JSON_TYPE, 'Stripe-Signature': `t=${time},v1=${hex}` };
}

/**
 * A fixture with the current time; as text, because its ids are above 2^53. Every time that a mapper reads is replaced:
 * a fixed date would make the test fail a week later.
 */
function freshPayload(path: string): string {
  const now = new Date().toISOString();
  return readFileSync(`test/vectors/sources/${path}.json`, 'utf8')
    .replace(/("(?:created|processed|updated)_at": *)"[^"]*"/g, `$1"${now}"`)
    .replace(/("date_created_gmt": *)"[^"]*"/g, `$1"${now.slice(0, 19)}"`)
    .replace(/("created": *)\d+/g, `$1${Math.floor(Date.now() / 1000)}`);
}

export const ORDERS: Record<Platform, string> = {
  shopify: freshPayload('shopify/de-guest-created'),
  woocommerce: freshPayload('woocommerce/fr-created'),
  stripe: freshPayload('stripe/us-paid'),
};

function withTime(body: string, time: string): string {
  return body.replace(/("(?:created_at|processed_at|date_created_gmt)": *)"[^"]*"/g, `$1"${time}"`);
}

function deep(body: string): string {
  return body.replace('{', `{"deep":${'['.repeat(70)}${']'.repeat(70)},`);
}

/** WooCommerce's ids are small enough for numbers. */
function withoutCustomer(body: string): string {
  const order = JSON.parse(body) as Record<string, object>;
  const nobody = (address: object = {}) => Object.fromEntries(Object.keys(address).map((field) => [field, '']));
  return JSON.stringify({ ...order, billing: nobody(order['billing']), shipping: nobody(order['shipping']) });
}

function withoutDetails(body: string): string {
  return body
    .replace(/"customer_details": *\{(?:[^{}]|\{[^{}]*\})*\}/, '"customer_details":null')
    .replace(/"customer_email": *"[^"]*"/, '"customer_email":null');
}

type Changes = Partial<Record<RefusalReason, (body: string) => string>>;

/** `consent_missing` needs an account in the EU, and no change. */
export const REJECTED: Record<Platform, Changes> = {
  shopify: {
    unreadable: () => '{',
    not_a_purchase: (body) =>
      body.replace('{', '{"cancelled_at":"2026-01-01T00:00:00Z",').replace('"cancelled_at": null,', ''),
    test_order: (body) => body.replace(/"test": false,/, '"test": true,'),
    too_old: (body) => withTime(body, '1990-01-01T00:00:00Z'),
    in_future: (body) => withTime(body, '2099-01-01T00:00:00Z'),
    no_match_key: () => JSON.stringify({ id: 1, created_at: new Date(), total_price: '1.00', currency: 'USD' }),
    consent_missing: (body) => body,
    unsupported: (body) =>
      body
        .replace(/"currency": *"[A-Z]{3}"/g, '"currency":"BTC"')
        .replace(/"currency_code": *"[A-Z]{3}"/g, '"currency_code":"BTC"'),
    invalid: (body) => body.replace(/"id": *\d+/, '"id":"#N/A"'),
    too_large: deep,
  },
  // WooCommerce has no test orders.
  woocommerce: {
    unreadable: () => '{',
    not_a_purchase: (body) => body.replace(/"status": *"[a-z-]+"/, '"status":"refunded"'),
    too_old: (body) => withTime(body, '1990-01-01T00:00:00'),
    in_future: (body) => withTime(body, '2099-01-01T00:00:00'),
    no_match_key: withoutCustomer,
    consent_missing: (body) => body,
    unsupported: (body) => body.replace(/"currency": *"[A-Z]{3}"/, '"currency":"BTC"'),
    invalid: (body) => body.replace(/"id": *\d+/, '"id":"#N/A"'),
    too_large: deep,
  },
  stripe: {
    unreadable: () => '{',
    not_a_purchase: (body) => body.replace(/"payment_status": *"paid"/, '"payment_status":"unpaid"'),
    test_order: (body) => body.replace(/"livemode": *true/g, '"livemode":false'),
    too_old: (body) => body.replace(/("created": *)\d+/g, '$1600000000'),
    in_future: (body) => body.replace(/("created": *)\d+/g, '$14000000000'),
    no_match_key: withoutDetails,
    consent_missing: (body) => body,
    unsupported: (body) => body.replace(/"currency": *"[a-z]{3}"/g, '"currency":"btc"'),
    invalid: (body) => body.replace(/"amount_total": *\d+/, '"amount_total":"x"'),
    too_large: deep,
  },
};
