/**
 * Reads a WooCommerce shop's orders by the REST API version 3, which answers in the form of its webhook.
 *
 * Pages are numbered. An order that changes during the reading moves to the end, and all orders behind it move up by
 * one. So pages are read from last to first: an order that moves up comes again on a later-read page, and none is
 * skipped. Orders that change meanwhile are left to the next pass.
 */
import { z } from 'zod';
import type { WooCommerceAccess } from '../settings/shop-settings.js';
import type { Shop, ShopOrder } from './shop.js';
import { ShopError, saidCode } from './shop-error.js';
import { type ShopAnswer, ShopHttp } from './shop-http.js';

/** WooCommerce's maximum. */
const PER_PAGE = 100;

const orderSchema = z.looseObject({
  id: z.union([z.number(), z.string()]).transform(String),
  date_created_gmt: z.string().nullish(),
  date_modified_gmt: z.string().nullish(),
});
const errorSchema = z.object({ code: z.string() });

export class WooCommerceClient implements Shop {
  readonly source = 'woocommerce';
  readonly #access: WooCommerceAccess;
  readonly #http: ShopHttp;

  constructor(access: WooCommerceAccess, delayBaseMs?: number) {
    this.#access = access;
    this.#http = new ShopHttp({ name: 'WooCommerce', url: access.url, delayBaseMs });
  }

  async *listOrders(sinceMs: number, signal: AbortSignal): AsyncGenerator<readonly ShopOrder[]> {
    const { headers } = await this.#page(sinceMs, { perPage: 1, page: 1 }, signal);
    const total = Number(headers['x-wp-total']);
    if (!Number.isInteger(total)) throw this.#unreadable();
    for (let page = Math.ceil(total / PER_PAGE); page >= 1; page -= 1) {
      const { body } = await this.#page(sinceMs, { perPage: PER_PAGE, page }, signal);
      const orders = z.array(z.unknown()).safeParse(body);
      if (!orders.success) throw this.#unreadable();
      yield orders.data.map((payload) => this.#orderOf(payload));
    }
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  #orderOf(payload: unknown): ShopOrder {
    const order = orderSchema.safeParse(payload);
    if (!order.success) throw this.#unreadable();
    const { id, date_created_gmt: created, date_modified_gmt: changed } = order.data;
    return { id, payload, createdMs: msOf(created), changedMs: msOf(changed) };
  }

  async #page(
    sinceMs: number,
    { perPage, page }: { readonly perPage: number; readonly page: number },
    signal: AbortSignal,
  ): Promise<ShopAnswer> {
    const query = new URLSearchParams({
      // WooCommerce excludes that exact second.
      modified_after: new Date(sinceMs - 1000).toISOString().slice(0, 19),
      dates_are_gmt: 'true',
      orderby: 'modified',
      order: 'asc',
      per_page: String(perPage),
      page: String(page),
    });
    const { consumerKey, readConsumerSecret } = this.#access;
    const key = Buffer.from(`${consumerKey}:${readConsumerSecret()}`).toString('base64');
    const answer = await this.#http.ask(
      { method: 'GET', path: `/wp-json/wc/v3/orders?${query}`, headers: { Authorization: `Basic ${key}` } },
      signal,
    );
    if (answer.status === 200) return answer;
    throw this.#faultOf(answer);
  }

  #faultOf({ status, body }: ShopAnswer): ShopError {
    const error = errorSchema.safeParse(body).data?.code;
    const said = saidCode(error);
    if (status === 401 || status === 403) {
      const isKnown = error === 'woocommerce_rest_cannot_view';
      return isKnown
        ? new ShopError(
            'SHOP_FORBIDDEN',
            `the WooCommerce key’s user may not see orders${said}: make the key for a shop manager`,
          )
        : new ShopError(
            'SHOP_CREDENTIALS',
            `WooCommerce refuses the key${said}: check WOOCOMMERCE_CONSUMER_KEY and WOOCOMMERCE_CONSUMER_SECRET, that the key was not revoked, and that it may read. Some hosts take the Authorization header away before WooCommerce sees it`,
          );
    }
    if (status === 404) {
      return new ShopError(
        'SHOP_NOT_FOUND',
        `there is no REST API of WooCommerce, version 3, at ${this.#http.url}${said}: check WOOCOMMERCE_URL, and that permalinks are not “plain”`,
      );
    }
    return new ShopError('SHOP_UNREADABLE', `WooCommerce answers ${status}${said}`);
  }

  #unreadable(): ShopError {
    return new ShopError(
      'SHOP_UNREADABLE',
      `what answers at ${this.#http.url} is no list of WooCommerce’s orders: a firewall or a cache may stand in front of it`,
    );
  }
}

/** WooCommerce writes UTC without a zone. NaN if there is no time. */
function msOf(gmt: string | null | undefined): number {
  return Date.parse(`${gmt ?? ''}Z`);
}
