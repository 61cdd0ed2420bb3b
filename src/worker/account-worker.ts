/**
 * The worker of one account. It takes jobs (job-taker.ts), gathers their events into batches (outgoing-batches.ts) and delivers
 * the batches (deliver.ts: claim, authorize, send, interpret, settle).
 *
 * Lifecycle: `start` resolves when the worker takes jobs, `stop` when it holds none. Both are idempotent.
 */
import { randomBytes } from 'node:crypto';
import { ConversionsClient } from '../amazon/client.js';
import { JobRecorder } from '../queue/job-recorder.js';
import { DEAD_LETTERS_QUEUE, keysOf } from '../queue/queue.js';
import type { RedisClock } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import { RedisTrouble } from '../redis/trouble.js';
import type { Account } from '../settings/accounts.js';
import { maxEventAgeHoursOf } from '../settings/by-wire.js';
import { claimLeaseMs } from '../settings/config.js';
import { dedupeWindowOf } from '../settings/dedupe-window.js';
import { type Settings } from '../settings/settings-schema.js';
import type { Logger } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import type { Receipts } from '../telemetry/receipts/receipts.js';
import type { Tracing } from '../telemetry/tracing/tracing.js';
import { AccountTokens } from './account-tokens.js';
import { BatchClaims } from './claim-batch.js';
import { Delivery } from './deliver.js';
import { isDoneWithin } from './done-within.js';
import { Gate } from './gate.js';
import { Interpreter } from './interpret.js';
import { CUT_OFF_MS, JobTaker, type JobTakerOptions } from './job-taker.js';
import { OutgoingBatches } from './outgoing-batches.js';
import { Sender } from './send.js';
import { Settler } from './settle.js';

export interface AccountWorkerOptions extends Pick<JobTakerOptions, 'lock'> {
  readonly account: Account;
  readonly settings: Settings;
  readonly connection: RedisConnection;
  readonly clock: RedisClock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly tracing?: Tracing | undefined;
  /** Absent: no receipts are written. */
  readonly receipts?: Receipts | undefined;
}

export class AccountWorker {
  readonly #stopping = new AbortController();
  readonly #client: ConversionsClient;
  readonly #deadLetters: JobRecorder;
  readonly #batches: OutgoingBatches;
  readonly #jobs: JobTaker;
  readonly #tokens: AccountTokens;
  #stopped: Promise<boolean> | undefined;

  constructor(options: AccountWorkerOptions) {
    const { account, settings, connection, metrics, log } = options;
    const tag = randomBytes(4).toString('hex');
    const trouble = new RedisTrouble({ log, labels: { account: account.name }, connection });
    const backOff = { baseMs: settings.RETRY_BASE_DELAY_MS, maxMs: settings.RETRY_MAX_DELAY_MS };
    this.#client = new ConversionsClient(account, settings.REQUEST_TIMEOUT_MS, settings.BATCHES_IN_FLIGHT);
    this.#tokens = new AccountTokens(options);
    this.#deadLetters = new JobRecorder(account.name, DEAD_LETTERS_QUEUE, connection);
    const common = { ...options, account: account.name, keys: keysOf(account.name), trouble, backOff };
    const maxEventAgeHours = maxEventAgeHoursOf(settings, account.wire);
    const window = dedupeWindowOf(settings, maxEventAgeHours);
    const claims = {
      leaseMs: claimLeaseMs(settings),
      windowMs: window.longestMs,
      requestIntervalMs: settings.MAX_REQUESTS_PER_SECOND ? 1000 / settings.MAX_REQUESTS_PER_SECOND : 0,
    };
    const settler = new Settler({ ...common, window, leaseMs: claims.leaseMs, deadLetters: this.#deadLetters });
    const gate = new Gate(connection, common.keys, backOff, this.#stopping.signal);
    const delivery = new Delivery({
      ...common,
      gate,
      claims: new BatchClaims({
        ...common,
        gate,
        claims,
        maxEventAgeHours: maxEventAgeHoursOf(settings, account.wire),
      }),
      tokens: this.#tokens.tokens,
      sender: new Sender({ ...common, client: this.#client }),
      interpreter: new Interpreter({
        ...common,
        gate,
        maxAttempts: settings.RETRY_MAX_ATTEMPTS,
        refusedBatchesBeforeHold: settings.REFUSED_BATCHES_BEFORE_HOLD,
      }),
      settler,
      stopping: this.#stopping.signal,
    });
    const { wire } = this.#client;
    this.#batches = new OutgoingBatches({
      ...common,
      limits: {
        maxEvents: settings.BATCH_MAX_EVENTS,
        maxBytes: settings.BATCH_MAX_BYTES,
        lingerMs: settings.BATCH_LINGER_MS,
        emptyBodyBytes: Buffer.byteLength(wire.bodyStart + wire.bodyEnd),
      },
      inFlightMax: settings.BATCHES_IN_FLIGHT,
      tag,
      delivery,
    });
    metrics.batchMaxEvents.set({ account: account.name }, settings.BATCH_MAX_EVENTS);
    this.#jobs = new JobTaker({ ...common, account, wire, tag, settler, batches: this.#batches });
  }

  async start(): Promise<void> {
    await this.#jobs.start();
    this.#tokens.noteConsent();
  }

  /**
   * Takes no more jobs, sends the gathered events and gives back what must wait, all within SHUTDOWN_TIMEOUT_MS.
   *
   * @returns false if the time was too short: the jobs still held stay locked in Redis until another worker takes them over
   */
  stop(): Promise<boolean> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<boolean> {
    this.#stopping.abort();
    this.#batches.drain();
    const isGraceful = await this.#jobs.stop();
    await isDoneWithin(CUT_OFF_MS, Promise.all([this.#deadLetters.close(), this.#client.close(), this.#tokens.idle()]));
    return isGraceful;
  }
}
