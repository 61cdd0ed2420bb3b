/**
 * Reads the orders of a Shopify shop by the GraphQL Admin API.
 *
 * Pages follow each other by cursor in the order of change. An order that changes during the reading comes again at the
 * end and is never skipped. A query waits until Shopify's bucket has enough points.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ShopifyAccess } from '../../settings/shop-settings.js';
import type { Shop, ShopOrder } from '../shop.js';
import { ShopError, saidCode } from '../shop-error.js';
import { type ShopAnswer, ShopHttp } from '../shop-http.js';
import { ShopifyToken } from './access-token.js';
import { numericId, orderAsWebhook } from './as-webhook.js';
import {
  type GraphqlOrder,
  ITEMS_AT_FIRST,
  ITEMS_PER_PAGE,
  ITEMS_QUERY,
  moreItemsSchema,
  ordersQuery,
  ordersSchema,
} from './orders-query.js';
import { Throttle } from './throttle.js';

/** In a row, without an answer between them: another client empties the bucket. */
const THROTTLED_MAX = 60;

const answerSchema = z.object({
  data: z.unknown().optional(),
  errors: z
    .union([
      z.string(),
      z.array(
        z.object({
          extensions: z.object({ code: z.string().optional(), requiredAccess: z.string().optional() }).optional(),
          path: z.array(z.union([z.string(), z.number()])).optional(),
        }),
      ),
    ])
    .optional(),
  extensions: z.unknown().optional(),
});
type GraphqlAnswer = z.output<typeof answerSchema>;

export class ShopifyClient implements Shop {
  readonly source = 'shopify';
  readonly #access: ShopifyAccess;
  readonly #http: ShopHttp;
  readonly #token: ShopifyToken;
  readonly #throttle = new Throttle();

  constructor(access: ShopifyAccess, delayBaseMs?: number) {
    this.#access = access;
    this.#http = new ShopHttp({ name: 'Shopify', url: access.url, delayBaseMs });
    this.#token = new ShopifyToken(this.#http, access.credentials);
  }

