/**
 * What lies in the dead letters, by cause: reason, Amazon's code and the pattern of its message.
 */
import type { LetterFilter } from './filter.js';
import type { DeadLetter } from './letter.js';
import type { LetterStore } from './store.js';

export interface Cause {
  readonly reason: DeadLetter['reason'];
  readonly code: string;
  /** Amazon's message with numbers, quoted words and ids left out, so that the same fault reads the same. */
  readonly pattern: string;
  count: number;
  oldestMs: number;
  newestMs: number;
  /** Id of one letter of this cause. */
  readonly sample: string;
  maybeDelivered: number;
}

/** Causes, the most frequent first. */
export async function statsOf(store: LetterStore, filter: LetterFilter): Promise<Cause[]> {
  const causes = new Map<string, Cause>();
  for await (const letter of store.find(filter)) {
    const code = letter.answer.code ?? (letter.answer.status === undefined ? '-' : String(letter.answer.status));
    const pattern = patternOf(letter.answer.message ?? '');
    const key = `${letter.reason}\n${code}\n${pattern}`;
    let cause = causes.get(key);
    if (!cause) {
      const { diedAt } = letter;
      cause = {
        reason: letter.reason,
        code,
        pattern,
        count: 0,
        oldestMs: diedAt,
        newestMs: diedAt,
        sample: letter.id,
        maybeDelivered: 0,
      };
      causes.set(key, cause);
    }
    cause.count += 1;
    cause.oldestMs = Math.min(cause.oldestMs, letter.diedAt);
    cause.newestMs = Math.max(cause.newestMs, letter.diedAt);
    if (letter.isMaybeDelivered) cause.maybeDelivered += 1;
  }
  return [...causes.values()].sort((left, right) => right.count - left.count);
}

function patternOf(message: string): string {
  return message
    .replace(/(["'`]).*?\1/g, '…')
    .replace(/\b[0-9a-f]{8,}\b/gi, '…')
    .replace(/\d+/g, 'N')
    .slice(0, 120);
}
