/**
 * Each request to the conversions endpoints: who sent it, its ids, and whether its answer was sent. Tests use it to
 * explain why an id came twice. Only the last requests are kept.
 */
const KEPT = 20_000;

export interface RequestRecord {
  readonly requestId: string;
  /** The client id of the request's header. */
  readonly client: string;
  readonly arrivedMs: number;
  /** When the answer was sent or the connection broke. Absent before that. */
  endedMs?: number;
  /** True once the whole answer was handed to the connection. It may still get lost after that. */
  isAnswered: boolean;
  /** Ids of its accepted events. */
  accepted: readonly string[];
  /** Of those, the ids that the answer did not name. */
  omitted: readonly string[];
}

export class RequestLog {
  #records: RequestRecord[] = [];
  #count = 0;

  /** The number of all requests, including those no longer kept. */
  get count(): number {
    return this.#count;
  }

  open(client: string, nowMs: number): RequestRecord {
    this.#count += 1;
    const record: RequestRecord = {
      requestId: `sandbox-${this.#count}`,
      client,
      arrivedMs: nowMs,
      isAnswered: false,
      accepted: [],
      omitted: [],
    };
    this.#records.push(record);
    if (this.#records.length >= 2 * KEPT) this.#records = this.#records.slice(KEPT);
    return record;
  }

  list(): readonly RequestRecord[] {
    return this.#records;
  }

  clear(): void {
    this.#records = [];
  }
}
