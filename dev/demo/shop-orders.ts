/**
 * Orders of the demo's two shops, in the form of their webhooks. The same seed gives the same orders. One of every 25
 * webhooks is lost.
 */
import { SHOPS, type Shop, seeded } from './traffic.js';

export interface ShopOrder {
  readonly platform: 'shopify' | 'woocommerce';
  readonly payload: Readonly<Record<string, unknown>>;
  readonly createdMs: number;
  /** The dedupe id of its event. */
  readonly eventId: string;
  readonly isLost: boolean;
}

const HOUR_MS = 3_600_000;
const SHOPIFY_ORDERS = 200;
const WOOCOMMERCE_ORDERS = 100;
const LOST_ONE_IN = 25;

export function makeShopOrders(seed: number, nowMs: number): ShopOrder[] {
  const random = seeded(seed);
  const customer = (number: number): Customer => {
    const shop = SHOPS[Math.floor(random() * SHOPS.length)];
    const [first, last] = shop?.people[Math.floor(random() * shop.people.length)] ?? [];
    if (!shop || first === undefined || last === undefined) throw new Error('nobody to order');
    const total = shop.currency === 'JPY' ? String(500 + Math.floor(random() * 9_000)) : `${10 + number}.90`;
    const email = `Shopper.${number}@Example.net`;
    return { shop, first, last, email, phone: shop.phone(String(2_000_000 + number * 37)), total };
  };
  const timed = () => nowMs - Math.floor((0.2 + random() * 20) * HOUR_MS);
  const shopify = Array.from({ length: SHOPIFY_ORDERS }, (_, place): ShopOrder => {
    const id = 6_504_410_001 + place;
    const createdMs = timed();
    const payload = shopifyOrder(id, new Date(createdMs).toISOString(), customer(place));
    return { platform: 'shopify', payload, createdMs, eventId: eventIdOf('shopify', id), isLost: isLost(place) };
  });
  const woocommerce = Array.from({ length: WOOCOMMERCE_ORDERS }, (_, place): ShopOrder => {
    const id = 1_727 + place;
    const createdMs = timed();
    const payload = woocommerceOrder(id, new Date(createdMs).toISOString().slice(0, 19), customer(1_000 + place));
    return {
      platform: 'woocommerce',
      payload,
      createdMs,
      eventId: eventIdOf('woocommerce', id),
      isLost: isLost(place),
    };
  });
  return [...shopify, ...woocommerce];
}

interface Customer {
  readonly shop: Shop;
  readonly first: string;
  readonly last: string;
  readonly email: string;
  readonly phone: string;
  readonly total: string;
}

function isLost(place: number): boolean {
  return place % LOST_ONE_IN === LOST_ONE_IN - 1;
}

function eventIdOf(platform: ShopOrder['platform'], id: number): string {
  return `${platform}:OFF_AMAZON_PURCHASES:${id}`;
}

function shopifyOrder(id: number, time: string, { shop, first, last, email, phone, total }: Customer) {
  return {
    id,
    name: `#${id % 10_000}`,
    order_number: id % 10_000,
    created_at: time,
    processed_at: time,
    financial_status: 'paid',
    source_name: 'web',
    test: false,
    currency: shop.currency,
    total_price: total,
    email,
    billing_address: {
      first_name: first,
      last_name: last,
      address1: 'Main Street 12',
      city: shop.city,
      zip: shop.postal,
      country_code: shop.country,
      phone,
    },
    line_items: [{ id: id + 1, sku: 'SKU-7', title: 'Chair', quantity: 1, price: total }],
  };
}

function woocommerceOrder(id: number, time: string, { shop, first, last, email, phone, total }: Customer) {
  return {
    id,
    number: String(id),
    parent_id: 0,
    status: 'processing',
    created_via: 'checkout',
    currency: shop.currency,
    total,
    date_created_gmt: time,
    date_paid_gmt: time,
    billing: {
      first_name: first,
      last_name: last,
      address_1: 'Main Street 12',
      city: shop.city,
      postcode: shop.postal,
      country: shop.country,
      email,
      phone,
    },
    line_items: [{ id: 1, name: 'Chair', sku: 'SKU-7', quantity: 1, total }],
  };
}
