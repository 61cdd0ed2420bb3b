/**
 * One run of a job by this worker, from the moment the job is taken until no event of it is in this worker's memory.
 *
 * A job's events may travel in different batches, each batch split into parts, and follow events of other jobs. The run
 * ends when each of its events has exactly one outcome, whatever happened to the job meanwhile:
 *
 *   running   --lose-->     lost        another run has the job, or will (the lock is gone, or Redis knows the job as it
 *                                       was before): nothing of the job is ours to change any more
 *   running   --abandon-->  abandoned   a fault of ours: the job stays as the last settling left it, and goes back
 *   running | lost | abandoned   --the last event gets its outcome-->   ended, and `done` says in which state
 *
 * What holds in each state:
 *   running    an outcome is written into the job: `end` (nothing is left of the event) or `keep` (it goes back)
 *   lost, abandoned   nothing is written into the job; events that are met on their way are dropped, and those that were
 *              sent come back with their answer. A delivery is a fact all the same, and the window remembers it.
 *   ended      the worker forgets the run: its slots are free, its lock is renewed no more. A stop ends a run in the same
 *              way: what may not be sent any more is kept.
 */
import { entryText, type HeldEvent } from '../queue/held-event.js';
import { jobText } from '../queue/job.js';

export interface JobIdentity {
  readonly id: string;
  readonly token: string;
  /** Tells this run from every other of the same job. */
  readonly run: string;
  /** When the job was added, epoch milliseconds. */
  readonly addedAtMs: number;
  /** Name of the job's last settling when it was taken, '' for none. */
  readonly settling: string;
}

export type RunState = 'running' | 'lost' | 'abandoned';

export class JobRun {
  readonly jobId: string;
  /** BullMQ's lock token: what shows that this run still holds the job. */
  readonly token: string;
  readonly addedAtMs: number;
  /** Tells this run from every other of the same job. */
  readonly name: string;
  /** Who claims this run's ids in the window. */
  readonly owner: string;
  /** When the run began, by the process's own clock, ms. */
  readonly startedAt = performance.now();
  /** Resolves when every event has its outcome: the state it ended in. */
  readonly done: Promise<RunState>;
  /** Whether the ledger knows the job's events; else the first settling counts them. */
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

  /** @param entries undefined at the places of entries that cannot be read; those are buried first of all */
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

  /** False once nothing of the job is this run's to change. */
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

  /** How many events go back to the queue, and after how long at the earliest. */
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

  /** The event at this place, of a run that is lost or abandoned, is out of the worker's memory, if it was not before. */
  drop(place: number): void {
    if (this.isOurs) throw new Error(`job ${this.jobId}: an event of a running run was dropped`);
    if (this.isOpen(place)) this.#close(place);
  }

  /** Whether the event at this place has no outcome yet. */
  isOpen(place: number): boolean {
    return this.#isOpen[place] === 1;
  }

  /** The job's data with what has not ended. */
  data(): string {
    return jobText(this.#entries.flatMap((entry) => (entry === undefined ? [] : [entryText(entry)])));
  }

  /**
   * Names each settling of this run, so that one that is sent twice counts once. By the run and not by the lock token:
   * BullMQ gives the same token to the next run of a job that it takes up again at once.
   */
  nextSettling(): string {
    this.#settlings += 1;
    this.#lastSettling = `${this.owner}#${this.#settlings}`;
    return this.#lastSettling;
  }

  /**
   * The name of the job's last settling, this run's or an earlier one's: what the run knows of the job holds only where
   * Redis remembers the same name. '' where there was none.
   */
  get lastSettling(): string {
    return this.#lastSettling;
  }

  /** Another run was found to hold the job, or the lock has ended. */
  lose(): void {
    if (this.#state === 'running') this.#state = 'lost';
  }

  /** Gives the run up after a fault: its events stay in the job as they are there. */
  abandon(): void {
    if (this.#state === 'running') this.#state = 'abandoned';
  }

  /** Gives up a run whose events are in nobody's hands. */
  abandonAll(): void {
    this.abandon();
    for (let place = 0; place < this.#entries.length; place += 1) this.drop(place);
    this.finishIfSettled();
  }

  /** Resolves `done` once no event is without an outcome. */
  finishIfSettled(): void {
    if (this.#open === 0) this.#resolve(this.#state);
  }

  #close(place: number): void {
    if (!this.isOpen(place)) throw new Error(`job ${this.jobId}: an event had two outcomes`);
    this.#isOpen[place] = 0;
    this.#open -= 1;
  }
}
