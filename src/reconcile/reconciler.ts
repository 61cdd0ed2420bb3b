/**
 * Reconciles one account's shop, a pass at a time.
 *
 * A pass that is asked for looks at the time that it is told. Passes of a service go on where the last one ended, with an
 * overlap for clocks that differ and for changes that a shop shows late; a service that was off catches up by that. What
 * has grown too old to be sent meanwhile is not read any more, and said.
 */
import type { MappingContext } from '../mapping/context.js';
import { withCall } from '../mapping/context.js';
import type { AcceptParts } from '../producer/accept.js';
import type { EventWriter } from '../producer/event-writer.js';
import { keysOf } from '../queue/queue.js';
import { redisNowMs } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import type { AccountShop } from '../settings/shop-settings.js';
import { openShop } from '../shops/open-shop.js';
import { eventStatesOf } from './event-states.js';
import { OrderRecords } from './order-records.js';
import { type PassCounts, runPass } from './pass.js';
import { Progress } from './progress.js';

/** Clocks of shops are off by seconds, and Shopify's search shows changes late by up to minutes. */
const OVERLAP_MS = 30 * 60_000;
/** A webhook takes seconds; one that comes later than this was repeated, and its order is then known already. */
const WEBHOOK_TAKES_MS = 2 * 60_000;

export interface PassReport extends PassCounts {
  readonly source: AccountShop['access']['source'];
  readonly account: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

export interface ReconcilerParts {
  readonly shop: AccountShop;
  readonly connection: RedisConnection;
  readonly writer: EventWriter;
  readonly accepting: AcceptParts;
  readonly contextAt: (nowMs: number) => MappingContext;
  readonly knownForMs: number;
  readonly maxEventAgeMs: number;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: ((counts: PassCounts) => void) | undefined;
  /** Orders of before this time are too old to be sent. */
  readonly onTooOld: (beforeMs: number) => void;
}

export class Reconciler {
  readonly #parts: ReconcilerParts;
  readonly #progress: Progress;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    this.#progress = new Progress(parts.shop.account, parts.shop.access.source, parts.connection);
  }

  /**
   * Looks at the orders that changed in this time up to now.
   *
   * @throws ShopError, NotEnqueuedError, ReconcileBusyError, and Redis's errors
   */
  look(backMs: number): Promise<PassReport> {
    return this.#alone(async (nowMs) => {
      const oldestMs = nowMs - this.#parts.maxEventAgeMs;
      if (nowMs - backMs < oldestMs) this.#parts.onTooOld(oldestMs);
      const report = await this.#pass({ sinceMs: nowMs - backMs, untilMs: Number.POSITIVE_INFINITY });
      const until = await this.#progress.until();
      // Only where it begins before the last one ended, there is no gap behind it.
      const isWhole = until === undefined || nowMs - backMs <= until;
      if (isWhole && !this.#parts.isDryRun) await this.#progress.note(nowMs, nowMs);
      return report;
    });
  }

  /**
   * Goes on where the last pass ended. Where there was none, it looks back this time.
   *
   * @throws as `look`
   */
  goOn(backMs: number): Promise<PassReport> {
    return this.#alone(async (nowMs) => {
      const until = await this.#progress.until();
      const wantedMs = until === undefined ? nowMs - backMs : until - OVERLAP_MS;
      const oldestMs = nowMs - this.#parts.maxEventAgeMs;
      if (wantedMs < oldestMs) this.#parts.onTooOld(oldestMs);
      const untilMs = nowMs - WEBHOOK_TAKES_MS;
      const report = await this.#pass({ sinceMs: Math.max(wantedMs, oldestMs), untilMs });
      if (!this.#parts.isDryRun) await this.#progress.note(untilMs, nowMs);
      return report;
    });
  }

  async #alone(pass: (nowMs: number) => Promise<PassReport>): Promise<PassReport> {
    const { connection, signal, shop } = this.#parts;
    return this.#progress.alone(signal, async () => pass(await redisNowMs(connection, keysOf(shop.account).reconcile)));
  }

  async #pass(period: { readonly sinceMs: number; readonly untilMs: number }): Promise<PassReport> {
    const { shop, connection, writer, accepting, contextAt, knownForMs, isDryRun, signal, onProgress } = this.#parts;
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
