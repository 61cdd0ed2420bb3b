/**
 * The filter of a list is the query string of its address, so that a view can be saved, shared and revisited.
 *
 * PURE: the clock is an argument, for ages such as `24h`. Invalid input is reported, never ignored: a filter that loses
 * a part would show, and replay, more than intended.
 */

import type { LetterFilter } from '../dead-letters/filter.js';
import { EVENT_TYPES } from '../mapping/event.js';
import { DEAD_REASONS } from '../mapping/outcome.js';

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface FilterForm {
  readonly filter: LetterFilter;
  /** As typed, to be shown again. */
  readonly since: string;
  readonly until: string;
  readonly faults: readonly { readonly field: 'reason' | 'type' | 'since' | 'until'; readonly message: string }[];
}

export function readFilter(query: Query, nowMs: number): FilterForm {
  const faults: FilterForm['faults'][number][] = [];
  const known = <T extends string>(field: 'reason' | 'type', names: readonly T[]): T[] | undefined => {
    const given = listOf(query[field]);
    for (const name of given) {
      if (!names.some((one) => one === name)) faults.push({ field, message: `there is no ${field} of this name` });
    }
    const found = names.filter((name) => given.includes(name));
    return found.length === 0 ? undefined : found;
  };
  const time = (field: 'since' | 'until'): number | undefined => {
    const text = textOf(query[field]);
    if (text === '') return undefined;
    const timeMs = readTime(text, nowMs);
    if (timeMs === undefined)
      faults.push({ field, message: 'takes a date and time (UTC), or an age such as 30m, 12h, 7d' });
    return timeMs;
  };
  const filter: LetterFilter = {
    reasons: known('reason', DEAD_REASONS),
    eventTypes: known('type', EVENT_TYPES),
    causes: someOf(listOf(query['cause'])),
    sinceMs: time('since'),
    untilMs: time('until'),
    ids: someOf(listOf(query['id'])),
    text: textOf(query['text']) || undefined,
  };
  return { filter: withoutGaps(filter), since: textOf(query['since']), until: textOf(query['until']), faults };
}

/** The filter as fields of an address or a form. Times are exact, as an age would change. */
export function filterFields(filter: LetterFilter): [name: string, value: string][] {
  return [
    ...(filter.reasons ?? []).map((reason): [string, string] => ['reason', reason]),
    ...(filter.eventTypes ?? []).map((type): [string, string] => ['type', type]),
    ...(filter.causes ?? []).map((cause): [string, string] => ['cause', cause]),
    ...(filter.sinceMs === undefined ? [] : [['since', new Date(filter.sinceMs).toISOString()] as [string, string]]),
    ...(filter.untilMs === undefined ? [] : [['until', new Date(filter.untilMs).toISOString()] as [string, string]]),
    ...(filter.text === undefined ? [] : [['text', filter.text] as [string, string]]),
    ...(filter.ids ?? []).map((id): [string, string] => ['id', id]),
  ];
}

/** `?reason=rejected&since=24h`, ages as typed. Empty for no filter. */
export function filterQuery(
  form: Pick<FilterForm, 'filter' | 'since' | 'until'>,
  more: readonly [string, string][] = [],
): string {
  const typed = filterFields(form.filter).map(([name, value]): [string, string] => {
    if (name === 'since' && form.since !== '') return [name, form.since];
    return name === 'until' && form.until !== '' ? [name, form.until] : [name, value];
  });
  const query = new URLSearchParams([...typed, ...more]).toString();
  return query === '' ? '' : `?${query}`;
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** An age, or a date with or without a time. Without a zone it is UTC, as everywhere here. */
export function readTime(text: string, nowMs: number): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,6})\s*([smhd])$/.exec(text) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * (UNIT_MS[unit] ?? 0);
  const [, date, time, zone] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?))?(Z|[+-]\d{2}:\d{2})?$/i.exec(text) ?? [];
  if (date === undefined) return undefined;
  const timeMs = Date.parse(`${date}T${time ?? '00:00'}${zone ?? 'Z'}`);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

function listOf(value: Query[string]): string[] {
  const values = typeof value === 'string' ? [value] : (value ?? []);
  return values.map((one) => one.trim()).filter((one) => one !== '');
}

export function textOf(value: Query[string]): string {
  return listOf(value)[0] ?? '';
}

function someOf(values: string[]): string[] | undefined {
  return values.length === 0 ? undefined : values;
}

function withoutGaps(filter: LetterFilter): LetterFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, part]) => part !== undefined));
}
