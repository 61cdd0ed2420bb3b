/**
 * BullMQ's Worker with guards. A job's data is passed on as text: text that is not JSON would fail inside BullMQ, and the job
 * would stall again and again. No job ends before Redis knows that it is settled, and none goes to the failed set. When Redis
 * refuses, BullMQ's steps wait before they try again, as ours do; BullMQ alone would repeat them without a pause.
 *
 * Stall recovery, waiting for jobs and graceful closing are BullMQ's. Locks are renewed by job-locks.ts.
 */
import { type Job, type JobJson, type Processor, type Telemetry, Worker } from 'bullmq';
import { allowWhenFull, endOnlyWhenSettled, SETTLING_FIELD } from '../queue/bullmq-commands.js';
import { CONVERSIONS_QUEUE, prefixOf } from '../queue/queue.js';
import { BLOCK_MAX_SECONDS, type RedisConnection } from '../redis/connect.js';
import type { RedisTrouble } from '../redis/trouble.js';

/** A job may stall any number of times: BullMQ's own limit of 1 would send it to the failed set. */
const STALLS_ALLOWED = 1_000_000_000;
/** Pause after a failed call to Redis. BullMQ's own 15 s would be longer than a failover takes. */
const TRY_AGAIN_MS = 1_000;

/** BullMQ's steps of the main loop and of the check for stalled jobs: a stop does not wait for them. */
const GIVEN_UP_AT_STOP = new Set(['moveToActive', 'moveStalledJobsToWait']);
/** BullMQ's steps that a job waits for: if one fails, BullMQ tries to move the job to its failed set. */
const NEVER_GIVEN_UP = new Set(['moveToFinished', 'moveToDelayed', 'moveJobFromActiveToWait']);

export interface ConversionWorkerOptions {
  readonly connection: RedisConnection;
  readonly concurrency: number;
  /** How long a lost worker's jobs stay locked, ms. */
  readonly lockMs: number;
  readonly stalledCheckMs: number;
  /** BullMQ's hook for tracing; absent for none. */
  readonly telemetry?: Telemetry | undefined;
  readonly trouble: RedisTrouble;
}

export class ConversionWorker extends Worker {
  readonly #trouble: RedisTrouble;
  readonly #connection: RedisConnection;
  #isPrepared = false;
  readonly #stop = new AbortController();
  #failedWaits = 0;

  constructor(account: string, processor: Processor, options: ConversionWorkerOptions) {
    super(CONVERSIONS_QUEUE, processor, {
      connection: options.connection,
      prefix: prefixOf(account),
      concurrency: options.concurrency,
      lockDuration: options.lockMs,
      stalledInterval: options.stalledCheckMs,
      maxStalledCount: STALLS_ALLOWED,
      removeOnComplete: { count: 0 },
      drainDelay: BLOCK_MAX_SECONDS,
      runRetryDelay: TRY_AGAIN_MS,
      autorun: false,
      // See job-locks.ts.
      skipLockRenewal: true,
      ...(options.telemetry && { telemetry: options.telemetry }),
    });
    this.#trouble = options.trouble;
    this.#connection = options.connection;
  }

  /**
   * Resolves when jobs can be taken. From then on jobs are also taken from a full Redis, and end only when settled. BullMQ calls
   * this for every job that ends: loading its scripts each time took 80 µs a job.
   */
  override async waitUntilReady(): Promise<void> {
    await super.waitUntilReady();
    if (this.#isPrepared) return;
    this.#isPrepared = true;
    endOnlyWhenSettled(this.#connection);
    allowWhenFull(this.#connection, this.backend.redisVersion);
  }

  override close(force?: boolean): Promise<void> {
    this.#stop.abort();
    return super.close(force);
  }

  /** A connection without an answer for longer is closed (redis.ts). */
  override get maximumBlockTimeout(): number {
    return BLOCK_MAX_SECONDS;
  }

  protected override createBackend(): void {
    super.createBackend();
    const { backend } = this;
    const send = backend.execCommand.bind(backend);
    backend.execCommand = (client, command, args) => {
      if (NEVER_GIVEN_UP.has(command)) {
        const sent = this.#trouble.until(command, () => send(client, command, args));
        return command === 'moveToFinished' ? sent.then(withSettling) : sent;
      }
      if (!GIVEN_UP_AT_STOP.has(command)) return send(client, command, args);
      const sent = this.#trouble.until(command, () => send(client, command, args), this.#stop.signal);
      return command === 'moveToActive' ? sent.then(withSettling) : sent;
    };
    const waitForJob = backend.waitForJob.bind(backend);
    backend.waitForJob = async (timeoutSeconds) => {
      try {
        const marker = await waitForJob(timeoutSeconds);
        this.#failedWaits = 0;
        this.#trouble.noteSuccess('waitForJob');
        return marker;
      } catch (error) {
        // BullMQ reconnects before it waits again; we only add the pause.
        this.#failedWaits += 1;
        if (!this.#stop.signal.aborted) {
          await this.#trouble.waitAfter('waitForJob', error, this.#failedWaits, this.#stop.signal);
        }
        throw error;
      }
    };
  }

  protected override createJob(data: JobJson, jobId: string): Job {
    const job = super.createJob({ ...data, data: 'null', returnvalue: 'null' }, jobId);
    job.data = data.data;
    job.returnvalue = data.returnvalue;
    return job;
  }
}

/** The name of the job's last settling at the moment when it was taken here; '' for none. */
export function settlingOf(job: Job): string {
  return String(job.returnvalue);
}

/**
 * BullMQ passes on only the fields of a job's hash that it knows. The name of the last settling must be read in the same step as
 * the data. So it is passed on as the return value, which an unfinished job does not have.
 *
 * @param taken fields and values of the next job, in turn, and more; or anything else if there is no job
 */
function withSettling(taken: unknown): unknown {
  const fields: unknown = Array.isArray(taken) ? taken[0] : undefined;
  if (!Array.isArray(fields)) return taken;
  let settling: unknown = '';
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === SETTLING_FIELD) settling = fields[at + 1];
  // If a field occurs twice, BullMQ takes the last one.
  fields.push('returnvalue', settling);
  return taken;
}
