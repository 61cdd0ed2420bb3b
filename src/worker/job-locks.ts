/**
 * Renews the locks of the jobs that a worker holds, and finds out which locks are gone.
 *
 * BullMQ can do this itself, but identifies a job only by its id. After a freeze of Redis the same worker may get a job again
 * while its lost run still waits for an answer. When the lost run ended, BullMQ would stop renewing the lock of the new run. Here
 * each run's lock is renewed with its own token while the run is held.
 */
import type { RedisTrouble } from '../redis/trouble.js';
import type { HeldRuns } from './held-runs.js';

const STEP = 'extendLocks';

/** Extends locks in one step: BullMQ's worker. */
interface LockExtender {
  /** @returns ids of the jobs whose lock is gone or belongs to another run */
  extendJobLocks(jobIds: string[], tokens: string[], durationMs: number): Promise<string[]>;
}

export class JobLocks {
  readonly #extender: LockExtender;
  readonly #runs: HeldRuns;
  readonly #lockMs: number;
  readonly #trouble: RedisTrouble;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(extender: LockExtender, runs: HeldRuns, lockMs: number, trouble: RedisTrouble) {
    this.#extender = extender;
    this.#runs = runs;
    this.#lockMs = lockMs;
    this.#trouble = trouble;
  }

  start(): void {
    if (this.#isStopped || this.#timer) return;
    this.#waitForNext();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Renews the locks that are not fresh. A run whose lock is gone becomes lost. */
  async renew(): Promise<void> {
    const before = performance.now() - this.#lockMs / 4;
    const runs = [...this.#runs].filter((run) => run.isOurs && run.startedAt < before);
    if (runs.length === 0) return;
    const ids = runs.map(({ jobId }) => jobId);
    const tokens = runs.map(({ token }) => token);
    try {
      const gone = new Set(await this.#extender.extendJobLocks(ids, tokens, this.#lockMs));
      for (const run of runs) if (gone.has(run.jobId)) run.lose();
      this.#trouble.noteSuccess(STEP);
    } catch (error) {
      // The next turn tries again. It also finds a lock that ended before it.
      this.#trouble.noteFailure(STEP, error);
    }
  }

  #waitForNext(): void {
    this.#timer = setTimeout(() => {
      void this.renew().then(() => {
        if (!this.#isStopped) this.#waitForNext();
      });
    }, this.#lockMs / 4);
  }
}
