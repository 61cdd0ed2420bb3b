/** The stand-ins of the three shops for a test, and our clients on them. */
import { type Platform, Shops, type ShopsOptions } from '../../dev/shops/shops.js';
import type { DedupeIdFields } from '../../src/mapping/context.js';
import type { ShopifyCredentials } from '../../src/settings/shop-settings.js';
import type { Shop, ShopOrder } from '../../src/shops/shop.js';
import { ShopifyClient } from '../../src/shops/shopify/shopify.js';
import { StripeClient } from '../../src/shops/stripe.js';
import { WooCommerceClient } from '../../src/shops/woocommerce.js';

/** First back-off: tests do not wait for a shop. */
const DELAY_MS = 1;

export interface ShopifyChoices {
  readonly version?: string;
  readonly dedupeId?: DedupeIdFields['shopify'];
  readonly credentials?: ShopifyCredentials;
  readonly clientSecret?: string;
}

export class TestShops {
  readonly shops: Shops;
  url = '';
  readonly #clients: Shop[] = [];

  private constructor(options: ShopsOptions) {
    this.shops = new Shops(options);
  }

  static async open(options: ShopsOptions = {}): Promise<TestShops> {
    const opened = new TestShops(options);
    opened.url = await opened.shops.start();
    return opened;
  }

  shopify({
    version = '2026-10',
    dedupeId = 'id',
    clientSecret = 'shpss_secret-of-the-shop',
    credentials = { kind: 'client', clientId: 'client-of-the-shop', readClientSecret: () => clientSecret },
  }: ShopifyChoices = {}): ShopifyClient {
    const access = { source: 'shopify', url: this.url, version, credentials, dedupeId } as const;
    return this.#kept(new ShopifyClient(access, DELAY_MS));
  }

  woocommerce(consumerKey = 'ck_of-the-shop', consumerSecret = 'cs_secret-of-the-shop', url = this.url) {
    const access = { source: 'woocommerce', url, consumerKey, readConsumerSecret: () => consumerSecret } as const;
    return this.#kept(new WooCommerceClient(access, DELAY_MS));
  }

  stripe(apiKey = 'rk_live_of-the-shop'): StripeClient {
    return this.#kept(new StripeClient({ source: 'stripe', url: this.url, readApiKey: () => apiKey }, DELAY_MS));
  }

  client(platform: Platform, dedupeId?: DedupeIdFields['shopify']): Shop {
    return platform === 'shopify' ? this.shopify({ dedupeId }) : this[platform]();
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.shops.stop();
  }

  #kept<Client extends Shop>(client: Client): Client {
    this.#clients.push(client);
    return client;
  }
}

export async function ordersOf(shop: Shop, sinceMs = 0, signal = new AbortController().signal): Promise<ShopOrder[]> {
  const orders: ShopOrder[] = [];
  for await (const page of shop.listOrders(sinceMs, signal)) orders.push(...page);
  return orders;
}
