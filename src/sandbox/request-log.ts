/**
 * What became of each request to the conversions endpoints: who sent it, which ids it brought, and whether its answer
 * left. A test tells with it why an id came twice. The last requests are kept, not all.
 */
const KEPT = 20_000;

export interface RequestRecord {
  readonly requestId: string;
  /** The client id of the request's header. */
  readonly client: string;
  readonly arrivedMs: number;
  /** When the answer had left or the connection broke; absent while neither is so. */
  endedMs?: number;
  /** True once the whole answer was handed to the connection; it may get lost further on. */
  isAnswered: boolean;
  /** Ids of the events that it brought and that were accepted. */
  accepted: readonly string[];
  /** Of those, the ids that the answer did not name. */
  omitted: readonly string[];
}

export class RequestLog {
  #records: RequestRecord[] = [];
  #count = 0;

  /** How many requests there were, those forgotten included. */
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
