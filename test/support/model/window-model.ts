/**
 * The window and the settling as a small model: each id's mark, the content of each job, the ledger. PURE. It has no
 * clock: leases and windows end when a command says so.
 */

import type { FoundState } from '../../../src/find/state.js';

type Mark =
  | { readonly kind: 'claimed'; readonly job: string; readonly run: string; isEnded: boolean }
  /** `uncountedOf`: the job whose run delivered it after it had lost the job. */
  | { readonly kind: 'delivered'; readonly uncountedOf?: string | undefined; isOver: boolean };

export type ClaimWord = 'claimed' | 'delivered' | 'uncounted' | 'busy';
export type Word = 'delivered' | 'dead' | 'retry';

interface ModelJob {
  readonly id: string;
  /** Who holds the job's lock. Undefined for nobody. */
  lock: string | undefined;
  /** Ids of its events that have not ended. */
  events: string[];
}

export interface Ledger {
  enqueued: number;
  delivered: number;
  duplicate: number;
  dead_lettered: number;
}

/** A worker's batch in flight. `runs` are the jobs in it, each with the name of this run. */
export interface Flight {
  readonly runs: readonly { readonly job: string; readonly run: string; readonly ids: readonly string[] }[];
  phase: 'taken' | 'claimed' | 'answered';
  /** The claim's answer for each leading id, and Amazon's answer. */
  readonly claims: Map<string, ClaimWord>;
  readonly words: Map<string, Word>;
  /** Ids whose claim is no longer valid: its lease ended, or its job was lost. */
  readonly stale: Set<string>;
}

export class WindowModel {
  readonly marks = new Map<string, Mark>();
  readonly jobs = new Map<string, ModelJob>();
  /** Jobs that a killed worker left locked. */
  readonly orphans = new Set<string>();
  readonly flights: (Flight | undefined)[];
  /** Ids of the events that became dead letters. */
  readonly letters = new Set<string>();
  readonly ledger: Ledger = { enqueued: 0, delivered: 0, duplicate: 0, dead_lettered: 0 };
  /** Runs whose claim is complete: no id was taken over, and its lease has not ended. */
  readonly #whole = new Set<string>();
  #jobs = 0;
  #runs = 0;

  constructor(workers: number) {
    this.flights = Array.from({ length: workers }, () => undefined);
  }

