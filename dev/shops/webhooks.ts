/** Webhooks as the platforms send them: signed over the bytes of the body. */
import { createHmac } from 'node:crypto';
import type { Platform } from './shops.js';

/** @param body exactly as sent */
export function signedHeaders(platform: Platform, body: string, secret: string): Record<string, string> {
  const type = { 'Content-Type': 'application/json' };
  const base64 = createHmac('sha256', secret).update(body).digest('base64');
  switch (platform) {
    case 'shopify':
      return { ...type, 'X-Shopify-Hmac-Sha256': base64, 'X-Shopify-Topic': 'orders/create' };
    case 'woocommerce':
      return { ...type, 'X-WC-Webhook-Signature': base64, 'X-WC-Webhook-Topic': 'order.created' };
    case 'stripe': {
      const time = Math.floor(Date.now() / 1000);
      const hex = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
      return { ...type, 'Stripe-Signature': `t=${time},v1=${hex}` };
    }
    default:
      return platform satisfies never;
  }
}
