/**
 * Group commit: a promise a caller, one write for all that wait.
 *
 * States: idle -> writing (the first call writes at once) -> writing with waiters (calls meanwhile share the next
 * write) -> idle. So a lone call has no added wait, and the busier it gets the more one write carries.
 * A write that fails rejects exactly the callers whose items it carried.
 */

interface Group<T> {
  items: T[];
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit<T> {
  readonly #write: (items: readonly T[]) => Promise<void>;
  readonly #maxItems: number;
  #groups: Group<T>[] = [];
  #writing: Promise<void> | undefined;

  /**
   * @param maxItems the most one write carries; what is beyond goes with the write after it
   */
  constructor(write: (items: readonly T[]) => Promise<void>, maxItems: number) {
    // Async, so that a write that throws before it begins rejects like any other and cannot leave us writing for ever.
    this.#write = async (items) => write(items);
    this.#maxItems = maxItems;
  }

  /** Resolves when all items are written; rejects with the write's error. Items of one call are not torn apart. */
  add(items: readonly T[]): Promise<void> {
    if (items.length === 0) return Promise.resolve();
    let group = this.#groups.at(-1);
    if (!group || group.items.length + items.length > this.#maxItems) {
      group = openGroup();
      this.#groups.push(group);
    }
    for (const item of items) group.items.push(item);
    this.#writing ??= this.#writeAll();
    return group.done;
  }

  /** Resolves when nothing waits and nothing is being written; never rejects. */
  async idle(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async #writeAll(): Promise<void> {
    for (let group = this.#groups.shift(); group; group = this.#groups.shift()) {
      try {
        await this.#write(group.items);
        group.resolve();
      } catch (error) {
        group.reject(error);
      }
    }
    this.#writing = undefined;
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
