/**
 * A Shopify shop: the GraphQL Admin API for orders, and the token endpoint of the client credentials grant.
 *
 * A retired version is answered in the oldest supported one, and the header X-Shopify-API-Version names it. A version
 * that never existed is not found. Errors of a query have status 200.
 */
import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { execute, type OperationDefinitionNode, parse, validate } from 'graphql';
import type { Faults } from '../../../src/sandbox/faults.js';
import { type BucketSize, CostBucket, costOf, costOfAnswer, QUERY_COST_MAX } from './cost.js';
import { orderObject, ordersPage, type StoredOrder } from './orders-query.js';
import { schemaOf } from './schema.js';

const SUPPORTED = ['2026-01', '2026-04', '2026-07', '2026-10'];
const FIRST_EVER = '2019-04';
const DAY_SECONDS = 86_399;

export interface ShopifyOptions {
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** Permanent tokens, of apps made before 2026. */
  readonly accessTokens?: readonly string[];
  readonly scopes?: readonly string[];
  readonly bucket?: BucketSize;
}

interface GraphqlBody {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

export class ShopifyShop {
  readonly orders = new Map<string, StoredOrder>();
  /** Counts for tests: tokens granted, queries answered, queries throttled. */
  readonly counts = { tokens: 0, queries: 0, throttled: 0 };
  readonly #options: Required<ShopifyOptions>;
  readonly #faults: Faults;
  readonly #tokens = new Map<string, number>();
  readonly #bucket: CostBucket;

  constructor(faults: Faults, options: ShopifyOptions = {}) {
    this.#faults = faults;
    this.#options = {
      clientId: 'client-of-the-shop',
      clientSecret: 'shpss_secret-of-the-shop',
      accessTokens: ['shpat_token-of-the-shop'],
      scopes: ['read_orders', 'read_customers'],
      bucket: { maximum: 2_000, restoreRate: 100 },
      ...options,
    };
    this.#bucket = new CostBucket(this.#options.bucket, Date.now());
  }

  /** @param payload as the webhook sends it */
  put(payload: Readonly<Record<string, unknown>>, updatedMs: number): void {
    this.orders.set(String(payload['id']), { payload, updatedMs });
  }

  /** Makes every granted token invalid. */
  revokeTokens(): void {
    this.#tokens.clear();
  }

  addRoutes(server: FastifyInstance): void {
    server.post('/admin/oauth/access_token', (request, reply) => this.#grant(request, reply));
    server.post<{ Params: { version: string } }>('/admin/api/:version/graphql.json', (request, reply) =>
      this.#answer(request.params.version, request, reply),
    );
  }

  #grant(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const form = new URLSearchParams(String(request.body));
    const { clientId, clientSecret, scopes } = this.#options;
    if (form.get('grant_type') !== 'client_credentials') {
      return reply.code(400).send({ error: 'unsupported_grant_type' });
    }
    const refused = this.#faults.strike('credentials', 'shopify');
    if (refused || form.get('client_id') !== clientId || form.get('client_secret') !== clientSecret) {
      return reply.code(401).send({ error: 'invalid_client', error_description: 'Client authentication failed' });
    }
    const token = `shpat_${randomBytes(16).toString('hex')}`;
    this.#tokens.set(token, Date.now() + DAY_SECONDS * 1000);
    this.counts.tokens += 1;
    return reply.send({ access_token: token, scope: scopes.join(','), expires_in: DAY_SECONDS });
  }

  async #answer(asked: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const version = servedVersion(asked);
    if (version === undefined) return reply.code(404).send({ errors: 'Not Found' });
    reply.header('X-Shopify-API-Version', version);
    const token = String(request.headers['x-shopify-access-token'] ?? '');
    const isKnown = this.#options.accessTokens.includes(token) || (this.#tokens.get(token) ?? 0) > Date.now();
    if (!isKnown) {
      return reply
        .code(401)
        .send({ errors: '[API] Invalid API key or access token (unrecognized login or wrong password)' });
    }
    return reply.send(await this.#run(version, JSON.parse(String(request.body)) as GraphqlBody));
  }

  async #run(version: string, { query, variables = {} }: GraphqlBody): Promise<object> {
    const schema = schemaOf(version);
    const document = parse(query);
    const errors = validate(schema, document);
    if (errors.length > 0) return { errors: errors.map(({ message }) => ({ message })) };
    const requested = costOf(document.definitions[0] as OperationDefinitionNode, variables);
    const costs = (actual: number | null) => ({
      cost: {
        requestedQueryCost: requested,
        actualQueryCost: actual,
        throttleStatus: this.#bucket.status(Date.now()),
      },
    });
    if (requested > QUERY_COST_MAX) {
      const extensions = { code: 'MAX_COST_EXCEEDED', cost: requested, maxCost: QUERY_COST_MAX };
      return {
        errors: [
          { message: `Query cost is ${requested}, which exceeds the single query max cost limit (1000)`, extensions },
        ],
      };
    }
    if (!this.#bucket.take(requested, Date.now())) {
      this.counts.throttled += 1;
      return { errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }], extensions: costs(null) };
    }
    const denied = this.#denied(query);
    if (denied) return { data: null, errors: [denied], extensions: costs(0) };
    const rootValue = {
      orders: (args: Parameters<typeof ordersPage>[1]) => ordersPage(this.orders.values(), args),
      order: ({ id }: { id: string }) => {
        const found = this.orders.get(id.replace(/^.*\//, ''));
        return found && orderObject(found);
      },
    };
    const { data, errors: faults } = await execute({ schema, document, rootValue, variableValues: variables });
    this.counts.queries += 1;
    const actual = costOfAnswer(data);
    this.#bucket.giveBack(Math.max(0, requested - actual));
    return { data, ...(faults && { errors: faults.map(({ message }) => ({ message })) }), extensions: costs(actual) };
  }

  #denied(query: string): object | undefined {
    const needed = [
      { field: 'orders', scope: 'read_orders' },
      { field: 'customer', scope: 'read_customers' },
    ];
    const missing = needed.find(
      ({ field, scope }) => !this.#options.scopes.includes(scope) && new RegExp(`\\b${field}\\b`).test(query),
    );
    if (!missing) return undefined;
    const { field, scope } = missing;
    return {
      message: `Access denied for ${field} field. Required access: \`${scope}\` access scope.`,
      path: [field],
      extensions: { code: 'ACCESS_DENIED', requiredAccess: `\`${scope}\` access scope.` },
    };
  }
}

function servedVersion(asked: string): string | undefined {
  if (SUPPORTED.includes(asked)) return asked;
  const isRetired = /^20\d\d-(?:01|04|07|10)$/.test(asked) && asked >= FIRST_EVER && asked < String(SUPPORTED[0]);
  return isRetired ? SUPPORTED[0] : undefined;
}
