/**
 * One run of a job by this worker, from the moment the job is taken until the worker's memory holds none of its events.
 *
 * A job's events may travel in different batches, each batch may be split, and events may follow events of other jobs. The run
 * ends when each of its events has exactly one outcome, even if the job was lost before:
 *
 *   running   --lose-->     lost        another run has the job, or will (the lock is gone, or Redis has an older state of
 *                                       the job): this run may no longer change the job
 *   running   --abandon-->  abandoned   a bug of ours: the job stays as the last settling left it, and goes back
 *   running | lost | abandoned   --the last event gets its outcome-->   ended, and `done` says in which state
 *
 * What holds in each state:
 *   running    an outcome is written into the job: `end` (nothing is left of the event) or `keep` (it goes back)
 *   lost, abandoned   nothing is written into the job. Its events are dropped; those that were sent are dropped when
 *              their answer comes. A delivery still counts as one, and the window remembers it.
 *   ended      the worker forgets the run: its slots are free, its lock is no longer renewed. A stop ends a run in the
 *              same way: events that may no longer be sent are kept.
 */
import { entryText, type HeldEvent } from '../queue/held-event.js';
import { jobText } from '../queue/job.js';

export interface JobIdentity {
  readonly id: string;
  readonly token: string;
  /** Unique among all runs of the same job. */
  readonly run: string;
  /** When the job was added, epoch milliseconds. */
  readonly addedAtMs: number;
  /** Name of the job's last settling when it was taken; '' for none. */
  readonly settling: string;
}

export type RunState = 'running' | 'lost' | 'abandoned';

export class JobRun {
  readonly jobId: string;
  /** BullMQ's lock token: proves that this run still holds the job. */
  readonly token: string;
  readonly addedAtMs: number;
  /** Unique among all runs of the same job. */
  readonly name: string;
  /** The owner of this run's claims in the window. */
  readonly owner: string;
  /** When the run began, by performance.now(), ms. */
  readonly startedAt = performance.now();
  /** Resolves when every event has its outcome, with the state in which the run ended. */
  readonly done: Promise<RunState>;
  /** Whether the ledger has counted the job's events; if not, the first settling counts them. */
  isCounted: boolean;
  #state: RunState = 'running';
  readonly #entries: (HeldEvent | undefined)[];
  /** By place: 1 while the event has no outcome. */
  readonly #isOpen: Uint8Array;
  #open: number;
  #kept = 0;
  #delayMs = 0;
  #settlings = 0;
  #lastSettling: string;
  #resolve: (state: RunState) => void = () => undefined;

  /** @param entries undefined at the places of entries that cannot be read; those become dead letters first */
  constructor(job: JobIdentity, entries: readonly (HeldEvent | undefined)[], isCounted: boolean) {
    this.jobId = job.id;
    this.token = job.token;
    this.addedAtMs = job.addedAtMs;
    this.name = job.run;
    this.owner = `${job.id}/${job.run}`;
    this.isCounted = isCounted;
    this.#lastSettling = job.settling;
    this.#entries = [...entries];
    this.#isOpen = new Uint8Array(entries.length).fill(1);
    this.#open = entries.length;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.finishIfSettled();
  }

  get eventCount(): number {
    return this.#entries.length;
  }

  /** False once this run may no longer change the job. */
  get isOurs(): boolean {
    return this.#state === 'running';
  }

  get isLost(): boolean {
    return this.#state === 'lost';
  }

  /** Whether every event of the job has ended. */
  get isOver(): boolean {
    return this.#open === 0 && this.#kept === 0;
  }

  /** How many events go back to the queue, and the minimum delay. */
  get left(): { readonly count: number; readonly delayMs: number } {
    return { count: this.#kept, delayMs: this.#delayMs };
  }

  /** The event at this place has ended. */
  end(place: number): void {
    this.#close(place);
    this.#entries[place] = undefined;
  }

  /** The event at this place goes back to the queue; the job waits for the longest of its delays. */
  keep(place: number, entry: HeldEvent, delayMs: number): void {
    this.#close(place);
    this.#entries[place] = entry;
    this.#kept += 1;
    this.#delayMs = Math.max(this.#delayMs, delayMs);
  }

  /** The event at this place, of a lost or abandoned run, is no longer in the worker's memory. */
  drop(place: number): void {
    if (this.isOurs) throw new Error(`job ${this.jobId}: an event of a running run was dropped`);
    if (this.isOpen(place)) this.#close(place);
  }

  /** Whether the event at this place has no outcome yet. */
  isOpen(place: number): boolean {
    return this.#isOpen[place] === 1;
  }

  /** The job's data with the events that have not ended. */
  data(): string {
    return jobText(this.#entries.flatMap((entry) => (entry === undefined ? [] : [entryText(entry)])));
  }

  /**
   * Names each settling of this run, so that a settling that is sent twice counts once. The name contains the run and not the
   * lock token: BullMQ gives the same token to the next run of a job that it takes again at once.
   */
  nextSettling(): string {
    this.#settlings += 1;
    this.#lastSettling = `${this.owner}#${this.#settlings}`;
    return this.#lastSettling;
  }

  /**
   * The name of the job's last settling, by this run or an earlier one; '' for none. What the run knows of the job is valid only
   * if Redis has the same name.
   */
  get lastSettling(): string {
    return this.#lastSettling;
  }

  /** Another run holds the job, or the lock has ended. */
  lose(): void {
    if (this.#state === 'running') this.#state = 'lost';
  }

  /** Gives the run up after a bug of ours: its events stay in the job as they are. */
  abandon(): void {
    if (this.#state === 'running') this.#state = 'abandoned';
  }

  /** Gives up a run whose events are in no batch. */
  abandonAll(): void {
    this.abandon();
    for (const place of this.#entries.keys()) this.drop(place);
    this.finishIfSettled();
  }

  /** Resolves `done` once every event has an outcome. */
  finishIfSettled(): void {
    if (this.#open === 0) this.#resolve(this.#state);
  }

  #close(place: number): void {
    if (!this.isOpen(place)) throw new Error(`job ${this.jobId}: an event had two outcomes`);
    this.#isOpen[place] = 0;
    this.#open -= 1;
  }
}
