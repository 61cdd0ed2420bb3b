/**
 * Reconciles one account's shop, one pass at a time.
 *
 * A requested pass reads the given period. Passes of a service start where the last one ended, with an overlap for
 * clocks that differ and for changes that a shop shows late. So a service that was stopped catches up. Orders that have
 * become too old to be sent are not read, and this is logged.
 */
import type { MappingContext } from '../mapping/context.js';
import { withCall } from '../mapping/context.js';
import type { AcceptOptions } from '../producer/accept.js';
import type { EventWriter } from '../producer/event-writer.js';
import { keysOf } from '../queue/queue.js';
import { redisNowMs } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import type { AccountShop } from '../settings/shop-settings.js';
import { openShop } from '../shops/open-shop.js';
import { eventStatesOf } from './event-states.js';
import { OrderRecords } from './order-records.js';
import { type ReconcileCounts, runPass } from './pass.js';
import { Progress } from './progress.js';

/** Clocks of shops differ by seconds, and Shopify's search shows changes up to minutes late. */
const OVERLAP_MS = 30 * 60_000;
/** A webhook takes seconds. A later one is a repetition, and its order is already known by then. */
const WEBHOOK_TAKES_MS = 2 * 60_000;

export interface PassReport extends ReconcileCounts {
  readonly source: AccountShop['access']['source'];
  readonly account: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

export interface ReconcilerOptions {
  readonly shop: AccountShop;
  readonly connection: RedisConnection;
  readonly writer: EventWriter;
  readonly accepting: AcceptOptions;
  readonly contextAt: (nowMs: number) => MappingContext;
  readonly knownForMs: number;
  readonly maxEventAgeMs: number;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: ((counts: ReconcileCounts) => void) | undefined;
  /** Orders before this time are too old to be sent. */
  readonly onTooOld: (beforeMs: number) => void;
}

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #progress: Progress;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#progress = new Progress(options.shop.account, options.shop.access.source, options.connection);
  }

  /**
   * Reads the orders that changed from this long ago until now.
   *
   * @throws ShopError, NotEnqueuedError, ReconcileBusyError, and Redis's errors
   */
  look(backMs: number): Promise<PassReport> {
    return this.#alone(async (nowMs) => {
      const oldestMs = nowMs - this.#options.maxEventAgeMs;
      if (nowMs - backMs < oldestMs) this.#options.onTooOld(oldestMs);
      const report = await this.#pass({ sinceMs: nowMs - backMs, untilMs: Number.POSITIVE_INFINITY });
      const until = await this.#progress.until();
      // There is no gap only if it starts before the end of the last pass.
      const isWhole = until === undefined || nowMs - backMs <= until;
      if (isWhole && !this.#options.isDryRun) await this.#progress.note(nowMs, nowMs);
      return report;
    });
  }

  /**
   * Continues where the last pass ended. If there was none, it looks back this long.
   *
   * @throws as `look`
   */
  goOn(backMs: number): Promise<PassReport> {
    return this.#alone(async (nowMs) => {
      const until = await this.#progress.until();
      const wantedMs = until === undefined ? nowMs - backMs : until - OVERLAP_MS;
      const oldestMs = nowMs - this.#options.maxEventAgeMs;
      if (wantedMs < oldestMs) this.#options.onTooOld(oldestMs);
      const untilMs = nowMs - WEBHOOK_TAKES_MS;
      const report = await this.#pass({ sinceMs: Math.max(wantedMs, oldestMs), untilMs });
      if (!this.#options.isDryRun) await this.#progress.note(untilMs, nowMs);
      return report;
    });
  }

  async #alone(pass: (nowMs: number) => Promise<PassReport>): Promise<PassReport> {
    const { connection, signal, shop } = this.#options;
    return this.#progress.alone(signal, async () => pass(await redisNowMs(connection, keysOf(shop.account).reconcile)));
  }

  async #pass(period: { readonly sinceMs: number; readonly untilMs: number }): Promise<PassReport> {
    const { shop, connection, writer, accepting, contextAt, knownForMs, isDryRun, signal, onProgress } = this.#options;
    const { account, access, consent } = shop;
    const { source } = access;
    const startedAt = performance.now();
    const startMs = await redisNowMs(connection, keysOf(account).reconcile);
    const client = openShop(access);
    try {
      const counts = await runPass(
        {
          account,
          shop: client,
          statesOf: (ids) => eventStatesOf(account, connection, ids),
          records: new OrderRecords({ account, source, connection, isDryRun }),
          writer,
          accepting,
          contextNow: () => withCall(contextAt(startMs + performance.now() - startedAt), { consent }),
          knownForMs,
          isDryRun,
          signal,
          onProgress,
        },
        period,
      );
      return { source, account, since: new Date(period.sinceMs).toISOString(), ...counts };
    } finally {
      await client.close();
    }
  }
}
