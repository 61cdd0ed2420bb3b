/**
 * The platforms whose webhooks we accept: how each signs, and which of its deliveries are not orders.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Source } from '../../../mapping/source.js';
import { WEBHOOK_PLATFORMS, type WebhookPlatform } from '../../../settings/webhook-senders.js';
import { isSignedBase64, isSignedByStripe } from './signature.js';

export const PLATFORMS = WEBHOOK_PLATFORMS satisfies readonly Source[];
export type PlatformName = WebhookPlatform;

interface Delivery {
  readonly body: Buffer;
  readonly headers: IncomingHttpHeaders;
  readonly nowMs: number;
}

interface Platform {
  /** The setting that holds its secrets. */
  readonly secretSetting: 'SHOPIFY_WEBHOOK_SECRET' | 'WOOCOMMERCE_WEBHOOK_SECRET' | 'STRIPE_WEBHOOK_SECRET';
  /** Spelt as the platform writes it. */
  readonly signatureHeader: string;
  readonly isSigned: (delivery: Delivery, secrets: readonly string[]) => boolean;
  /** An unsigned delivery that must get 200 and queues nothing. */
  readonly isPing: (delivery: Delivery) => boolean;
  /** Whether a delivery that was answered 503 is sent again. WooCommerce sends each delivery once. */
  readonly isSentAgain: boolean;
  /** A signed delivery that is not an order. */
  readonly isOther: (delivery: Delivery) => boolean;
}

const SHOPIFY_TOPICS: ReadonlySet<string> = new Set(['orders/create', 'orders/paid', 'orders/updated']);
const WOOCOMMERCE_TOPICS: ReadonlySet<string> = new Set(['order.created', 'order.updated', 'order.restored']);

export const PLATFORM: Record<PlatformName, Platform> = {
  shopify: {
    secretSetting: 'SHOPIFY_WEBHOOK_SECRET',
    signatureHeader: 'X-Shopify-Hmac-Sha256',
    isSigned: ({ body, headers }, secrets) => isSignedBase64(body, textOf(headers['x-shopify-hmac-sha256']), secrets),
    isPing: () => false,
    isSentAgain: true,
    isOther: ({ headers }) => isOtherTopic(headers['x-shopify-topic'], SHOPIFY_TOPICS),
  },
  woocommerce: {
    secretSetting: 'WOOCOMMERCE_WEBHOOK_SECRET',
    signatureHeader: 'X-WC-Webhook-Signature',
    isSigned: ({ body, headers }, secrets) => isSignedBase64(body, textOf(headers['x-wc-webhook-signature']), secrets),
    // Sent unsigned when a webhook is saved. Without a 200 the webhook cannot be activated.
    isPing: ({ body, headers }) =>
      headers['x-wc-webhook-signature'] === undefined && /^webhook_id=\d{1,20}$/.test(body.toString('latin1')),
    isSentAgain: false,
    isOther: ({ headers }) => isOtherTopic(headers['x-wc-webhook-topic'], WOOCOMMERCE_TOPICS),
  },
  stripe: {
    secretSetting: 'STRIPE_WEBHOOK_SECRET',
    signatureHeader: 'Stripe-Signature',
    isSigned: ({ body, headers, nowMs }, secrets) =>
      isSignedByStripe(body, textOf(headers['stripe-signature']), secrets, nowMs),
    isPing: () => false,
    isSentAgain: true,
    // Stripe's events contain their type. The mapper knows which are orders.
    isOther: () => false,
  },
};

/** A delivery without a topic is taken for an order. The mapper checks it. */
function isOtherTopic(header: string | string[] | undefined, known: ReadonlySet<string>): boolean {
  const topic = textOf(header);
  return topic !== undefined && !known.has(topic);
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
