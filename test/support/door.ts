/** An intake of one account on a free port, and calls to it. */
import { Metrics } from '../../src/metrics.js';
import { readApiKeys } from '../../src/producer/api-keys.js';
import { EventWriter } from '../../src/producer/event-writer.js';
import { Intake, type IntakeParts } from '../../src/producer/intake.js';
import type { RedisConnection } from '../../src/redis.js';
import { RedisClock } from '../../src/redis-clock.js';
import { contextAt } from './events.js';
import type { World } from './world.js';

export const SECRETS = { shopify: 'shopify-secret', woocommerce: 'woo-secret', stripe: 'whsec_stripe' };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly accepted?: number;
  readonly rejected?: { index: number; issues: { path: string; message: string }[] }[];
  readonly error?: { code: string; message: string };
}

export class Door {
  readonly metrics: Metrics;
  readonly account: string;
  url = '';
  readonly #intake: Intake;
  readonly #writer: EventWriter;

  constructor(world: World, connection: RedisConnection = world.connection, overrides: Partial<IntakeParts> = {}) {
    this.account = world.account;
    this.metrics = new Metrics([world.account]);
    this.#writer = new EventWriter({ account: world.account, connection, eventsPerJob: 100 });
    this.#intake = new Intake({
      host: '127.0.0.1',
      port: 0,
      apiKeys: () => readApiKeys('shop=the-key-of-the-shop,b3RoZXIga2V5IG9mIDE2IA=='),
      webhookSecrets: {
        shopify: () => ['old-secret', SECRETS.shopify],
        woocommerce: () => [SECRETS.woocommerce],
        stripe: () => [SECRETS.stripe],
      },
      writers: new Map([[world.account, this.#writer]]),
      contextOf: (_account, nowMs) => contextAt(nowMs, { maxEventAgeHours: 24 * 365 * 10 }),
      clock: new RedisClock({ connection, log: world.log }),
      metrics: this.metrics,
      log: world.log,
      ...overrides,
    });
  }

  static async open(world: World, connection?: RedisConnection, overrides?: Partial<IntakeParts>): Promise<Door> {
    const door = new Door(world, connection, overrides);
    door.url = await door.#intake.start();
    return door;
  }

  /** `POST /v1/events` with the key, JSON unless told otherwise. */
  post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}, query = ''): Promise<Answer> {
    const all = { Authorization: 'Bearer the-key-of-the-shop', 'Content-Type': 'application/json', ...headers };
    return this.send(`/v1/events?account=${this.account}${query}`, body, all);
  }

  async send(path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>): Promise<Answer> {
    const response = await fetch(this.url + path, { method: 'POST', headers, body });
    const answer = (await response.json()) as Omit<Answer, 'status' | 'headers'>;
    return { status: response.status, headers: response.headers, ...answer };
  }

  async close(): Promise<void> {
    await this.#intake.stop();
    await this.#writer.close();
  }
}
