/**
 * BullMQ's Worker with two guards: a job's data is handed on as the text it is, because text that is not JSON would fail
 * inside BullMQ, where it would stall for ever; and no job ever ends in BullMQ's failed set.
 *
 * Stall recovery, waiting for jobs and graceful closing are BullMQ's; locks are renewed by job-locks.ts.
 */
import { type Job, type JobJson, type Processor, type Telemetry, Worker } from 'bullmq';
import { CONVERSIONS_QUEUE, prefixOf } from '../queue.js';
import { BLOCK_MAX_SECONDS, type RedisConnection } from '../redis.js';

/** A job may stall any number of times: BullMQ's own limit of one would send it to the failed set. */
const STALLS_ALLOWED = 1_000_000_000;
/** After a call to Redis that failed; BullMQ's own 15 s would be longer than a failover takes. */
const TRY_AGAIN_MS = 1_000;

export interface ConversionWorkerOptions {
  readonly connection: RedisConnection;
  readonly concurrency: number;
  /** How long a lost worker's jobs stay locked, ms. */
  readonly lockMs: number;
  readonly stalledCheckMs: number;
  /** BullMQ's hook for tracing; absent for none. */
  readonly telemetry?: Telemetry | undefined;
}

export class ConversionWorker extends Worker {
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
  }

  /** A connection that has had no answer for longer is given up (redis.ts). */
  override get maximumBlockTimeout(): number {
    return BLOCK_MAX_SECONDS;
  }

  /**
   * BullMQ asks of what finishing a job returned whether it is below 0. Where that is the next job, JavaScript would first
   * write the whole of it as text, twice, which is most of what the worker would leave to the garbage collector.
   */
  protected override createBackend(): void {
    super.createBackend();
    const { backend } = this;
    const send = backend.execCommand.bind(backend);
    backend.execCommand = (client, command, args) =>
      command === 'moveToFinished' ? send(client, command, args).then(asNoNumber) : send(client, command, args);
  }

  protected override createJob(data: JobJson, jobId: string): Job {
    const job = super.createJob({ ...data, data: 'null' }, jobId);
    job.data = data.data;
    return job;
  }
}

function asNoNumber(result: unknown): unknown {
  return Array.isArray(result) ? Object.assign(result, { [Symbol.toPrimitive]: () => Number.NaN }) : result;
}
