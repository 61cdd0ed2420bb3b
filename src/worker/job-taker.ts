/**
 * Takes an account's jobs from BullMQ. Ends each job, or gives it back, when none of its events is held any more.
 *
 * The limit is in events, not jobs: enough for the batches in flight and one more, so that jobs of one event fill batches as well
 * as jobs of a hundred.
 * Lifecycle: `start` resolves when jobs are taken, `stop` when none is held any more, or some cannot be ended in time.
 */
import { DelayedError, type Job, WaitingError } from 'bullmq';
import type { Wire } from '../amazon/wires/wire.js';
import { type JobContent, readJob } from '../queue/read-job.js';
import type { RedisClock } from '../redis/clock.js';
import type { RedisConnection } from '../redis/connect.js';
import { CONNECTION_STEP, type RedisTrouble } from '../redis/trouble.js';
import type { Account } from '../settings/accounts.js';
import { matchKeyRulesOf } from '../settings/by-wire.js';
import type { Settings } from '../settings/settings-schema.js';
import type { Logger } from '../telemetry/log.js';
import type { Metrics } from '../telemetry/metrics.js';
import { isOfRedis } from '../telemetry/redis-error.js';
import type { Tracing } from '../telemetry/tracing/tracing.js';
import { batchEventsOf } from './batch-events.js';
import { ConversionWorker, settlingOf } from './conversion-worker.js';
import { isDoneWithin } from './done-within.js';
import type { BackOff } from './gate.js';
import { HeldRuns } from './held-runs.js';
import { JobLocks } from './job-locks.js';
import { type JobIdentity, JobRun, type RunState } from './job-run.js';
import type { OutgoingBatches } from './outgoing-batches.js';
import type { Settler } from './settle.js';

const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 5_000;
/** Without Redis nothing can be closed in order; a stop waits no longer than this. */
export const CUT_OFF_MS = 1_000;

export interface JobTakerOptions {
  readonly account: Account;
  readonly wire: Wire;
  readonly settings: Settings;
  readonly connection: RedisConnection;
  readonly clock: RedisClock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly tracing?: Tracing | undefined;
  /** BullMQ's lock and its check for lost ones, ms; shorter in tests only. */
  readonly lock?: { readonly lockMs: number; readonly stalledCheckMs: number } | undefined;
  /** Prefix of the names of runs, unique to this worker. */
  readonly tag: string;
  readonly backOff: BackOff;
  readonly settler: Settler;
  readonly batches: OutgoingBatches;
  readonly trouble: RedisTrouble;
}

export class JobTaker {
  readonly #options: JobTakerOptions;
  readonly #worker: ConversionWorker;
  readonly #runs = new HeldRuns();
  readonly #locks: JobLocks;
  #taken = 0;
  #running: Promise<void> | undefined;

