/**
 * The journal of a run: what was done to which part and when, and which answers each worker has read. Times are the
 * harness's own, as a worker's clock may be faulty on purpose.
 */

/** What may prevent a worker from storing an answer. */
export type Disturbed = `worker${number}` | 'redis';

export interface Disturbance {
  readonly whom: Disturbed;
  readonly what: string;
  readonly fromMs: number;
  /** Infinity while it lasts. */
  untilMs: number;
}

export interface ReadAnswer {
  readonly worker: number;
  readonly atMs: number;
}

export class Journal {
  readonly startedAtMs = Date.now();
  readonly disturbances: Disturbance[] = [];
  /** Answers that a worker read, by request id. */
  readonly read = new Map<string, ReadAnswer>();
  readonly #notes: { readonly atMs: number; readonly text: string }[] = [];
  /** Errors that were seen during the run. */
  readonly complaints: string[] = [];
  /** Events in the logs of workers and intake, by name. */
  readonly logged = new Map<string, number>();

  /** Records the start of a disturbance. @returns a function that ends it */
  begin(whom: Disturbed, what: string): () => void {
    const disturbance: Disturbance = { whom, what, fromMs: Date.now(), untilMs: Number.POSITIVE_INFINITY };
    this.disturbances.push(disturbance);
    return () => {
      disturbance.untilMs = Date.now();
    };
  }

  note(text: string, atMs: number = Date.now()): void {
    this.#notes.push({ atMs, text });
  }

  /** All entries, with the time since the start. */
  inOrder(): string[] {
    return this.#notes
      .toSorted((left, right) => left.atMs - right.atMs)
      .map(({ atMs, text }) => `${((atMs - this.startedAtMs) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  }

  /** A line of a worker's log. */
  takeLine(worker: number, line: string): void {
    const entry = parse(line);
    const event = String(entry['event']);
    this.logged.set(event, (this.logged.get(event) ?? 0) + 1);
    if (event !== 'batch.attempted' || typeof entry['requestId'] !== 'string') return;
    this.read.set(entry['requestId'], { worker, atMs: Date.now() });
  }
}

function parse(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // A warning of Node itself, or half a line of a killed process.
    return {};
  }
}
