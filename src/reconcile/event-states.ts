/**
 * What became of events, by their dedupe ids: the question that a reconcile asks of each order.
 *
 * Until an index answers it id by id, what lies in the queue and in the dead letters is read whole, now and then, and the
 * window is asked for each id. Promise: an id that is told unknown was in none of the three a moment ago; what comes in
 * meanwhile and is enqueued again is delivered once, for both share an id.
 */
import { LetterStore } from '../dead-letters/store.js';
import { readQueuedJobs } from '../queue/queued-jobs.js';
import type { RedisConnection } from '../redis/connect.js';
import { runScript } from '../redis/script.js';
import { digestOf, joinDigests } from '../window/layout.js';
import { PEEK_WINDOW } from '../window/look-script.js';

/** `queued`: in flight and waiting too. */
export type EventState = 'delivered' | 'queued' | 'dead_letter' | 'unknown';

export interface EventStates {
  /** By id; what is not in it is unknown. */
  statesOf(ids: readonly string[]): Promise<ReadonlyMap<string, EventState>>;
}

/** What is older says nothing for certain of what is missing in it. */
const FRESH_MS = 1_000;
/** A long queue takes long to read: at most this share of the time goes into that. */
const READING_SHARE = 0.2;
const IDS_PER_LOOK = 500;

export class StoredStates implements EventStates {
  readonly #store: LetterStore;
  readonly #connection: RedisConnection;
  #queued = new Set<string>();
  #dead = new Set<string>();
  #readAtMs = Number.NEGATIVE_INFINITY;
  #tookMs = 0;

  constructor(account: string, connection: RedisConnection) {
    this.#store = new LetterStore(account, connection);
    this.#connection = connection;
  }

  async statesOf(ids: readonly string[]): Promise<ReadonlyMap<string, EventState>> {
    const states = new Map<string, EventState>();
    await this.#look(ids, states);
    const unknown = ids.filter((id) => !states.has(id));
    if (unknown.length > 0 && (await this.#readAgain())) await this.#look(unknown, states);
    return states;
  }

  /** The window last: an event that leaves the queue while we look has its mark by then. */
  async #look(ids: readonly string[], states: Map<string, EventState>): Promise<void> {
    for (const id of ids) {
      if (this.#queued.has(id)) states.set(id, 'queued');
      else if (this.#dead.has(id)) states.set(id, 'dead_letter');
    }
    for (let start = 0; start < ids.length; start += IDS_PER_LOOK) {
      const some = ids.slice(start, start + IDS_PER_LOOK);
      const letters = await runScript(this.#connection, {
        script: PEEK_WINDOW,
        keys: [this.#store.keys.window],
        args: [joinDigests(some.map(digestOf))],
      });
      some.forEach((id, place) => {
        if (String(letters)[place] === 'd') states.set(id, 'delivered');
      });
    }
  }

  /** @returns whether anything may have changed */
  async #readAgain(): Promise<boolean> {
    const startedAtMs = performance.now();
    if (startedAtMs - this.#readAtMs < Math.max(FRESH_MS, this.#tookMs / READING_SHARE)) return false;
    const queued = new Set<string>();
    for await (const jobs of readQueuedJobs(this.#store.account, this.#connection)) {
      for (const { data } of jobs) for (const id of idsIn(data)) queued.add(id);
    }
    const dead = new Set<string>();
    for await (const { letter } of this.#store.everyLetter()) {
      if (letter.event) dead.add(letter.event.clientDedupeId);
    }
    this.#queued = queued;
    this.#dead = dead;
    this.#readAtMs = startedAtMs;
    this.#tookMs = performance.now() - startedAtMs;
    return true;
  }
}

/** The dedupe ids of a job's events; none where the job makes no sense: it becomes a dead letter. */
function idsIn(data: string): string[] {
  let job: unknown;
  try {
    job = JSON.parse(data);
  } catch {
    // As above.
    return [];
  }
  const entries = fieldOf(job, 'events');
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry) => {
    const id = fieldOf(fieldOf(entry, 'event'), 'clientDedupeId');
    return typeof id === 'string' ? [id] : [];
  });
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined;
}
