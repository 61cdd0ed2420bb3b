/**
 * Filters of dead letters: which ones an operator selects.
 *
 * PURE. An empty filter is not "all": commands that change something require a filter or an explicit `--all`.
 */
import { z } from 'zod';
import { EVENT_TYPES } from '../mapping/event.js';
import { DEAD_REASONS } from '../mapping/outcome.js';
import { type DeadLetter, restsSince } from './letter.js';
import { type Shelf, searchableText, shelfOf } from './shelf.js';

/** Also used to read the record of an operation. */
export const filterSchema = z.object({
  reasons: z.array(z.enum(DEAD_REASONS)).readonly().optional(),
  eventTypes: z.array(z.enum(EVENT_TYPES)).readonly().optional(),
  /** Ids of causes, as in the output of `stats`. */
  causes: z.array(z.string()).readonly().optional(),
  /** Since when it is a dead letter here (its failure, or its import), epoch milliseconds, inclusive. */
  sinceMs: z.number().optional(),
  untilMs: z.number().optional(),
  ids: z.array(z.string()).readonly().optional(),
  /** Text in the letter's id, Amazon's code or message, the dedupe id, the event's name or country, or the source; in any case. */
  text: z.string().optional(),
});

export type LetterFilter = Readonly<z.output<typeof filterSchema>>;

/** An empty text counts as none: every letter contains it, and it comes from an unset variable in a shell. */
export function isEmptyFilter(filter: LetterFilter): boolean {
  return Object.values(filter).every((part) => part === undefined || part === '');
}

export function matchesFilter(letter: DeadLetter, filter: LetterFilter): boolean {
  const { sinceMs, untilMs, ids, text } = filter;
  if (!isShelfMeant(shelfOf(letter), filter)) return false;
  if (sinceMs !== undefined && restsSince(letter) < sinceMs) return false;
  if (untilMs !== undefined && restsSince(letter) > untilMs) return false;
  if (ids && !ids.includes(letter.id)) return false;
  return text === undefined || searchableText(letter).includes(text.toLowerCase());
}

/** The same filter without letters that arrive from now on. */
export function frozenAt(filter: LetterFilter, nowMs: number): LetterFilter {
  return { ...filter, untilMs: Math.min(filter.untilMs ?? Number.POSITIVE_INFINITY, nowMs) };
}

/** A filter in words, for tables and logs. @param causeWords Amazon's words, by the ids of causes */
export function filterText(
  { reasons, eventTypes, causes, sinceMs, untilMs, ids, text }: LetterFilter,
  causeWords: Readonly<Record<string, string>> = {},
): string {
  const time = (ms: number) => new Date(ms).toISOString();
  return [
    ...(reasons ? [`reason ${reasons.join(', ')}`] : []),
    ...(eventTypes ? [`type ${eventTypes.join(', ')}`] : []),
    ...(causes ? [`cause ${causes.map((id) => causeWords[id] ?? id).join(', ')}`] : []),
    ...(ids ? [ids.length === 1 ? `letter ${ids.join()}` : `${ids.length} letters`] : []),
    ...(text === undefined ? [] : [`text "${text}"`]),
    ...(sinceMs === undefined ? [] : [`since ${time(sinceMs)}`]),
    ...(untilMs === undefined ? [] : [`until ${time(untilMs)}`]),
  ].join('; ');
}

export function isShelfMeant(shelf: Shelf, { reasons, eventTypes, causes }: LetterFilter): boolean {
  if (reasons && !reasons.includes(shelf.reason)) return false;
  if (eventTypes && !(shelf.eventType && eventTypes.includes(shelf.eventType))) return false;
  return !causes || causes.includes(shelf.causeId);
}
