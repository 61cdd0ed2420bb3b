/**
 * The demo's two shops: stand-ins for their APIs, and their webhooks, some of which are lost on purpose.
 *
 * Promise: the shops know every order, and the webhook of a lost one is never sent.
 */
import { Shops } from '../shops/shops.js';
import { signedHeaders } from '../shops/webhooks.js';
import { makeShopOrders, type ShopOrder } from './shop-orders.js';

const SECRETS = { shopify: 'shpss_webhooks-of-the-demo', woocommerce: 'webhooks-of-the-demo' };
const WEBHOOKS_AT_ONCE = 10;

export const DEMO_PLATFORMS = ['shopify', 'woocommerce'] as const;

export class DemoShops {
  readonly orders: readonly ShopOrder[];
  readonly #shops = new Shops({ shopify: { bucket: { maximum: 20_000, restoreRate: 1_000 } } });
  #url = '';

  constructor(seed: number, nowMs: number) {
    this.orders = makeShopOrders(seed, nowMs);
  }

  get lost(): readonly ShopOrder[] {
    return this.orders.filter(({ isLost }) => isLost);
  }

  /** Their fields in an account of ACCOUNTS_FILE. Available after the start. */
  get accountFields(): object {
    return {
      webhookConsent: 'granted',
      shopifyWebhookSecret: SECRETS.shopify,
      shopifyApiUrl: this.#url,
      shopifyClientId: 'client-of-the-shop',
      shopifyClientSecret: 'shpss_secret-of-the-shop',
      woocommerceWebhookSecret: SECRETS.woocommerce,
      woocommerceUrl: this.#url,
      woocommerceConsumerKey: 'ck_of-the-shop',
      woocommerceConsumerSecret: 'cs_secret-of-the-shop',
    };
  }

  async start(): Promise<void> {
    this.#url = await this.#shops.start();
    for (const { platform, payload, createdMs } of this.orders) this.#shops.put(platform, payload, createdMs);
  }

  /** @returns how many were accepted */
  async sendWebhooks(intakeUrl: string, account: string, stop: AbortSignal): Promise<number> {
    const waiting = this.orders.filter(({ isLost }) => !isLost);
    const count = waiting.length;
    const sendOn = async () => {
      for (let order = waiting.pop(); order; order = waiting.pop()) {
        stop.throwIfAborted();
        await send(order, `${intakeUrl}/v1/webhooks/${order.platform}?account=${account}`);
      }
    };
    await Promise.all(Array.from({ length: WEBHOOKS_AT_ONCE }, sendOn));
    return count;
  }

  stop(): Promise<void> {
    return this.#shops.stop();
  }
}

async function send({ platform, payload }: ShopOrder, url: string): Promise<void> {
  const body = JSON.stringify(payload);
  const headers = signedHeaders(platform, body, SECRETS[platform]);
  const response = await fetch(url, { method: 'POST', headers, body });
  if (response.status !== 202) throw new Error(`a webhook of ${platform} was answered ${response.status}`);
  await response.body?.cancel();
}
