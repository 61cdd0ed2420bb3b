/** Creates the client for a shop from its settings. */
import type { ShopAccess } from '../settings/shop-settings.js';
import type { Shop } from './shop.js';
import { ShopifyClient } from './shopify/shopify.js';
import { StripeClient } from './stripe.js';
import { WooCommerceClient } from './woocommerce.js';

export function openShop(access: ShopAccess): Shop {
  switch (access.source) {
    case 'shopify':
      return new ShopifyClient(access);
    case 'woocommerce':
      return new WooCommerceClient(access);
    case 'stripe':
      return new StripeClient(access);
    default:
      return access satisfies never;
  }
}
