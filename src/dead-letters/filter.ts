/**
 * Filters of dead letters: which ones an operator means.
 *
 * PURE. An empty filter is not "all": commands that change something demand a filter or an explicit `--all`.
 */
import type { EventType } from '../mapping/event.js';
import type { DeadReason } from '../mapping/outcome.js';
import type { DeadLetter } from './letter.js';

export interface LetterFilter {
  readonly reasons?: readonly DeadReason[] | undefined;
  readonly eventTypes?: readonly EventType[] | undefined;
  /** Time of death, epoch milliseconds, inclusive. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly ids?: readonly string[] | undefined;
  /** Text in Amazon's code or message, the dedupe id, the event's name or country, or the source; in any case. */
  readonly text?: string | undefined;
}

/** An empty text counts as none: it is in every letter, and comes from an unset variable in a shell. */
export function isEmptyFilter(filter: LetterFilter): boolean {
  return Object.values(filter).every((part) => part === undefined || part === '');
}

export function matchesFilter(letter: DeadLetter, filter: LetterFilter): boolean {
  const { reasons, eventTypes, sinceMs, untilMs, ids, text } = filter;
  if (reasons && !reasons.includes(letter.reason)) return false;
  if (eventTypes && !(letter.event && eventTypes.includes(letter.event.eventType))) return false;
  if (sinceMs !== undefined && letter.diedAt < sinceMs) return false;
  if (untilMs !== undefined && letter.diedAt > untilMs) return false;
  if (ids && !ids.includes(letter.id)) return false;
  return text === undefined || searchableText(letter).includes(text.toLowerCase());
}

function searchableText({ answer, event, source }: DeadLetter): string {
  return [answer.code, answer.message, event?.clientDedupeId, event?.name, event?.countryCode, source]
    .filter((part) => part !== undefined)
    .join('\n')
    .toLowerCase();
}
