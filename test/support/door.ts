/** An intake of one account on a free port, and calls to it. */

import { EventWriter } from '../../src/producer/event-writer.js';
import { readApiKeys } from '../../src/producer/http/api-keys.js';
import { Intake } from '../../src/producer/http/intake.js';
import { type IntakeOptions } from '../../src/producer/http/route-options.js';
import { RedisClock } from '../../src/redis/clock.js';
import type { RedisConnection } from '../../src/redis/connect.js';
import { WatchedSecret } from '../../src/settings/watched-secret.js';
import { readWebhookFile } from '../../src/settings/webhook-secrets.js';
import type { WebhookSender } from '../../src/settings/webhook-senders.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import { contextAt } from './events.js';
import type { World } from './world.js';

export const SECRETS = {
  shopify: 'secret-of-the-shopify-app',
  woocommerce: 'woo, secret # of 16',
  stripe: 'whsec_of_stripe_16',
};

/** No webhooks are set up. */
export const NO_SENDERS = { shopify: [], woocommerce: [], stripe: [] };

/** @param secrets one a line, as in a file */
export function senderOf(
  { account, log }: Pick<World, 'account' | 'log'>,
  secrets: string,
  more: Partial<WebhookSender> = {},
): WebhookSender {
  const secret = new WatchedSecret<readonly string[]>({
    setting: 'SHOPIFY_WEBHOOK_SECRET',
    text: secrets,
    file: undefined,
    read: readWebhookFile,
    unset: [],
    log,
  });
  return { account, secret, consent: undefined, isCountryFromUrl: false, ...more };
}

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

  constructor(world: World, connection: RedisConnection = world.connection, overrides: Partial<IntakeOptions> = {}) {
    this.account = world.account;
    this.metrics = new Metrics([world.account]);
    const coverage = this.metrics.coverage.of(world.account);
    this.#writer = new EventWriter({ account: world.account, connection, eventsPerJob: 100, coverage });
    this.#intake = new Intake({
      host: '127.0.0.1',
      port: 0,
      apiKeys: () => readApiKeys('shop=the-key-of-the-shop,b3RoZXIga2V5IG9mIDE2IA=='),
      webhookSenders: () => ({
        shopify: [senderOf(world, `${SECRETS.shopify}-old\n${SECRETS.shopify}`)],
        woocommerce: [senderOf(world, SECRETS.woocommerce)],
        stripe: [senderOf(world, SECRETS.stripe)],
      }),
      writers: new Map([[world.account, this.#writer]]),
      contextOf: (_account, nowMs) => contextAt(nowMs, { maxEventAgeHours: 24 * 365 * 10 }),
      clock: new RedisClock({ connection, log: world.log }),
      metrics: this.metrics,
      log: world.log,
      lookUp: { connection, accounts: () => [world.account] },
      ...overrides,
    });
  }

  static async open(world: World, connection?: RedisConnection, overrides?: Partial<IntakeOptions>): Promise<Door> {
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
