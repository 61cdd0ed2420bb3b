/**
 * The worker of one account: takes jobs, gathers their events into batches, delivers, gives back what is left.
 *
 * Lifecycle: `start` resolves when jobs are being taken, `stop` when none is held any more; both idempotent.
 * What it holds is bounded by events, not by jobs: enough for the batches in flight and one more, so that jobs of one
 * event fill batches as well as jobs of a hundred.
 */
import { randomBytes } from 'node:crypto';
import { DelayedError, type Job, type Queue, WaitingError } from 'bullmq';
import { ConversionsClient } from '../amazon/client.js';
import { TokenSource } from '../amazon/token.js';
import { DEAD_LETTERS_QUEUE, keysOf, openQueue } from '../queue/queue.js';
import type { RedisClock } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import { CONNECTION_STEP, RedisTrouble } from '../redis/trouble.js';
import type { Account } from '../settings/accounts.js';
import { matchKeyRulesOf, maxEventAgeHoursOf } from '../settings/by-wire.js';
import { claimLeaseMs, type Settings } from '../settings/config.js';
import { dedupeWindowOf } from '../settings/dedupe-window.js';
import type { Logger } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { isOfRedis } from '../telemetry/redis-error.js';
import { type Tracing, traced } from '../telemetry/tracing/tracing.js';
import { batchEventsOf } from './batch-events.js';
import { type Batch, Batcher } from './batcher.js';
import { claimIds } from './claim.js';
import { ConversionWorker, settlingOf } from './conversion-worker.js';
import { Delivery } from './deliver.js';
import { isDoneWithin } from './done-within.js';
import { eventsOf, runsOf } from './followers.js';
import { type BackOff, Gate } from './gate.js';
import { HeldRuns } from './held-runs.js';
import { JobLocks } from './job-locks.js';
import { type JobIdentity, JobRun, type RunState } from './job-run.js';
import { type JobContent, readJob } from './read-job.js';
import { Sender } from './send.js';
import { Settler } from './settle.js';

const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 5_000;
// With Redis away nothing can be closed in good order; it is not waited for longer than this.
const CUT_OFF_MS = 1_000;

export interface AccountWorkerParts {
  readonly account: Account;
  readonly settings: Settings;
  readonly connection: RedisConnection;
  readonly clock: RedisClock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly tracing?: Tracing | undefined;
  /** BullMQ's lock and its check for lost ones, ms; shorter in tests only. */
  readonly lock?: { readonly lockMs: number; readonly stalledCheckMs: number };
}

export class AccountWorker {
  readonly #parts: AccountWorkerParts;
  readonly #stopping = new AbortController();
  readonly #worker: ConversionWorker;
  readonly #batcher: Batcher;
  readonly #delivery: Delivery;
  readonly #settler: Settler;
  readonly #client: ConversionsClient;
  readonly #deadLetters: Queue;
  readonly #backOff: BackOff;
  readonly #tag = randomBytes(4).toString('hex');
  readonly #ready: Batch[] = [];
  readonly #runs = new HeldRuns();
  readonly #locks: JobLocks;
  readonly #trouble: RedisTrouble;
  #batchesInFlight = 0;
  #counter = 0;
  #running: Promise<void> | undefined;
  #stopped: Promise<boolean> | undefined;

