/**
 * What arrived at the sandbox, id by id, and what Amazon would count of it after its own 48 hours of deduplication.
 */
const AMAZON_WINDOW_MS = 48 * 3_600_000;

export interface ReceivedId {
  readonly account: string;
  readonly id: string;
  /** How often it came in an accepted item. */
  received: number;
  /** How often Amazon would count it. */
  counted: number;
  /** False once the id came with other content than the first time. */
  isSameContent: boolean;
  /** True where a value that must be hashed was not: Amazon accepts it in silence and never matches it. */
  hasPlaintext: boolean;
  lastCountedMs: number;
}

export interface Accepted {
  readonly account: string;
  readonly id: string;
  readonly content: string;
  readonly hasPlaintext: boolean;
}

export class Received {
  readonly #ids = new Map<string, ReceivedId>();
  readonly #contents = new Map<string, string>();

  accept({ account, id, content, hasPlaintext }: Accepted, nowMs: number): void {
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
      });
      return;
    }
    known.received += 1;
    known.isSameContent &&= this.#contents.get(key) === content;
    known.hasPlaintext ||= hasPlaintext;
    if (nowMs - known.lastCountedMs > AMAZON_WINDOW_MS) {
      known.counted += 1;
      known.lastCountedMs = nowMs;
    }
  }

  list(account?: string): ReceivedId[] {
    return [...this.#ids.values()].filter((entry) => account === undefined || entry.account === account);
  }

  clear(): void {
    this.#ids.clear();
    this.#contents.clear();
  }
}
