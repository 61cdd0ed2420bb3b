/**
 * The dead letters by cause: reason, Amazon's code and the pattern of its message.
 *
 * Read from the shelves, so the cost depends on the number of causes, not of letters. Only a text is searched along the shelves.
 */
import type { DeadReason } from '../mapping/outcome.js';
import type { LetterFilter } from './filter.js';
import type { LetterStore, ShelfSummary } from './store.js';

export interface Cause {
  /** For filters: `causes: [id]`. */
  readonly id: string;
  readonly reason: DeadReason;
  readonly code: string;
  /** Amazon's message without numbers, quoted words and ids, so that the same fault gives the same text. */
  readonly pattern: string;
  readonly count: number;
  /** Time of failure, epoch milliseconds. */
  readonly oldestMs: number;
  readonly newestMs: number;
  /** Id of one letter of this cause: the newest. */
  readonly sample: string;
  /** How many of them Amazon may have counted: a send ended without an answer. */
  readonly maybeDelivered: number;
}

/** Causes, the most frequent first. */
export async function statsOf(store: LetterStore, filter: LetterFilter): Promise<Cause[]> {
  const causes = new Map<string, Cause>();
  const add = (summary: ShelfSummary) => {
    const cause = causeOf(summary);
    const known = causes.get(cause.id);
    causes.set(cause.id, known ? joined(known, cause) : cause);
  };
  if (filter.ids === undefined) {
    for (const summary of await store.shelves(filter)) add(summary);
  } else {
    for await (const { shelf, since, id } of store.list(filter)) {
      add({ shelf, count: 1, oldestMs: since, newestMs: since, sample: id });
    }
  }
  return [...causes.values()].sort((left, right) => right.count - left.count || right.newestMs - left.newestMs);
}

function causeOf({ shelf, ...rest }: ShelfSummary): Cause {
  const { causeId: id, reason, code, pattern, isMaybeDelivered } = shelf;
  return { id, reason, code, pattern, ...rest, maybeDelivered: isMaybeDelivered ? rest.count : 0 };
}

function joined(left: Cause, right: Cause): Cause {
  return {
    ...left,
    count: left.count + right.count,
    oldestMs: Math.min(left.oldestMs, right.oldestMs),
    newestMs: Math.max(left.newestMs, right.newestMs),
    sample: left.newestMs >= right.newestMs ? left.sample : right.sample,
    maybeDelivered: left.maybeDelivered + right.maybeDelivered,
  };
}