  constructor(options: JobTakerOptions) {
    this.#options = options;
    options.metrics.oldestRun.read(options.account.name, () => this.#runs.oldestSeconds());
    this.#worker = this.#openWorker();
    this.#locks = new JobLocks(this.#worker, this.#runs, options.lock?.lockMs ?? LOCK_MS, options.trouble);
  }

  async start(): Promise<void> {
    await this.#worker.waitUntilReady();
    this.#running ??= this.#worker.run();
    this.#locks.start();
  }

  /**
   * Takes no more jobs, and ends or gives back those that it holds.
   *
   * @returns false if the time was too short: the jobs still held stay locked in Redis until another worker takes them over
   */
  async stop(): Promise<boolean> {
    const { settings, account, connection, log } = this.#options;
    // A worker that holds nothing does not wait for an unavailable Redis; a worker that never ran has nothing to end.
    const isIdle = this.#runs.jobs === 0 && (!this.#running || connection.status !== 'ready');
    const closed = this.#worker.close(isIdle).then(() => this.#running);
    const isDone = await isDoneWithin(isIdle ? CUT_OFF_MS : settings.SHUTDOWN_TIMEOUT_MS, closed);
    const isGraceful = isDone || isIdle;
    if (!isGraceful) {
      log.error('worker.cut_off', { account: account.name, events: this.#runs.events });
      await isDoneWithin(CUT_OFF_MS, this.#worker.close(true));
    }
    this.#locks.stop();
    return isGraceful;
  }

  #openWorker(): ConversionWorker {
    const { account, connection, log, metrics, tracing, lock, trouble } = this.#options;
    const worker = new ConversionWorker(account.name, (job, token) => this.#takeJob(job, token ?? ''), {
      connection,
      concurrency: this.#concurrency(),
      lockMs: lock?.lockMs ?? LOCK_MS,
      stalledCheckMs: lock?.stalledCheckMs ?? STALLED_CHECK_MS,
      telemetry: tracing?.bullmq,
      trouble,
    });
    const labels = { account: account.name };
    worker.on('error', (err) => {
      if (isOfRedis(err)) trouble.noteFailure(CONNECTION_STEP, err);
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
   * @returns the name of the last settling if the job is done: the job ends only if Redis has the same name
   */
  async #takeJob(job: Job, token: string): Promise<string> {
    const { account, log } = this.#options;
    const jobId = job.id ?? '';
    this.#taken += 1;
    const content = this.#read(job, jobId);
    const identity = {
      id: jobId,
      token,
      run: `${this.#options.tag}${this.#taken}`,
      addedAtMs: job.timestamp,
      settling: settlingOf(job),
    };
    const run = openRun(identity, content);
    this.#options.tracing?.keep([run]);
    const state = await this.#carry(run, content);
    switch (state) {
      case 'lost':
        log.warn('job.lost', { account: account.name, jobId });
        throw new DelayedError();
      case 'abandoned':
        return this.#putBack(job, token, this.#options.backOff.baseMs);
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
      // An id is in flight once: this run asks for it only after the lost run's request is answered and remembered.
      earlier?.lose();
      await earlier?.done;
      await this.#passOn(run, content);
    } catch (err) {
      this.#options.log.error('job.fault', { account: this.#options.account.name, jobId: run.jobId, err });
      run.abandonAll();
    }
    const state = await run.done;
    this.#runs.remove(run);
    this.#worker.concurrency = this.#concurrency();
    return state;
  }

  /** Any content of a job is read or kept as unreadable: a throw here would send the job to BullMQ's failed set. */
  #read(job: Job, jobId: string): JobContent {
    const { settings, account, wire, log } = this.#options;
    const text = String(job.data);
    try {
      return readJob(text, job.timestamp, matchKeyRulesOf(settings, account.wire), wire.isStoredForm);
    } catch (err) {
      log.error('job.unreadable', { account: account.name, jobId, err });
      return { kind: 'unreadable', raw: text };
    }
  }

  async #passOn(run: JobRun, content: JobContent): Promise<void> {
    const { settler, batches, wire } = this.#options;
    if (content.kind === 'unreadable') return settler.deadLetterUnreadable(run, [{ place: 0, raw: content.raw }]);
    const events = batchEventsOf(run, content.entries, wire);
    if (content.unreadable.length > 0) await settler.deadLetterUnreadable(run, content.unreadable);
    batches.add(events);
  }

  /** Gives a job with its remaining events back to the queue. A job that is no longer ours is left alone. */
  async #putBack(job: Job, token: string, delayMs: number): Promise<never> {
    try {
      if (delayMs > 0) await job.moveToDelayed(this.#options.clock.dueMs(delayMs), token);
      else await job.moveToWait(token);
    } catch (error) {
      // BullMQ's own errors carry a negative number: the lock or the job is gone, and another run has it.
      if (!(error instanceof Error && 'code' in error && typeof error.code === 'number')) throw error;
    }
    throw delayMs > 0 ? new DelayedError() : new WaitingError();
  }

  #concurrency(): number {
    const { BATCHES_IN_FLIGHT, BATCH_MAX_EVENTS, EVENTS_PER_JOB } = this.#options.settings;
    const room = Math.max(0, (BATCHES_IN_FLIGHT + 1) * BATCH_MAX_EVENTS - this.#runs.events);
    return Math.max(1, this.#runs.jobs + Math.ceil(room / EVENTS_PER_JOB));
  }
}

function openRun(identity: JobIdentity, content: JobContent): JobRun {
  if (content.kind === 'unreadable') return new JobRun(identity, [undefined], false);
  return new JobRun(identity, content.entries, content.isCounted);
}
