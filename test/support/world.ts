/**
 * A world for one test: its own account in the real Redis, the sandbox on a free port, and our parts between them.
 *
 * `close` closes everything that a world opened and deletes its keys. A test that forgets it makes the run fail.
 */
import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { Queue } from 'bullmq';
import { pino } from 'pino';
import { expect, vi } from 'vitest';
import { deleteKeys } from '../../dev/demo/clean-up.js';
import type { DeadLetter } from '../../src/dead-letters/letter.js';
import { LetterStore } from '../../src/dead-letters/store.js';
import type { ConversionEvent } from '../../src/mapping/event.js';
import { EventWriter } from '../../src/producer/event-writer.js';
import { type AccountState, readAccountState } from '../../src/queue/account-state.js';
import type { QueuedEvent } from '../../src/queue/job.js';
import { LedgerWatch } from '../../src/queue/ledger-watch.js';
import { CONVERSIONS_QUEUE, type LedgerField, prefixOf } from '../../src/queue/queue.js';
import { RedisClock } from '../../src/redis/clock.js';
import { connectRedis, type RedisConnection } from '../../src/redis/connect.js';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { type Account, loadAccounts } from '../../src/settings/accounts.js';
import { loadSettings } from '../../src/settings/config.js';
import { type Settings } from '../../src/settings/settings-schema.js';
import { fromPino, type Logger } from '../../src/telemetry/log.js';
import { Metrics } from '../../src/telemetry/metrics.js';
import type { Receipts } from '../../src/telemetry/receipts/receipts.js';
import { AccountWorker } from '../../src/worker/account-worker.js';
import { queued } from './events.js';
import { TEST_ACCOUNT } from './leaks.js';

export { metricOf } from './metric-of.js';

/** Long, so that a busy machine does not fail tests: a process needs a second of CPU to start. */
const WITHIN_MS = 45_000;

/** Waits for a condition, with a limit. Its last error explains a failure. */
export function until(condition: () => Promise<void> | void, withinMs: number = WITHIN_MS): Promise<void> {
  return vi.waitFor(condition, { timeout: withinMs, interval: 15 });
}

export class World {
  readonly account = `${TEST_ACCOUNT}${randomBytes(4).toString('hex')}`;
  readonly sandbox: Sandbox;
  readonly connection: RedisConnection;
  /** Every log line that our parts wrote. */
  readonly logLines: string[] = [];
  readonly log: Logger;
  sandboxUrl = '';
  /** Passed to workers that start later. */
  receipts: Receipts | undefined;
  #environment: Record<string, string>;
  #workers: AccountWorker[] = [];
  #connections: RedisConnection[] = [];
  readonly writer: EventWriter;

