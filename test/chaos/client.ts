/**
 * The client: an order system that records every acknowledged id and sends the others again, as webhooks do. Some
 * requests repeat acknowledged ids with the same content.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { conversionPayload } from '../support/events.js';
import type { Random } from './random.js';

const TRY_AGAIN_MS = 250;
const ANSWER_WITHIN_MS = 4_000;
const MOST_EVENTS = 40;
const MOST_REQUESTS = 8;
const REPEATED_SHARE = 0.1;

const answerSchema = z.object({ accepted: z.number(), rejected: z.array(z.unknown()) });

interface Order {
  readonly id: string;
  readonly payload: object;
}

export class Client {
  /** Acknowledged ids, and when the acknowledgement arrived, epoch milliseconds. */
  readonly acknowledged = new Map<string, number>();
  acknowledgedCount = 0;
  /** Requests that were not acknowledged and were sent again. */
  failures = 0;
  readonly #url: string;
  readonly #random: Random;
  readonly #sent: Order[] = [];
  readonly #isForgetful: boolean;
  readonly #stopping = new AbortController();
  #count = 0;
  #open = 0;
  #mayHurry = false;

  /**
   * @param url the intake's, through a cable
   * @param isForgetful true to keep no ids, so that memory stays flat in a long run
   */
  constructor(url: string, random: Random, { isForgetful = false } = {}) {
    this.#isForgetful = isForgetful;
    this.#url = new URL('/v1/events?source=conversion', url).href;
    this.#random = random;
  }

  /** Sends this many events per second until stopped. Resolves when each was acknowledged. */
  async run(eventsPerSecond: number): Promise<void> {
    const requests = new Set<Promise<void>>();
    const startedAt = performance.now();
    let sent = 0;
    while (!this.#stopping.signal.aborted) {
      const due = ((performance.now() - startedAt) / 1000) * eventsPerSecond;
      if (sent >= due || this.#open >= MOST_REQUESTS) {
        // Events that could not be sent while the intake was down are not sent later.
        if (this.#open >= MOST_REQUESTS) sent = Math.max(sent, due);
        await sleep(10);
        continue;
      }
      const orders = this.#nextOrders();
      sent += orders.length;
      const request = this.#deliver(orders).finally(() => requests.delete(request));
      requests.add(request);
    }
    await Promise.all(requests);
  }

  stop(): void {
    this.#stopping.abort();
    this.#mayHurry = true;
  }

  /** Sends this many new events at once. Resolves when they are acknowledged. */
  async sendMore(count: number): Promise<void> {
    await this.#deliver(Array.from({ length: count }, () => this.#newOrder()));
  }

  #nextOrders(): Order[] {
    return Array.from({ length: this.#random.between(1, MOST_EVENTS) }, () => {
      const repeated = this.#random.next() < REPEATED_SHARE;
      const known = this.#sent[this.#random.between(0, Math.max(0, this.#sent.length - 1))];
      return repeated && known ? known : this.#newOrder();
    });
  }

  #newOrder(): Order {
    this.#count += 1;
    const id = `order-${this.#count}`;
    const order = { id, payload: conversionPayload({ clientDedupeId: id, timestamp: new Date().toISOString() }) };
    // The latest ones are enough for repeats.
    if (this.#isForgetful && this.#sent.length > 1000) this.#sent.splice(0, 500);
    this.#sent.push(order);
    return order;
  }

  async #deliver(orders: readonly Order[]): Promise<void> {
    this.#open += 1;
    while (!(await this.#post(orders))) {
      this.failures += 1;
      await sleep(this.#mayHurry ? 50 : TRY_AGAIN_MS);
    }
    this.acknowledgedCount += orders.length;
    if (!this.#isForgetful) for (const { id } of orders) this.acknowledged.set(id, Date.now());
    this.#open -= 1;
  }

  async #post(orders: readonly Order[]): Promise<boolean> {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { Authorization: 'Bearer the-key-of-the-shop', 'Content-Type': 'application/json' },
        body: JSON.stringify(orders.map(({ payload }) => payload)),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      if (response.status !== 202) {
        await response.text();
        return false;
      }
      const { accepted, rejected } = answerSchema.parse(await response.json());
      if (accepted !== orders.length) throw new Rejected(`${rejected.length} of ${orders.length} events were refused`);
      return true;
    } catch (error) {
      if (error instanceof Rejected) throw error;
      // Disconnected, truncated or too late: it is not known whether the events are in Redis, so they are sent again.
      return false;
    }
  }
}

/** A bug of the harness: its events must be acceptable. */
class Rejected extends Error {}
