/**
 * Shopify's bucket of points, by its last answer: how long to wait before a query, and how much to request.
 *
 * PURE but for the clock it is given. The expected cost of a query is taken when it is sent, and Shopify returns the
 * unused part. So the bucket usually holds more than we assume.
 */
import { z } from 'zod';

/** A query may cost at most 1,000. This leaves room for a page that grows. */
const COST_WANTED = 900;
const PAGE_MIN = 1;
const PAGE_MAX = 250;
/** By the published rules such a page costs 777 points. If a shop counts less, pages grow. */
const PAGE_AT_FIRST = 25;
/** If nothing is known of the bucket. */
const WAIT_UNKNOWN_MS = 1_000;
/** A timer may end slightly early, and the shop's clock differs. */
const MARGIN_MS = 10;

const costSchema = z.object({
  cost: z.object({
    requestedQueryCost: z.number(),
    throttleStatus: z.object({ currentlyAvailable: z.number(), restoreRate: z.number().positive() }),
  }),
});
type Cost = z.output<typeof costSchema>['cost'];

export class Throttle {
  pageSize = PAGE_AT_FIRST;
  #last: { readonly cost: Cost; readonly pageSize: number; readonly atMs: number } | undefined;

  /** @param extensions as in an answer */
  note(extensions: unknown, atMs: number): void {
    const parsed = costSchema.safeParse(extensions);
    if (parsed.success) this.#last = { cost: parsed.data.cost, pageSize: this.pageSize, atMs };
  }

  /** A page was read. The next one is as large as the bucket allows at that price. */
  resize(): void {
    if (!this.#last) return;
    const perOrder = Math.max(1, this.#last.cost.requestedQueryCost) / this.pageSize;
    this.pageSize = Math.max(PAGE_MIN, Math.min(PAGE_MAX, Math.floor(COST_WANTED / perOrder)));
  }

  /** A page cost more than a full bucket holds. */
  halve(): void {
    this.pageSize = Math.max(PAGE_MIN, Math.floor(this.pageSize / 2));
  }

  /** The time until the bucket can pay for the next query, at the price of the last one. */
  waitMs(nowMs: number): number {
    if (!this.#last) return 0;
    const { cost, pageSize, atMs } = this.#last;
    const { currentlyAvailable, restoreRate } = cost.throttleStatus;
    const expected = (cost.requestedQueryCost / pageSize) * this.pageSize;
    const missing = Math.min(expected, COST_WANTED) - currentlyAvailable;
    const leftMs = (missing / restoreRate) * 1000 - (nowMs - atMs);
    return leftMs <= 0 ? 0 : Math.ceil(leftMs) + MARGIN_MS;
  }

  /** The wait after a throttled query. Never zero, which would cause a busy loop. */
  waitAfterThrottledMs(nowMs: number): number {
    return this.#last ? Math.max(50, this.waitMs(nowMs)) : WAIT_UNKNOWN_MS;
  }
}
