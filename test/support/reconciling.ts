/** A shop with orders and webhooks, some of them lost, and reconcilers for the account of a world. */
import type { Platform } from '../../dev/shops/shops.js';
import { signedHeaders } from '../../dev/shops/webhooks.js';
import type { MappingContext } from '../../src/mapping/context.js';
import { EventWriter } from '../../src/producer/event-writer.js';
import { keysOf } from '../../src/queue/queue.js';
import { Reconciler } from '../../src/reconcile/reconciler.js';
import { RedisTrouble } from '../../src/redis/trouble.js';
import type { ShopAccess } from '../../src/settings/shop-settings.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { Door, SECRETS } from './door.js';
import { contextAt } from './events.js';
import { TestShops } from './shops.js';
import { changed, payloadOf } from './source-payloads.js';
import type { World } from './world.js';

type Json = Record<string, unknown>;

const HOUR_MS = 3_600_000;
const TEMPLATES = { shopify: 'de-guest-paid', woocommerce: 'fr-updated', stripe: 'us-paid' } as const;

/** An order as the platform's webhook sends it. @param id a number, which each platform formats in its own way */
export function orderPayload(platform: Platform, id: number, createdMs: number, changes: Json = {}): Json {
  const iso = new Date(createdMs).toISOString();
  const times = {
    shopify: { id, name: `#${id}`, created_at: iso, processed_at: iso },
    woocommerce: { id, number: String(id), date_created_gmt: iso.slice(0, 19), date_paid_gmt: iso.slice(0, 19) },
    stripe: {
      id: `evt_${id}`,
      created: Math.floor(createdMs / 1000),
      'data.object.id': `cs_live_${id}`,
      'data.object.created': Math.floor(createdMs / 1000),
    },
  };
  return changed(payloadOf(platform, TEMPLATES[platform]), { ...times[platform], ...changes });
}

/** The dedupe id that the mapper derives. */
export function eventIdOf(platform: Platform, id: number): string {
  return `${platform}:OFF_AMAZON_PURCHASES:${platform === 'stripe' ? `cs_live_${id}` : id}`;
}

interface Choices {
  readonly isDryRun?: boolean;
  readonly knownForMs?: number;
  readonly maxEventAgeMs?: number;
  readonly context?: Partial<MappingContext>;
  readonly writer?: EventWriter;
}

export class Reconciling {
  readonly shops: TestShops;
  readonly door: Door;
  readonly platform: Platform;
  readonly metrics: Metrics;
  /** The limits before which orders are too old, as passes reported them. */
  readonly tooOld: number[] = [];
  readonly #world: World;
  readonly #writers: EventWriter[] = [];

  private constructor(world: World, platform: Platform, shops: TestShops, door: Door) {
    this.#world = world;
    this.platform = platform;
    this.shops = shops;
    this.door = door;
    this.metrics = new Metrics([world.account], 'reconcile');
  }

  static async open(world: World, platform: Platform): Promise<Reconciling> {
    const shops = await TestShops.open({ shopify: { bucket: { maximum: 1e6, restoreRate: 1e6 } } });
    return new Reconciling(world, platform, shops, await Door.open(world));
  }

  /** A customer orders: the shop has the order. */
  order(id: number, changes: Json = {}, createdMs = Date.now() - HOUR_MS): Json {
    const payload = orderPayload(this.platform, id, createdMs, changes);
    this.shops.shops.put(this.platform, payload, Date.now());
    return payload;
  }

  /** The webhook of an order arrives. Webhooks that are not sent are lost. */
  async deliver(payload: Json): Promise<number> {
    const body = JSON.stringify(payload);
    const path = `/v1/webhooks/${this.platform}?account=${this.#world.account}`;
    const { status } = await this.door.send(path, body, signedHeaders(this.platform, body, SECRETS[this.platform]));
    return status;
  }

  reconciler({
    isDryRun = false,
    knownForMs = 168 * HOUR_MS,
    maxEventAgeMs = 168 * HOUR_MS,
    context,
    writer,
  }: Choices = {}) {
    const { account, connection, log } = this.#world;
    const own = writer ?? this.writer();
    return new Reconciler({
      shop: { account, access: this.#access(), consent: undefined, every: undefined },
      connection,
      writer: own,
      accepting: {
        metrics: this.metrics,
        trouble: new RedisTrouble({ log }),
      },
      contextAt: (nowMs) => contextAt(nowMs, context),
      knownForMs,
      maxEventAgeMs,
      isDryRun,
      signal: new AbortController().signal,
      onTooOld: (beforeMs) => this.tooOld.push(beforeMs),
    });
  }

  writer(): EventWriter {
    const { account, connection } = this.#world;
    const writer = new EventWriter({ account, connection, eventsPerJob: 100 });
    this.#writers.push(writer);
    return writer;
  }

  /** The totals of all passes in Redis. */
  async totals(): Promise<{ orders: number; enqueued: number }> {
    const kept = await this.#world.connection.hgetall(keysOf(this.#world.account).reconcile);
    const numberOf = (field: string) => Number(kept[`${this.platform}:${field}`] ?? 0);
    return { orders: numberOf('orders'), enqueued: numberOf('enqueued') };
  }

  async close(): Promise<void> {
    await this.shops.close();
    await this.door.close();
    for (const writer of this.#writers) await writer.close();
  }

  #access(): ShopAccess {
    const { url } = this.shops;
    switch (this.platform) {
      case 'shopify':
        return {
          source: 'shopify',
          url,
          version: '2026-10',
          dedupeId: 'id',
          credentials: {
            kind: 'client',
            clientId: 'client-of-the-shop',
            readClientSecret: () => 'shpss_secret-of-the-shop',
          },
        };
      case 'woocommerce':
        return {
          source: 'woocommerce',
          url,
          consumerKey: 'ck_of-the-shop',
          readConsumerSecret: () => 'cs_secret-of-the-shop',
        };
      case 'stripe':
        return { source: 'stripe', url, readApiKey: () => 'rk_live_of-the-shop' };
      default:
        return this.platform satisfies never;
    }
  }
}

export { HOUR_MS };
