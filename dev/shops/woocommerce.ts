/**
 * A WooCommerce shop: `GET /wp-json/wc/v3/orders` of the REST API, version 3, with Basic authentication and numbered
 * pages.
 *
 * As in the plug-in's own code: `modified_after` excludes orders of that exact second, `modified` sorts by the time and
 * then the id, and a page holds at most 100.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

const PER_PAGE_MAX = 100;
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const querySchema = z.object({
  status: z.string().default('any'),
  modified_after: z.string().optional(),
  dates_are_gmt: flag.default(false),
  orderby: z.enum(['date', 'modified', 'id']).default('date'),
  order: z.enum(['asc', 'desc']).default('desc'),
  page: z.coerce.number().int().min(1).default(1),
  per_page: z.coerce.number().int().min(1).max(PER_PAGE_MAX).default(10),
});
type Query = z.output<typeof querySchema>;

export interface WooCommerceOptions {
  readonly consumerKey?: string;
  readonly consumerSecret?: string;
  /** What the key may do. `write` may not read. */
  readonly permission?: 'read' | 'write' | 'read_write';
  /** How far the shop's local time is ahead of UTC. */
  readonly offsetHours?: number;
}

interface StoredOrder {
  readonly payload: Json;
  readonly updatedMs: number;
}

export class WooCommerceShop {
  readonly orders = new Map<number, StoredOrder>();
  readonly counts = { pages: 0 };
  /** Called after each page, to change the shop during a reading. */
  afterPage: () => void = () => undefined;
  readonly #options: Required<WooCommerceOptions>;

  constructor(options: WooCommerceOptions = {}) {
    this.#options = {
      consumerKey: 'ck_of-the-shop',
      consumerSecret: 'cs_secret-of-the-shop',
      permission: 'read',
      offsetHours: 1,
      ...options,
    };
  }

  /** @param payload as the webhook sends it */
  put(payload: Json, updatedMs: number): void {
    this.orders.set(Number(payload['id']), { payload, updatedMs });
  }

  addRoutes(server: FastifyInstance): void {
    server.get('/wp-json/wc/v3/orders', (request, reply) => this.#list(request, reply));
  }

  #list(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { consumerKey, consumerSecret, permission } = this.#options;
    const [, encoded = ''] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const [key, secret] = Buffer.from(encoded, 'base64').toString().split(':');
    if (key !== consumerKey || secret !== consumerSecret) {
      const message = key === consumerKey ? 'Consumer secret is invalid.' : 'Consumer key is invalid.';
      return fail(reply, 401, 'woocommerce_rest_authentication_error', message);
    }
    if (permission === 'write') {
      const message = 'The API key provided does not have read permissions.';
      return fail(reply, 401, 'woocommerce_rest_authentication_error', message);
    }
    const query = querySchema.safeParse(request.query);
    if (!query.success) return fail(reply, 400, 'rest_invalid_param', 'Invalid parameter(s)');
    const found = this.#find(query.data);
    const { page, per_page: perPage } = query.data;
    const pages = Math.ceil(found.length / perPage);
    const orders = found.slice((page - 1) * perPage, page * perPage).map(({ payload }) => payload);
    reply.header('X-WP-Total', found.length).header('X-WP-TotalPages', pages);
    reply.send(orders);
    this.counts.pages += 1;
    this.afterPage();
    return reply;
  }

  #find({ status, modified_after: after, dates_are_gmt: isGmt, orderby, order }: Query): StoredOrder[] {
    const offsetMs = isGmt ? 0 : this.#options.offsetHours * 3_600_000;
    const afterMs = after === undefined ? Number.NEGATIVE_INFINITY : Date.parse(asUtc(after)) - offsetMs;
    const found = [...this.orders.values()].filter(
      ({ payload, updatedMs }) =>
        payload['status'] !== 'trash' &&
        (status === 'any' || payload['status'] === status) &&
        Math.floor(updatedMs / 1000) * 1000 > afterMs,
    );
    const timeOf = ({ payload, updatedMs }: StoredOrder) => {
      if (orderby === 'id') return 0;
      return orderby === 'modified' ? updatedMs : Date.parse(asUtc(String(payload['date_created_gmt'])));
    };
    found.sort(
      (left, right) => timeOf(left) - timeOf(right) || Number(left.payload['id']) - Number(right.payload['id']),
    );
    return order === 'asc' ? found : found.toReversed();
  }
}

function asUtc(text: string): string {
  return /(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`;
}

function fail(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.code(status).send({ code, message, data: { status } });
}
