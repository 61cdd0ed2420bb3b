/**
 * Shopify's bucket of points, as its last answer told it: how long to wait before a query, and how much to ask for.
 *
 * PURE but for the clock it is given. What a query is expected to cost is taken when it is asked; what it did not use
 * comes back, so the bucket is mostly fuller than it looks from here.
 */
import { z } from 'zod';

/** What one query may cost at most is 1,000; a page that grew must not fail for it. */
const COST_WANTED = 900;
const PAGE_MIN = 1;
const PAGE_MAX = 250;
/** By the published rules such a page costs 777 points. Where a shop counts less, the pages grow. */
const PAGE_AT_FIRST = 25;
/** Where nothing is known of the bucket. */
const WAIT_UNKNOWN_MS = 1_000;
/** A timer may end a little early, and the shop's clock is another. */
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

  /** @param extensions as they stand in an answer */
  note(extensions: unknown, atMs: number): void {
    const parsed = costSchema.safeParse(extensions);
    if (parsed.success) this.#last = { cost: parsed.data.cost, pageSize: this.pageSize, atMs };
  }

  /** A page was read: the next is as large as the bucket allows at that price. */
  resize(): void {
    if (!this.#last) return;
    const perOrder = Math.max(1, this.#last.cost.requestedQueryCost) / this.pageSize;
    this.pageSize = Math.max(PAGE_MIN, Math.min(PAGE_MAX, Math.floor(COST_WANTED / perOrder)));
  }

  /** A page was too dear even for an empty bucket. */
  halve(): void {
    this.pageSize = Math.max(PAGE_MIN, Math.floor(this.pageSize / 2));
  }

  /** Until the bucket holds what the next query will cost, at the price of the last one. */
  waitMs(nowMs: number): number {
    if (!this.#last) return 0;
    const { cost, pageSize, atMs } = this.#last;
    const { currentlyAvailable, restoreRate } = cost.throttleStatus;
    const expected = (cost.requestedQueryCost / pageSize) * this.pageSize;
    const missing = Math.min(expected, COST_WANTED) - currentlyAvailable;
    const leftMs = (missing / restoreRate) * 1000 - (nowMs - atMs);
    return leftMs <= 0 ? 0 : Math.ceil(leftMs) + MARGIN_MS;
  }

  /** After a query that was throttled; never nothing, or it would be asked in a circle. */
  waitAfterThrottledMs(nowMs: number): number {
    return this.#last ? Math.max(50, this.waitMs(nowMs)) : WAIT_UNKNOWN_MS;
  }
}
