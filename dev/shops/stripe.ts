/**
 * A Stripe account: the lists of Checkout Sessions and of events, newest first, with `starting_after`, `has_more` and
 * `expand`.
 *
 * A session shows its current state, an event the session's state when it happened. Events are kept for 30 days.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

type Json = Readonly<Record<string, unknown>>;

const LIMIT_MAX = 100;
const EVENTS_KEPT_SECONDS = 30 * 86_400;
const NO_ITEMS = { object: 'list', data: [], has_more: false };

export interface StripeOptions {
  readonly apiKey?: string;
  /** What a restricted key may read. */
  readonly readable?: readonly ('checkout_sessions' | 'events')[];
}

export class StripeAccount {
  readonly sessions = new Map<string, Json>();
  readonly events: Json[] = [];
  readonly counts = { pages: 0 };
  readonly #options: Required<StripeOptions>;

  constructor(options: StripeOptions = {}) {
    this.#options = { apiKey: 'rk_live_of-the-shop', readable: ['checkout_sessions', 'events'], ...options };
  }

  /** @param event as the webhook sends it; it also sets the session's current state */
  put(event: Json): void {
    this.events.push(event);
    const session = (event['data'] as Json | undefined)?.['object'] as Json | undefined;
    // Every session has these two fields, even if an example lacks them.
    if (session) {
      this.sessions.set(String(session['id']), { status: 'complete', ...session, livemode: event['livemode'] });
    }
  }

  addRoutes(server: FastifyInstance): void {
    server.get('/v1/checkout/sessions', (request, reply) => this.#list('checkout_sessions', request, reply));
    server.get('/v1/events', (request, reply) => this.#list('events', request, reply));
  }

  #list(what: 'checkout_sessions' | 'events', request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (request.headers.authorization !== `Bearer ${this.#options.apiKey}`) {
      return fail(reply, 401, { message: 'Invalid API Key provided: rk_live_***', type: 'invalid_request_error' });
    }
    if (!this.#options.readable.includes(what)) {
      const message = `The provided key 'rk_live_***' does not have the required permissions for this endpoint.`;
      return fail(reply, 403, { message, type: 'invalid_request_error', code: 'more_permissions_required' });
    }
    const query = new URLSearchParams(request.url.split('?')[1] ?? '');
    const limit = Number(query.get('limit') ?? 10);
    if (!(limit >= 1 && limit <= LIMIT_MAX)) {
      return fail(reply, 400, {
        message: 'limit must be from 1 to 100',
        type: 'invalid_request_error',
        param: 'limit',
      });
    }
    const meant = what === 'events' ? this.#meantEvents(query) : this.#meantSessions(query);
    const from = query.get('starting_after');
    const start = from === null ? 0 : meant.findIndex(({ id }) => id === from) + 1;
    if (from !== null && start === 0) {
      return fail(reply, 400, {
        message: `No such object: '${from}'`,
        type: 'invalid_request_error',
        param: 'starting_after',
      });
    }
    const data = meant.slice(start, start + limit);
    this.counts.pages += 1;
    return reply.send({
      object: 'list',
      url: request.url.split('?')[0],
      has_more: start + data.length < meant.length,
      data,
    });
  }

  #meantSessions(query: URLSearchParams): Json[] {
    const status = query.get('status');
    const meant = newestFirst([...this.sessions.values()], query).filter(
      (session) => status === null || session['status'] === status,
    );
    const isExpanded = query.getAll('expand[]').includes('data.line_items');
    return isExpanded ? meant.map((session) => Object.assign({}, session, { line_items: NO_ITEMS })) : meant;
  }

  #meantEvents(query: URLSearchParams): Json[] {
    const types = [...query.getAll('types[]'), ...query.getAll('type')];
    const keptSince = Date.now() / 1000 - EVENTS_KEPT_SECONDS;
    return newestFirst(this.events, query).filter(
      (event) => Number(event['created']) >= keptSince && (types.length === 0 || types.includes(String(event['type']))),
    );
  }
}

function newestFirst(all: readonly Json[], query: URLSearchParams): Json[] {
  const since = Number(query.get('created[gte]') ?? 0);
  const isMeant = (object: Json) => Number(object['created']) >= since;
  return all.filter(isMeant).toSorted((left, right) => Number(right['created']) - Number(left['created']));
}

function fail(reply: FastifyReply, status: number, error: Json): FastifyReply {
  return reply.code(status).send({ error });
}
