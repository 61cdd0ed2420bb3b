/**
 * Which letters a replay or a discard means, as its form or address says it.
 *
 * PURE: the clock comes in.
 */
import { frozenAt, type LetterFilter } from '../dead-letters/filter.js';
import { type Query, readFilter, textOf } from './filter-query.js';

/**
 * The letters that a form or an address means: chosen ones by id, or all of a filter (its fields come as `in-…`), frozen
 * at the moment of the preview.
 *
 * @returns undefined where none is meant: nothing chosen is not everything
 */
export function readMeant(query: Query, nowMs: number): LetterFilter | undefined {
  if (textOf(query['scope']) === 'all') {
    const { filter, faults } = readFilter(fieldsOf(query), nowMs);
    return faults.length > 0 ? undefined : frozenAt(filter, nowMs);
  }
  const { ids } = readFilter({ id: query['id'] }, nowMs).filter;
  return ids ? { ids } : undefined;
}

/** The fields of the filter that the list had. */
export function fieldsOf(query: Query): Query {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (name.startsWith('in-') ? [[name.slice(3), value]] : [])),
  );
}