  constructor(environment: Record<string, string> = {}) {
    this.#environment = environment;
    this.sandbox = new Sandbox({ indexBase: 1 });
    this.connection = this.connect('capi-test');
    this.writer = new EventWriter({ account: this.account, connection: this.connection, eventsPerJob: 100 });
    const sink = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.logLines.push(chunk.toString());
        done();
      },
    });
    this.log = fromPino(pino({ level: 'debug' }, sink));
  }

  static async open(environment: Record<string, string> = {}): Promise<World> {
    const world = new World(environment);
    world.sandboxUrl = await world.sandbox.start();
    return world;
  }

  get settings(): Settings {
    return loadSettings(this.environment);
  }

  get environment(): Record<string, string> {
    return {
      REDIS_URL: process.env['REDIS_URL'] ?? '',
      AMAZON_ADS_ENDPOINT: this.sandboxUrl,
      LWA_TOKEN_URL: `${this.sandboxUrl}/auth/o2/token`,
      AMAZON_ADS_PROFILE_ID: '1234567890',
      AMAZON_ADS_ACCOUNT_ID: '987654321',
      LWA_CLIENT_ID: 'client',
      LWA_CLIENT_SECRET: 'lwa-secret-canary',
      LWA_REFRESH_TOKEN: 'lwa-refresh-canary',
      BATCH_LINGER_MS: '30',
      RETRY_BASE_DELAY_MS: '20',
      RETRY_MAX_DELAY_MS: '200',
      ...this.#environment,
    };
  }

  get advertiser(): Account {
    const [account] = loadAccounts(this.settings, this.environment);
    if (!account) throw new Error('no account');
    return { ...account, name: this.account };
  }

  connect(name: string): RedisConnection {
    const connection = connectRedis(this.environment['REDIS_URL'] ?? '', 'patient', name);
    connection.on('error', () => undefined);
    this.#connections.push(connection);
    return connection;
  }

  /** Measured once: a test that changes the process's clock after that sees what a measured worker does. */
  async clock(): Promise<RedisClock> {
    const clock = new RedisClock({ connection: this.connection, log: this.log });
    await clock.measure();
    return clock;
  }

  /** A worker like the command's, with its own metrics and short locks. */
  async startWorker(
    overrides: Partial<Account> = {},
    lockMs = 4_000,
  ): Promise<{ worker: AccountWorker; metrics: Metrics }> {
    const metrics = new Metrics([this.account]);
    const worker = new AccountWorker({
      account: { ...this.advertiser, ...overrides },
      settings: this.settings,
      connection: this.connect('capi-worker'),
      clock: await this.clock(),
      metrics,
      log: this.log,
      receipts: this.receipts,
      lock: { lockMs, stalledCheckMs: 300 },
    });
    this.#workers.push(worker);
    await worker.start();
    return { worker, metrics };
  }

  /** No more jobs are taken. */
  async stopWorkers(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.stop()));
  }

  async enqueue(events: readonly ConversionEvent[], overrides: Partial<QueuedEvent> = {}): Promise<void> {
    await this.writer.write(events.map((event) => queued(event, overrides)));
  }

  /** What is needed to collect the account's metrics. */
  watched(metrics: Metrics): { connection: RedisConnection; watches: ReadonlyMap<string, LedgerWatch> } {
    const { account, connection, log } = this;
    return { connection, watches: new Map([[account, new LedgerWatch({ account, connection, metrics, log })]]) };
  }

  state(): Promise<AccountState> {
    return readAccountState(this.account, this.connection);
  }

  async letters(): Promise<DeadLetter[]> {
    const store = new LetterStore(this.account, this.connection);
    const letters: DeadLetter[] = [];
    for await (const letter of store.find({})) letters.push(letter);
    return letters;
  }

  /** Ids that the sandbox accepted, each as often as it counts. */
  countedIds(): string[] {
    return this.sandbox.received.list().flatMap(({ id, counted }) => Array.from({ length: counted }, () => id));
  }

  /** Waits until nothing is queued, then requires that the ledger balances and BullMQ's own sets are empty. */
  async untilSettled(expected: Partial<Record<LedgerField, number>> = {}, withinMs?: number): Promise<void> {
    await until(async () => {
      const { ledger, queuedEvents, jobs } = await this.state();
      expect({ ...ledger, queuedEvents }).toMatchObject({ ...expected, queuedEvents: 0 });
      expect(jobs).toEqual({ waiting: 0, active: 0, delayed: 0, prioritized: 0, failed: 0 });
    }, withinMs);
  }

  /** A stock BullMQ queue on the account's jobs, as another program's producer would open it. */
  async withQueue<T>(use: (queue: Queue) => Promise<T>): Promise<T> {
    const queue = new Queue(CONVERSIONS_QUEUE, { connection: this.connection, prefix: prefixOf(this.account) });
    try {
      return await use(queue);
    } finally {
      await queue.close();
    }
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.writer.close();
    await deleteKeys(this.connection, prefixOf(this.account));
    for (const connection of this.#connections) connection.disconnect();
    await this.sandbox.stop();
  }
}