  constructor(parts: AccountWorkerParts) {
    this.#parts = parts;
    const { account, settings, connection, clock, metrics, log, tracing } = parts;
    const keys = keysOf(account.name);
    const labels = { account: account.name };
    const trouble = new RedisTrouble(log, labels);
    this.#trouble = trouble;
    const maxEventAgeHours = maxEventAgeHoursOf(settings, account.wire);
    const window = dedupeWindowOf(settings, maxEventAgeHours);
    const requestIntervalMs = settings.MAX_REQUESTS_PER_SECOND ? 1000 / settings.MAX_REQUESTS_PER_SECOND : 0;
    const claimSettings = { leaseMs: claimLeaseMs(settings), windowMs: window.longestMs, requestIntervalMs };
    this.#backOff = { baseMs: settings.RETRY_BASE_DELAY_MS, maxMs: settings.RETRY_MAX_DELAY_MS };
    this.#client = new ConversionsClient(account, settings.REQUEST_TIMEOUT_MS, settings.BATCHES_IN_FLIGHT);
    this.#deadLetters = openQueue(account.name, DEAD_LETTERS_QUEUE, connection);
    this.#settler = new Settler({
      account: account.name,
      connection,
      keys,
      deadLetters: this.#deadLetters,
      window,
      leaseMs: claimSettings.leaseMs,
      backOff: this.#backOff,
      clock,
      metrics,
      log,
      trouble,
    });
    const tokens = new TokenSource(account, (result, expiresAtMs) => {
      metrics.tokenRefreshes.inc({ ...labels, result });
      if (result === 'ok') metrics.tokenExpiry.set(labels, expiresAtMs / 1000);
      log.info('token.refreshed', { ...labels, reason: result });
    });
    this.#delivery = new Delivery({
      account,
      sender: new Sender({ account: account.name, client: this.#client, metrics, log, tracing }),
      tokens,
      gate: new Gate(connection, keys, this.#backOff, this.#stopping.signal),
      claim: async (events, standing) => {
        const startedAt = performance.now();
        const result = await trouble.until('claim', () =>
          claimIds(connection, keys, events, { ...claimSettings, standing }),
        );
        metrics.redisDuration.observe({ command: 'claim' }, (performance.now() - startedAt) / 1000);
        return result;
      },
      settle: (outcomes) => this.#settler.settle(outcomes),
      settings: {
        maxEventAgeHours,
        maxAttempts: settings.RETRY_MAX_ATTEMPTS,
        refusedBatchesBeforeHold: settings.REFUSED_BATCHES_BEFORE_HOLD,
        backOff: this.#backOff,
      },
      clock,
      metrics,
      log,
      trouble,
      stopping: this.#stopping.signal,
    });
    const { bodyStart, bodyEnd } = this.#client.wire;
    this.#batcher = new Batcher(
      {
        maxEvents: settings.BATCH_MAX_EVENTS,
        maxBytes: settings.BATCH_MAX_BYTES,
        lingerMs: settings.BATCH_LINGER_MS,
        emptyBodyBytes: Buffer.byteLength(bodyStart + bodyEnd),
      },
      (batch) => {
        this.#ready.push(batch);
        this.#deliverReady();
      },
    );
    metrics.batchMaxEvents.set(labels, settings.BATCH_MAX_EVENTS);
    metrics.readOldestRun(account.name, () => this.#runs.oldestSeconds());
    this.#worker = this.#openWorker();
    this.#locks = new JobLocks(this.#worker, this.#runs, parts.lock?.lockMs ?? LOCK_MS, trouble);
  }

  async start(): Promise<void> {
    await this.#worker.waitUntilReady();
    this.#running ??= this.#worker.run();
    this.#locks.start();
  }

  /**
   * Takes no more jobs, sends what is gathered, gives back what must wait, all within SHUTDOWN_TIMEOUT_MS.
   *
   * @returns false where that was not enough: what was held stays locked in Redis until another worker takes it over
   */
  stop(): Promise<boolean> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<boolean> {
    const { settings, account, connection, log } = this.#parts;
    this.#stopping.abort();
    this.#batcher.drain();
    // A worker that holds nothing waits for no Redis that is away, and one that never ran has nothing to end.
    const isIdle = this.#runs.jobs === 0 && (!this.#running || connection.status !== 'ready');
    const closed = this.#worker.close(isIdle).then(() => this.#running);
    const isDone = await isDoneWithin(isIdle ? CUT_OFF_MS : settings.SHUTDOWN_TIMEOUT_MS, closed);
    const isGraceful = isDone || isIdle;
    if (!isGraceful) {
      log.error('worker.cut_off', { account: account.name, events: this.#runs.events });
      await isDoneWithin(CUT_OFF_MS, this.#worker.close(true));
    }
    this.#locks.stop();
    await isDoneWithin(CUT_OFF_MS, Promise.all([this.#deadLetters.close(), this.#client.close()]));
    return isGraceful;
  }

  #openWorker(): ConversionWorker {
    const { account, connection, log, metrics, tracing, lock } = this.#parts;
    const worker = new ConversionWorker(account.name, (job, token) => this.#takeJob(job, token ?? ''), {
      connection,
      concurrency: this.#concurrency(),
      lockMs: lock?.lockMs ?? LOCK_MS,
      stalledCheckMs: lock?.stalledCheckMs ?? STALLED_CHECK_MS,
      telemetry: tracing?.bullmq,
      trouble: this.#trouble,
    });
    const labels = { account: account.name };
    worker.on('error', (err) => {
      if (isOfRedis(err)) this.#trouble.noteFailure(CONNECTION_STEP, err);
      else log.error('worker.fault', { ...labels, err });
    });
    worker.on('stalled', (jobId) => {
      metrics.jobsStalled.inc(labels);
      log.warn('job.stalled', { ...labels, jobId });
    });
    worker.on('failed', (job, err) => log.error('job.failed', { ...labels, ...(job?.id && { jobId: job.id }), err }));
    return worker;
  }

  /**
   * BullMQ's processor. It throws only to say that it moved the job itself.
   *
   * @returns where the job is done, the name of its last settling: it ends only if Redis knows that one
   */
  async #takeJob(job: Job, token: string): Promise<string> {
    const { account, log } = this.#parts;
    const jobId = job.id ?? '';
    this.#counter += 1;
    const content = this.#read(job, jobId);
    const identity = {
      id: jobId,
      token,
      run: `${this.#tag}${this.#counter}`,
      addedAtMs: job.timestamp,
      settling: settlingOf(job),
    };
    const run = openRun(identity, content);
    this.#parts.tracing?.keep([run]);
    const state = await this.#carry(run, content);
    switch (state) {
      case 'lost':
        log.warn('job.lost', { account: account.name, jobId });
        throw new DelayedError();
      case 'abandoned':
        return this.#putBack(job, token, this.#backOff.baseMs);
      case 'running':
        if (run.left.count > 0) return this.#putBack(job, token, run.left.delayMs);
        return run.lastSettling;
      default:
        return state satisfies never;
    }
  }

  /** Holds a run from its beginning to its end. */
  async #carry(run: JobRun, content: JobContent): Promise<RunState> {
    const earlier = this.#runs.add(run);
    this.#worker.concurrency = this.#concurrency();
    try {
      // An id is in flight once: what the lost run has sent is answered and remembered before this one asks for it.
      earlier?.lose();
      await earlier?.done;
      await this.#passOn(run, content);
    } catch (err) {
      this.#parts.log.error('job.fault', { account: this.#parts.account.name, jobId: run.jobId, err });
      run.abandonAll();
    }
    const state = await run.done;
    this.#runs.remove(run);
    this.#worker.concurrency = this.#concurrency();
    return state;
  }

  /** Whatever lies in a job is read or kept as unreadable: a throw here would send it to BullMQ's failed set. */
  #read(job: Job, jobId: string): JobContent {
    const { settings, account, log } = this.#parts;
    const text = String(job.data);
    try {
      return readJob(text, job.timestamp, matchKeyRulesOf(settings, account.wire), this.#client.wire.isStoredForm);
    } catch (err) {
      log.error('job.unreadable', { account: account.name, jobId, err });
      return { kind: 'unreadable', raw: text };
    }
  }

  async #passOn(run: JobRun, content: JobContent): Promise<void> {
    if (content.kind === 'unreadable') return this.#settler.bury(run, [{ place: 0, raw: content.raw }]);
    const events = batchEventsOf(run, content.entries, this.#client.wire);
    if (content.unreadable.length > 0) await this.#settler.bury(run, content.unreadable);
    this.#batcher.add(events);
  }

  /** Gives a job with what is left of it back to the queue; a job that is no longer ours is left alone. */
  async #putBack(job: Job, token: string, delayMs: number): Promise<never> {
    try {
      if (delayMs > 0) await job.moveToDelayed(this.#parts.clock.dueMs(delayMs), token);
      else await job.moveToWait(token);
    } catch (error) {
      // BullMQ's own refusals carry a negative number: the lock or the job is gone, and another run has it.
      if (!(error instanceof Error && 'code' in error && typeof error.code === 'number')) throw error;
    }
    throw delayMs > 0 ? new DelayedError() : new WaitingError();
  }

  #deliverReady(): void {
    while (this.#batchesInFlight < this.#parts.settings.BATCHES_IN_FLIGHT) {
      const batch = this.#ready.shift();
      if (!batch) return;
      this.#batchesInFlight += 1;
      this.#counter += 1;
      void this.#deliver(batch, `${this.#tag}-${this.#counter}`);
    }
  }

  async #deliver(batch: Batch, batchId: string): Promise<void> {
    try {
      const { account, tracing } = this.#parts;
      const attributes = {
        'capi.account': account.name,
        'capi.batch.id': batchId,
        'capi.batch.closed_by': batch.closedBy,
        'capi.events': batch.events.length,
      };
      const span = { name: 'deliver batch', kind: 'internal', attributes, causes: () => runsOf(batch) } as const;
      await traced(tracing, span, () => this.#delivery.deliverBatch(batch, batchId));
      for (const { run, place } of eventsOf(batch)) {
        if (run.isOpen(place)) throw new Error(`job ${run.jobId}: an event of a delivered batch has no outcome`);
      }
    } catch (err) {
      this.#parts.log.error('batch.fault', { account: this.#parts.account.name, batchId, err });
      for (const { run, place } of eventsOf(batch)) {
        if (run.isOpen(place)) {
          run.abandon();
          run.drop(place);
        }
        run.finishIfSettled();
      }
    } finally {
      this.#batchesInFlight -= 1;
      this.#deliverReady();
    }
  }

  #concurrency(): number {
    const { BATCHES_IN_FLIGHT, BATCH_MAX_EVENTS, EVENTS_PER_JOB } = this.#parts.settings;
    const room = Math.max(0, (BATCHES_IN_FLIGHT + 1) * BATCH_MAX_EVENTS - this.#runs.events);
    return Math.max(1, this.#runs.jobs + Math.ceil(room / EVENTS_PER_JOB));
  }
}

function openRun(identity: JobIdentity, content: JobContent): JobRun {
  if (content.kind === 'unreadable') return new JobRun(identity, [undefined], false);
  return new JobRun(identity, content.entries, content.isCounted);
}
