/**
 * The three shops on one port, for tests and for the demo: a stand-in each, and faults on demand.
 *
 * Shopify: `POST /admin/oauth/access_token`, `POST /admin/api/:version/graphql.json` · WooCommerce: `GET
 * /wp-json/wc/v3/orders` · Stripe: `GET /v1/checkout/sessions`, `GET /v1/events` · `POST /shops/orders/:platform` ·
 * `GET|POST|DELETE /shops/faults`. A fault's `account` is the platform that it affects.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { z } from 'zod';
import { parseJson } from '../../src/mapping/json.js';
import { Faults, faultSchema } from '../../src/sandbox/faults.js';
import { type ShopifyOptions, ShopifyShop } from './shopify/shopify.js';
import { StripeAccount, type StripeOptions } from './stripe.js';
import { type WooCommerceOptions, WooCommerceShop } from './woocommerce.js';

export interface ShopsOptions {
  readonly shopify?: ShopifyOptions;
  readonly woocommerce?: WooCommerceOptions;
  readonly stripe?: StripeOptions;
}

const PLATFORMS = ['shopify', 'woocommerce', 'stripe'] as const;
export type Platform = (typeof PLATFORMS)[number];

const PLATFORM_OF: readonly (readonly [RegExp, Platform])[] = [
  [/^\/admin\//, 'shopify'],
  [/^\/wp-json\//, 'woocommerce'],
  [/^\/v1\//, 'stripe'],
];
const ordersSchema = z.array(z.object({ payload: z.record(z.string(), z.unknown()), updatedMs: z.number() }));
const BODY_MAX_BYTES = 50_000_000;

export class Shops {
  readonly faults = new Faults();
  readonly shopify: ShopifyShop;
  readonly woocommerce: WooCommerceShop;
  readonly stripe: StripeAccount;
  readonly #server: FastifyInstance;

  constructor({ shopify, woocommerce, stripe }: ShopsOptions = {}) {
    this.shopify = new ShopifyShop(this.faults, shopify);
    this.woocommerce = new WooCommerceShop(woocommerce);
    this.stripe = new StripeAccount(stripe);
    this.#server = fastify({ bodyLimit: BODY_MAX_BYTES, forceCloseConnections: true });
    this.#routes();
  }

  /** @returns the base URL of all three */
  start(port = 0): Promise<string> {
    return this.#server.listen({ host: '127.0.0.1', port });
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }

  /** @param payload as the platform's webhook sends it */
  put(platform: Platform, payload: Readonly<Record<string, unknown>>, updatedMs: number): void {
    if (platform === 'stripe') this.stripe.put(payload);
    else this[platform].put(payload, updatedMs);
  }

  #routes(): void {
    const server = this.#server;
    server.removeAllContentTypeParsers();
    server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    server.addHook('onRequest', (request, reply) => this.#strike(request, reply));
    this.shopify.addRoutes(server);
    this.woocommerce.addRoutes(server);
    this.stripe.addRoutes(server);
    server.post<{ Params: { platform: Platform } }>('/shops/orders/:platform', (request, reply) => {
      const orders = ordersSchema.parse(parseJson(String(request.body)));
      for (const { payload, updatedMs } of orders) this.put(request.params.platform, payload, updatedMs);
      return reply.send({ orders: orders.length });
    });
    server.get('/shops/faults', async () => this.faults.list());
    server.post('/shops/faults', (request, reply) => {
      this.faults.add(faultSchema.parse(JSON.parse(String(request.body))));
      return reply.send(this.faults.list());
    });
    server.delete('/shops/faults', async () => {
      this.faults.clear();
      return [];
    });
  }

  async #strike(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const platform = PLATFORM_OF.find(([path]) => path.test(request.url))?.[1];
    if (platform === undefined) return undefined;
    const latency = this.faults.strike('latency', platform);
    if (latency) await sleep(latency.ms);
    if (this.faults.strike('drop', platform)) {
      request.raw.socket.destroy();
      return reply.hijack();
    }
    const told = this.faults.strike('status', platform);
    if (!told) return undefined;
    if (told.retryAfterSeconds !== undefined) reply.header('Retry-After', String(told.retryAfterSeconds));
    return reply.code(told.status).send(told.body ?? { errors: `told to answer ${told.status}` });
  }
}
