/**
 * What arrived at the sandbox, by id, and how often Amazon would count it after its own 48 hours of deduplication.
 *
 * By Amazon's guide, of events with one id the first by its own time is kept, whatever their types and senders are (the
 * browser tag too). An event without an id is never a duplicate. If two have the same time, the first to arrive is kept
 * here; Amazon keeps the server's, which the sandbox cannot tell from the tag's.
 */
const AMAZON_WINDOW_MS = 48 * 3_600_000;

export interface ReceivedId {
  readonly account: string;
  /** Empty for all events without one. */
  readonly id: string;
  /** How often it came in an accepted item. */
  received: number;
  /** How often Amazon would count it. */
  counted: number;
  /** False once the id came with different content. */
  isSameContent: boolean;
  /** True if a value that must be hashed was not. Amazon accepts it silently and never matches it. */
  hasPlaintext: boolean;
  lastCountedMs: number;
  /** The event that is kept: its type and its own time, ISO 8601. */
  kept: Kept;
}

interface Kept {
  readonly type: string;
  readonly time: string;
}

export interface Accepted {
  readonly account: string;
  readonly id: string;
  readonly content: string;
  readonly hasPlaintext: boolean;
  readonly event: Kept;
}

export class Received {
  readonly #ids = new Map<string, ReceivedId>();
  readonly #contents = new Map<string, string>();

  accept({ account, id, content, hasPlaintext, event }: Accepted, nowMs: number): void {
    const key = `${account}\n${id}`;
    const known = this.#ids.get(key);
    if (!known) {
      this.#contents.set(key, content);
      this.#ids.set(key, {
        account,
        id,
        received: 1,
        counted: 1,
        isSameContent: true,
        hasPlaintext,
        lastCountedMs: nowMs,
        kept: event,
      });
      return;
    }
    known.received += 1;
    known.isSameContent &&= this.#contents.get(key) === content;
    known.hasPlaintext ||= hasPlaintext;
    const isNew = id === '' || nowMs - known.lastCountedMs > AMAZON_WINDOW_MS;
    if (isNew) {
      known.counted += 1;
      known.lastCountedMs = nowMs;
    }
    if (isNew || Date.parse(event.time) < Date.parse(known.kept.time)) known.kept = event;
  }

  list(account?: string): ReceivedId[] {
    return [...this.#ids.values()].filter((entry) => account === undefined || entry.account === account);
  }

  clear(): void {
    this.#ids.clear();
    this.#contents.clear();
  }
}
