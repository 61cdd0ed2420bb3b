/**
 * Group commit: a promise a caller, one write for all that wait.
 *
 * States: idle -> writing (the first call writes at once) -> writing with waiters (calls meanwhile share the next write)
 * -> idle. The next write begins when none is under way, when enough wait to fill it, or, beside one other, at the end of
 * a turn of the event loop. So a lone call has no added wait, calls of one turn go together, the busier it gets the more
 * one write carries, and the next is made while the last is still under way.
 * A write that fails rejects exactly the callers whose items it carried.
 */

interface Group<T> {
  items: T[];
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupSizes {
  /** So many items wait for no other write. */
  readonly fullAt: number;
  /** The most one write carries; what is beyond goes with the write after it. */
  readonly maxItems: number;
}

/** So many that both sides are busy, and so few that a slow Redis is not sent more than it can do in a moment. */
const WRITES_AT_ONCE = 8;
/** One that Redis works on and one on its way: with more, each would carry less. */
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

  /** Resolves when all items are written; rejects with the write's error. Items of one call are not torn apart. */
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

  /** Resolves when nothing waits and nothing is being written; never rejects. */
  async idle(): Promise<void> {
    while (this.#writing.size > 0) await Promise.allSettled([...this.#writing].map(({ done }) => done));
  }

  /** At once where nothing is under way or a group is full, else at the end of the turn. */
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
    // A write that throws before it begins is caught as well, and cannot leave us writing for ever.
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
