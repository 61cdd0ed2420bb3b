/**
 * Which letters a replay or a discard selects, from its form or address.
 *
 * PURE: the clock is an argument.
 */
import { frozenAt, type LetterFilter } from '../dead-letters/filter.js';
import { type Query, readFilter, textOf } from './filter-query.js';

/**
 * The selected letters: some by id, or all of a filter (its fields come as `in-…`), frozen at the time of the preview.
 *
 * @returns undefined if nothing is selected: an empty selection does not mean all
 */
export function readMeant(query: Query, nowMs: number): LetterFilter | undefined {
  if (textOf(query['scope']) === 'all') {
    const { filter, faults } = readFilter(fieldsOf(query), nowMs);
    return faults.length > 0 ? undefined : frozenAt(filter, nowMs);
  }
  const { ids } = readFilter({ id: query['id'] }, nowMs).filter;
  return ids ? { ids } : undefined;
}

/** The fields of the list's filter. */
export function fieldsOf(query: Query): Query {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (name.startsWith('in-') ? [[name.slice(3), value]] : [])),
  );
}