  async *listOrders(sinceMs: number, signal: AbortSignal): AsyncGenerator<readonly ShopOrder[]> {
    const since = `${new Date(sinceMs).toISOString().slice(0, 19)}Z`;
    const query = ordersQuery(this.#access.dedupeId);
    let after: string | null = null;
    do {
      const variables = (first: number) => ({ query: `updated_at:>='${since}'`, first, items: ITEMS_AT_FIRST, after });
      const { orders } = this.#read(ordersSchema, await this.#query(query, variables, signal));
      this.#throttle.resize();
      const page: ShopOrder[] = [];
      for (const order of orders.nodes) page.push(await this.#orderOf(order, signal));
      yield page;
      after = orders.pageInfo.hasNextPage ? (orders.pageInfo.endCursor ?? null) : null;
    } while (after !== null);
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  async #orderOf(order: GraphqlOrder, signal: AbortSignal): Promise<ShopOrder> {
    const quantities = order.lineItems.nodes.map(({ quantity }) => quantity);
    let { pageInfo } = order.lineItems;
    while (pageInfo.hasNextPage) {
      const variables = { id: order.id, items: ITEMS_PER_PAGE, after: pageInfo.endCursor };
      const found = this.#read(moreItemsSchema, await this.#query(ITEMS_QUERY, () => variables, signal)).order;
      // Deleted meanwhile: the items that were read before are used.
      if (!found) break;
      for (const { quantity } of found.lineItems.nodes) quantities.push(quantity);
      pageInfo = found.lineItems.pageInfo;
    }
    return {
      id: numericId(order.id),
      payload: orderAsWebhook(order, quantities),
      createdMs: Date.parse(order.createdAt),
      changedMs: Date.parse(order.updatedAt),
    };
  }

  /** @param variables made for each try, as a page may have to be smaller */
  async #query(query: string, variables: (first: number) => object, signal: AbortSignal): Promise<unknown> {
    for (let throttled = 0; throttled < THROTTLED_MAX; ) {
      await sleep(this.#throttle.waitMs(Date.now()), undefined, { signal });
      const body = JSON.stringify({ query, variables: variables(this.#throttle.pageSize) });
      const answer = await this.#ask(body, signal);
      this.#throttle.note(answer.extensions, Date.now());
      if (answer.errors === undefined || answer.errors.length === 0) return answer.data;
      const code = codeOf(answer);
      if (code !== 'THROTTLED' && code !== 'MAX_COST_EXCEEDED') throw this.#faultOf(answer);
      throttled += 1;
      if (code === 'MAX_COST_EXCEEDED') this.#throttle.halve();
      else await sleep(this.#throttle.waitAfterThrottledMs(Date.now()), undefined, { signal });
    }
    throw new ShopError(
      'SHOP_UNAVAILABLE',
      'Shopify keeps throttling: other apps use up what the shop may ask. Run it again later',
    );
  }

  /** If a 24-hour token was revoked, a new one is requested once. */
  async #ask(body: string, signal: AbortSignal): Promise<GraphqlAnswer> {
    const path = `/admin/api/${this.#access.version}/graphql.json`;
    for (let tried = 1; ; tried += 1) {
      const headers = {
        'Content-Type': 'application/json',
        'X-Shopify-Access-Token': await this.#token.get(signal),
      };
      const answer = await this.#http.ask({ method: 'POST', path, headers, body }, signal);
      if (answer.status === 401 && tried === 1 && this.#token.isRenewable) {
        this.#token.drop();
        continue;
      }
      this.#demandOk(answer);
      const parsed = answerSchema.safeParse(answer.body);
      if (parsed.success) return parsed.data;
      throw new ShopError('SHOP_UNREADABLE', `what answers at ${this.#http.url} is not Shopify’s Admin API`);
    }
  }

  #demandOk({ status, headers }: ShopAnswer): void {
    const { version } = this.#access;
    const served = headers['x-shopify-api-version'] ?? version;
    if (status === 401) {
      throw new ShopError(
        'SHOP_CREDENTIALS',
        'Shopify refuses the access token: it was revoked, or is another shop’s. Set a valid SHOPIFY_ACCESS_TOKEN, or reinstall the app',
      );
    }
    if (status === 404) {
      throw new ShopError(
        'SHOP_VERSION',
        `Shopify finds nothing there: SHOPIFY_API_VERSION ${version} is no version of its API, or SHOPIFY_SHOP no shop`,
      );
    }
    if (status === 402 || status === 403 || status === 423) {
      throw new ShopError(
        'SHOP_FORBIDDEN',
        `Shopify answers ${status}: the shop is frozen or locked, or the app may not read it`,
      );
    }
    if (status !== 200) throw new ShopError('SHOP_UNREADABLE', `Shopify answers ${status}, which its API never should`);
    // Shopify answers in the oldest version that it still has. This code was not checked against its fields.
    if (served !== version && /^[\w-]{1,20}$/.test(served)) {
      throw new ShopError(
        'SHOP_VERSION',
        `SHOPIFY_API_VERSION ${version} is retired: Shopify answers in ${served}. Set SHOPIFY_API_VERSION=${served} or a later one`,
      );
    }
  }

  #read<Data>(schema: z.ZodType<Data>, data: unknown): Data {
    const parsed = schema.safeParse(data);
    if (parsed.success) return parsed.data;
    const paths = parsed.error.issues.slice(0, 3).map(({ path }) => path.join('.'));
    throw new ShopError(
      'SHOP_UNREADABLE',
      `Shopify’s orders are not as version ${this.#access.version} had them (${paths.join(', ')})`,
    );
  }

  #faultOf(answer: GraphqlAnswer): ShopError {
    const code = codeOf(answer);
    const [error] = Array.isArray(answer.errors) ? answer.errors : [];
    if (code === 'ACCESS_DENIED') {
      const scope = /\b(?:read|write)_\w{1,40}\b/.exec(error?.extensions?.requiredAccess ?? '')?.[0];
      return new ShopError(
        'SHOP_FORBIDDEN',
        `the Shopify app may not read orders with their customers: grant it ${scope ?? 'read_orders and read_customers'}, and access to protected customer data`,
      );
    }
    if (code === 'INTERNAL_SERVER_ERROR' || code === 'TIMEOUT') {
      return new ShopError(
        'SHOP_UNAVAILABLE',
        `Shopify failed to answer the query${saidCode(code)}: run it again later`,
      );
    }
    return new ShopError(
      'SHOP_VERSION',
      `Shopify refuses the query${saidCode(code)}: SHOPIFY_API_VERSION ${this.#access.version} may lack a field that it asks for`,
    );
  }
}

function codeOf({ errors }: GraphqlAnswer): string | undefined {
  const codes = Array.isArray(errors) ? errors.map(({ extensions }) => extensions?.code) : [];
  return codes.find((code) => code !== undefined);
}