  addJob(ids: readonly string[]): string {
    this.#jobs += 1;
    const id = String(this.#jobs);
    this.jobs.set(id, { id, lock: undefined, events: [...ids] });
    this.ledger.enqueued += ids.length;
    return id;
  }

  /** Jobs that nobody holds. */
  get free(): ModelJob[] {
    return [...this.jobs.values()].filter(({ lock }) => lock === undefined);
  }

  /** The content of the window, in the words of the rig. */
  get words(): Record<string, string> {
    const words: Record<string, string> = {};
    for (const [id, mark] of this.marks) words[id] = mark.kind === 'claimed' ? `${mark.job}/${mark.run}` : 'delivered';
    return words;
  }

  /** What a look-up must return for an id. */
  stateOf(id: string): FoundState {
    const mark = this.marks.get(id);
    if (mark?.kind === 'delivered' && !mark.isOver) return 'delivered';
    if (mark?.kind === 'claimed' && !mark.isEnded) return 'in_flight';
    if ([...this.jobs.values()].some(({ events }) => events.includes(id))) return 'queued';
    return this.letters.has(id) ? 'dead_letter' : 'unknown';
  }

  take(worker: number, most: number): Flight {
    const runs = this.free.slice(0, most).map((job) => {
      this.#runs += 1;
      const run = `run${this.#runs}`;
      job.lock = run;
      return { job: job.id, run, ids: [...job.events] };
    });
    const flight: Flight = { runs, phase: 'taken', claims: new Map(), words: new Map(), stale: new Set() };
    this.flights[worker] = flight;
    return flight;
  }

  /** Each leading id with the run that leads it: the first of the batch. */
  leaders({ runs }: Flight): Map<string, Flight['runs'][number]> {
    const leaders = new Map<string, Flight['runs'][number]>();
    for (const run of runs) for (const id of run.ids) if (!leaders.has(id)) leaders.set(id, run);
    return leaders;
  }

  /** What the claim script must answer for each id. */
  claim(flight: Flight): Map<string, ClaimWord> {
    flight.phase = 'claimed';
    for (const [id, { job, run }] of this.leaders(flight)) {
      const mark = this.marks.get(id);
      const isHeld = this.jobs.get(job)?.lock === run;
      const word = isHeld ? wordOf(mark, job) : 'busy';
      flight.claims.set(id, word);
      if (word !== 'claimed') continue;
      this.#takeFrom(mark);
      this.#whole.add(run);
      this.marks.set(id, { kind: 'claimed', job, run, isEnded: false });
    }
    return flight.claims;
  }

  /** Marks, jobs and ledger as a settling must leave them. The flight is over. @returns the jobs it still held */
  settle(flight: Flight): Set<string> {
    const held = new Set(flight.runs.filter(({ job, run }) => this.jobs.get(job)?.lock === run).map(({ job }) => job));
    for (const [id, { job, run }] of this.leaders(flight))
      this.#markOne(id, { job, run, isHeld: held.has(job) }, flight);
    const isFirst = new Map<string, boolean>();
    for (const { job: jobId, ids } of flight.runs) {
      const left: string[] = [];
      for (const id of ids) {
        const place = isFirst.has(id) ? 'follower' : 'leader';
        isFirst.set(id, true);
        const field = fieldOf(place, flight.claims.get(id), flight.words.get(id));
        if (field === 'left') left.push(id);
        else if (held.has(jobId)) {
          this.ledger[field] += 1;
          if (field === 'dead_lettered') this.letters.add(id);
        }
      }
      const job = this.jobs.get(jobId);
      if (job && held.has(jobId)) job.events = left;
    }
    return held;
  }

  /** A job returns to the queue, or ends if nothing of it is left. */
  letGo(jobId: string): void {
    const job = this.jobs.get(jobId);
    if (!job) return;
    job.lock = undefined;
    if (job.events.length === 0) this.jobs.delete(jobId);
  }

  /** BullMQ's lock expires: the owner of the job has lost it without knowing. */
  loseLocks(flight: Flight): void {
    for (const { job, run, ids } of flight.runs) {
      const known = this.jobs.get(job);
      if (known?.lock === run) known.lock = undefined;
      for (const id of ids) flight.stale.add(id);
    }
  }

  endLeases(): void {
    this.#whole.clear();
    for (const mark of this.marks.values()) if (mark.kind === 'claimed') mark.isEnded = true;
    for (const flight of this.flights) for (const id of flight?.claims.keys() ?? []) flight?.stale.add(id);
  }

  endWindows(): void {
    for (const mark of this.marks.values()) if (mark.kind === 'delivered') mark.isOver = true;
  }

  /** The claim of another run is no longer complete. */
  #takeFrom(mark: Mark | undefined): void {
    if (mark?.kind === 'claimed') this.#whole.delete(mark.run);
  }

  #markOne(
    id: string,
    { job, run, isHeld }: { readonly job: string; readonly run: string; readonly isHeld: boolean },
    flight: Flight,
  ): void {
    const claim = flight.claims.get(id);
    if (claim === 'delivered' || claim === 'uncounted') return;
    const mark = this.marks.get(id);
    if (claim === 'claimed' && flight.words.get(id) === 'delivered') {
      const isWhole = this.#whole.has(run);
      if (!isWhole) this.#takeFrom(mark);
      this.marks.set(id, { kind: 'delivered', isOver: false, uncountedOf: isWhole && !isHeld ? job : undefined });
      return;
    }
    if (mark?.kind === 'claimed' && mark.run === run) this.marks.delete(id);
  }
}

function wordOf(mark: Mark | undefined, job: string): ClaimWord {
  if (mark?.kind === 'delivered') {
    if (mark.isOver) return 'claimed';
    return mark.uncountedOf === job ? 'uncounted' : 'delivered';
  }
  if (mark && !mark.isEnded && mark.job !== job) return 'busy';
  return 'claimed';
}

/** The ledger field of an event; `left` if it returns to the queue. Followers have the outcome of their leader. */
function fieldOf(
  place: 'leader' | 'follower',
  claim: ClaimWord | undefined,
  word: Word | undefined,
): 'left' | 'delivered' | 'duplicate' | 'dead_lettered' {
  if (claim === 'delivered') return 'duplicate';
  if (claim === 'uncounted') return place === 'leader' ? 'delivered' : 'duplicate';
  if (claim === 'busy' || word === 'retry') return 'left';
  if (word === 'dead') return 'dead_lettered';
  return place === 'leader' ? 'delivered' : 'duplicate';
}
