/** A shop as a reconcile sees it: whatever the platform, pages of orders in the form of its webhook. */
import type { WebhookPlatform } from '../settings/webhook-senders.js';

export interface ShopOrder {
  /** The order's id at the shop; the same order may come twice while it is changed during the reading. */
  readonly id: string;
  /** As the platform's webhook would send the order now, so that both give one event. */
  readonly payload: unknown;
  /** Epoch milliseconds, by the shop's clock. */
  readonly createdMs: number;
  /** When it last changed, the same. */
  readonly changedMs: number;
}

export interface Shop {
  readonly source: WebhookPlatform;
  /**
   * The orders that were created or changed since then, a page at a time, in no promised order.
   *
   * @throws ShopError where the shop refuses, or cannot be reached after several tries
   */
  listOrders(sinceMs: number, signal: AbortSignal): AsyncGenerator<readonly ShopOrder[]>;
  close(): Promise<void>;
}
