/**
 * Group commit: one promise per caller, one write for all waiting callers.
 *
 * States: idle -> writing (the first call writes at once) -> writing with waiters (calls meanwhile share the next
 * write) -> idle. The next write starts when none is in flight, when the waiting items fill one, or, while one other is
 * in flight, at the end of the event-loop turn. A single call waits for nothing extra, calls of one turn share a write,
 * and writes grow with the load. A failed write rejects exactly the callers whose items it carried.
 */

interface Group<T> {
  items: T[];
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupSizes {
  /** This many waiting items start a write at once. */
  readonly fullAt: number;
  /** The most items of one write. The rest goes with the next write. */
  readonly maxItems: number;
}

/** High enough to keep both sides busy, low enough that a slow Redis is not overloaded. */
const WRITES_AT_ONCE = 8;
/** One write in Redis and one on its way. With more, each would carry fewer items. */
const PARTS_AT_ONCE = 2;

export class GroupCommit<T> {
  readonly #write: (items: readonly T[]) => Promise<void>;
  readonly #sizes: GroupSizes;
  readonly #groups: Group<T>[] = [];
  readonly #writing = new Set<Group<T>>();
  #isTurnEnding = false;

  constructor(write: (items: readonly T[]) => Promise<void>, sizes: GroupSizes) {
    this.#write = write;
    this.#sizes = sizes;
  }

  /** Resolves when all items are written, rejects with the write's error. Items of one call stay in one write. */
  add(items: readonly T[]): Promise<void> {
    if (items.length === 0) return Promise.resolve();
    let group = this.#groups.at(-1);
    if (!group || group.items.length + items.length > this.#sizes.maxItems) {
      group = openGroup();
      this.#groups.push(group);
    }
    for (const item of items) group.items.push(item);
    this.#writeSoon();
    return group.done;
  }

  /** Resolves when nothing waits and no write is in flight. Never rejects. */
  async idle(): Promise<void> {
    while (this.#writing.size > 0) await Promise.allSettled([...this.#writing].map(({ done }) => done));
  }

  /** At once if nothing is in flight or a group is full, otherwise at the end of the turn. */
  #writeSoon(): void {
    this.#writeNext(1);
    if (this.#groups.length === 0 || this.#isTurnEnding) return;
    this.#isTurnEnding = true;
    setImmediate(() => {
      this.#isTurnEnding = false;
      this.#writeNext(PARTS_AT_ONCE);
    });
  }

  #writeNext(partsAtOnce: number): void {
    for (let [group] = this.#groups; group && this.#mayWrite(group, partsAtOnce); [group] = this.#groups) {
      this.#groups.shift();
      void this.#writeGroup(group);
    }
  }

  #mayWrite({ items }: Group<T>, partsAtOnce: number): boolean {
    const isFull = items.length >= this.#sizes.fullAt || this.#groups.length > 1;
    return this.#writing.size < (isFull ? WRITES_AT_ONCE : partsAtOnce);
  }

  async #writeGroup(group: Group<T>): Promise<void> {
    this.#writing.add(group);
    let settle = group.resolve;
    // A write that throws synchronously is caught too. Otherwise the state would stay "writing".
    try {
      await this.#write(group.items);
    } catch (error) {
      settle = () => group.reject(error);
    }
    this.#writing.delete(group);
    settle();
    this.#writeSoon();
  }
}

function openGroup<T>(): Group<T> {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const done = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { items: [], done, resolve, reject };
}
