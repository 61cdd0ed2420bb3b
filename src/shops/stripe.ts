/**
 * Reads a Stripe account's Checkout Sessions, in the form of the webhook's events.
 *
 * The list of new sessions shows their current state. A session can be paid long after it was created (up to a day
 * until it is completed, days for a bank debit). Such sessions are found by their events, which hold the session as it
 * was then. Stripe keeps events for 30 days. Both lists are newest first, by cursor, so nothing moves between pages.
 */
import { z } from 'zod';
import type { StripeAccess } from '../settings/shop-settings.js';
import type { Shop, ShopOrder } from './shop.js';
import { ShopError, saidCode } from './shop-error.js';
import { type ShopAnswer, ShopHttp } from './shop-http.js';

/** Stripe's maximum. */
const PER_PAGE = 100;
const COMPLETED = 'checkout.session.completed';
const PAID_LATER = 'checkout.session.async_payment_succeeded';

const sessionSchema = z.looseObject({ id: z.string(), created: z.number(), livemode: z.boolean() });
const eventSchema = z.looseObject({
  id: z.string(),
  created: z.number(),
  data: z.looseObject({ object: z.looseObject({ id: z.string(), created: z.number() }) }),
});
const listSchema = z.object({ has_more: z.boolean(), data: z.array(z.unknown()) });
const errorSchema = z.object({ error: z.object({ code: z.string().optional(), type: z.string().optional() }) });

export class StripeClient implements Shop {
  readonly source = 'stripe';
  readonly #access: StripeAccess;
  readonly #http: ShopHttp;

  constructor(access: StripeAccess, delayBaseMs?: number) {
    this.#access = access;
    this.#http = new ShopHttp({ name: 'Stripe', url: access.url, delayBaseMs });
  }

  async *listOrders(sinceMs: number, signal: AbortSignal): AsyncGenerator<readonly ShopOrder[]> {
    const since = String(Math.floor(sinceMs / 1000));
    const listed = new Set<string>();
    const sessions = new URLSearchParams({ 'created[gte]': since, status: 'complete' });
    for await (const page of this.#pages('/v1/checkout/sessions', sessions, signal)) {
      const orders = page.map((session) => this.#ofSession(session));
      for (const { id } of orders) listed.add(id);
      yield orders;
    }
    const events = new URLSearchParams([
      ['created[gte]', since],
      ['types[]', COMPLETED],
      ['types[]', PAID_LATER],
    ]);
    for await (const page of this.#pages('/v1/events', events, signal)) {
      const orders = page.map((event) => this.#ofEvent(event)).filter(({ id }) => !listed.has(id));
      // Newest first: a session's first event shows its latest state.
      const fresh = orders.filter(({ id }) => {
        const isFirst = !listed.has(id);
        listed.add(id);
        return isFirst;
      });
      yield fresh;
    }
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  #ofSession(session: unknown): ShopOrder {
    const parsed = sessionSchema.safeParse(session);
    if (!parsed.success) throw this.#unreadable();
    const { id, created, livemode } = parsed.data;
    const createdMs = created * 1000;
    return { id, payload: { type: COMPLETED, livemode, data: { object: session } }, createdMs, changedMs: createdMs };
  }

  #ofEvent(event: unknown): ShopOrder {
    const parsed = eventSchema.safeParse(event);
    if (!parsed.success) throw this.#unreadable();
    const { id, created } = parsed.data.data.object;
    return { id, payload: event, createdMs: created * 1000, changedMs: parsed.data.created * 1000 };
  }

  async *#pages(path: string, query: URLSearchParams, signal: AbortSignal): AsyncGenerator<readonly unknown[]> {
    query.set('limit', String(PER_PAGE));
    for (;;) {
      const answer = await this.#http.ask(
        {
          method: 'GET',
          path: `${path}?${query}`,
          headers: { Authorization: `Bearer ${this.#access.readApiKey()}` },
        },
        signal,
      );
      if (answer.status !== 200) throw this.#faultOf(answer, path);
      const list = listSchema.safeParse(answer.body);
      if (!list.success) throw this.#unreadable();
      const { data, has_more: hasMore } = list.data;
      yield data;
      const last = z.looseObject({ id: z.string() }).safeParse(data.at(-1));
      if (!hasMore || !last.success) return;
      query.set('starting_after', last.data.id);
    }
  }

  #faultOf({ status, body }: ShopAnswer, path: string): ShopError {
    const error = errorSchema.safeParse(body).data?.error;
    const said = saidCode(error?.code ?? error?.type);
    if (status === 401) {
      return new ShopError(
        'SHOP_CREDENTIALS',
        `Stripe refuses the key${said}: STRIPE_API_KEY is wrong, was rolled or has expired`,
      );
    }
    if (status === 403) {
      const right = path.endsWith('events') ? 'Events' : 'Checkout Sessions';
      return new ShopError(
        'SHOP_FORBIDDEN',
        `the Stripe key may not read ${right}${said}: give the restricted key the permission “Read” for it`,
      );
    }
    return new ShopError('SHOP_UNREADABLE', `Stripe answers ${status}${said} to ${path}`);
  }

  #unreadable(): ShopError {
    return new ShopError('SHOP_UNREADABLE', `what answers at ${this.#http.url} is no list of Stripe’s`);
  }
}
