/** The runs that a worker holds: how many events and jobs, since when, and which run of a job is the newest. */
import type { JobRun } from './job-run.js';

export class HeldRuns implements Iterable<JobRun> {
  readonly #runs = new Set<JobRun>();
  readonly #newest = new Map<string, JobRun>();
  #events = 0;

  get events(): number {
    return this.#events;
  }

  get jobs(): number {
    return this.#runs.size;
  }

  /** @returns an earlier run of the same job that is still held: BullMQ gave the job out again, so that run has lost it */
  add(run: JobRun): JobRun | undefined {
    const earlier = this.#newest.get(run.jobId);
    this.#runs.add(run);
    this.#newest.set(run.jobId, run);
    this.#events += run.eventCount;
    return earlier;
  }

  remove(run: JobRun): void {
    if (!this.#runs.delete(run)) return;
    if (this.#newest.get(run.jobId) === run) this.#newest.delete(run.jobId);
    this.#events -= run.eventCount;
  }

  /** Age of the oldest run, seconds; 0 for none. Runs are in the order of their start. */
  oldestSeconds(now: number = performance.now()): number {
    for (const { startedAt } of this.#runs) return Math.max(0, now - startedAt) / 1000;
    return 0;
  }

  [Symbol.iterator](): Iterator<JobRun> {
    return this.#runs.values();
  }
}
