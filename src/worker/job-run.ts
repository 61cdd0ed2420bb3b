/**
 * One run of a job by this worker: which of its events are still without an outcome, and what goes back to the queue.
 *
 * A job's events may travel in different batches; the run is done when each has exactly one outcome.
 */
import { type ConversionJob, JOB_VERSION } from '../queue.js';
import { entryText, type HeldEvent } from './held-event.js';

export interface JobIdentity {
  readonly id: string;
  readonly token: string;
  /** Tells this run from every other of the same job. */
  readonly run: string;
  /** When the job was added, epoch milliseconds. */
  readonly addedAtMs: number;
}

const NO_EVENTS = JSON.stringify({ v: JOB_VERSION, isCounted: true, events: [] } satisfies ConversionJob);

export class JobRun {
  readonly jobId: string;
  /** BullMQ's lock token: what shows that this run still holds the job. */
  readonly token: string;
  readonly addedAtMs: number;
  /** Who claims this run's ids in the window. */
  readonly owner: string;
  /** Resolves when every event has its outcome and the job holds just what is left. */
  readonly done: Promise<void>;
  /** True once another run was found to hold the job: nothing of it is ours to change any more. */
  isLost = false;
  /** True once a fault of ours ended the run early. */
  isAbandoned = false;
  /** Whether the ledger knows the job's events; else the first settling counts them. */
  isCounted: boolean;
  readonly #entries: (HeldEvent | undefined)[];
  #open: number;
  #kept = 0;
  #delayMs = 0;
  #settlings = 0;
  #resolve: () => void = () => undefined;

  /** @param entries undefined at the places of entries that cannot be read; those are buried first of all */
  constructor(job: JobIdentity, entries: readonly (HeldEvent | undefined)[], isCounted: boolean) {
    this.jobId = job.id;
    this.token = job.token;
    this.addedAtMs = job.addedAtMs;
    this.owner = `${job.id}/${job.run}`;
    this.isCounted = isCounted;
    this.#entries = [...entries];
    this.#open = entries.length;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    if (this.#open === 0) this.#resolve();
  }

  get eventCount(): number {
    return this.#entries.length;
  }

  /** How many events go back to the queue, and after how long at the earliest. */
  get left(): { readonly count: number; readonly delayMs: number } {
    return { count: this.#kept, delayMs: this.#delayMs };
  }

  /** The event at this place has ended. */
  end(place: number): void {
    this.#entries[place] = undefined;
    this.#open -= 1;
  }

  /** The event at this place goes back to the queue; the job waits for the longest of its delays. */
  keep(place: number, entry: HeldEvent, delayMs: number): void {
    this.#entries[place] = entry;
    this.#kept += 1;
    this.#delayMs = Math.max(this.#delayMs, delayMs);
    this.#open -= 1;
  }

  /** The job's data with what has not ended. */
  data(): string {
    const texts = this.#entries.flatMap((entry, place) => (entry === undefined ? [] : [entryText(entry, place)]));
    return `${NO_EVENTS.slice(0, -2)}${texts.join(',')}]}`;
  }

  /**
   * Names each settling of this run, so that one that is sent twice counts once. By the run and not by the lock token:
   * BullMQ gives the same token to the next run of a job that it takes up again at once.
   */
  nextSettling(): string {
    this.#settlings += 1;
    return `${this.owner}#${this.#settlings}`;
  }

  /** Gives the run up after a fault: its events stay in the job as they are there. */
  abandon(): void {
    this.isAbandoned = true;
    this.#resolve();
  }

  /** Resolves `done` once no event is without an outcome. */
  finishIfSettled(): void {
    if (this.#open < 0) throw new Error(`job ${this.jobId}: an event had two outcomes`);
    if (this.#open === 0) this.#resolve();
  }
}
