/** A shop as a reconcile sees it, for all platforms: pages of orders in the form of its webhook. */
import type { WebhookPlatform } from '../settings/webhook-senders.js';

export interface ShopOrder {
  /** The order's id at the shop. An order may come twice if it changes during the reading. */
  readonly id: string;
  /** As the platform's webhook would send the order now, so that both give the same event. */
  readonly payload: unknown;
  /** Epoch milliseconds, by the shop's clock. */
  readonly createdMs: number;
  /** When it last changed, in the same unit. */
  readonly changedMs: number;
}

export interface Shop {
  readonly source: WebhookPlatform;
  /**
   * The orders created or changed since then, one page at a time, in no promised order.
   *
   * @throws ShopError if the shop refuses, or cannot be reached after several tries
   */
  listOrders(sinceMs: number, signal: AbortSignal): AsyncGenerator<readonly ShopOrder[]>;
  close(): Promise<void>;
}
