import { describe, expect, it } from 'vitest';
import { filterFields, filterQuery, readFilter, readTime } from '../../../src/console/filter-query.js';

const NOW = Date.parse('2026-11-20T12:00:00Z');

describe('reading a filter from an address', () => {
  it('takes every field, once or several times', () => {
    const query = {
      reason: ['rejected', 'expired'],
      type: 'LEAD',
      cause: ['a1', 'b2'],
      since: '2h',
      until: '2026-11-20 11:30',
      text: ' BRL ',
      id: '7-0-x',
    };
    expect(readFilter(query, NOW)).toEqual({
      filter: {
        reasons: ['rejected', 'expired'],
        eventTypes: ['LEAD'],
        causes: ['a1', 'b2'],
        sinceMs: NOW - 7_200_000,
        untilMs: NOW - 1_800_000,
        ids: ['7-0-x'],
        text: 'BRL',
      },
      since: '2h',
      until: '2026-11-20 11:30',
      faults: [],
    });
  });

  it('takes empty fields of a form for none', () => {
    expect(readFilter({ text: '', type: '', since: ' ', reason: [] }, NOW).filter).toEqual({});
  });

  it.each([
    [{ reason: 'rejectd' }, 'reason'],
    [{ reason: ['rejected', 'x'] }, 'reason'],
    [{ type: 'lead' }, 'type'],
    [{ since: 'yesterday' }, 'since'],
    [{ until: '2026-13-01' }, 'until'],
  ])('names what makes no sense in %j', (query, field) => {
    expect(readFilter(query, NOW).faults.map((fault) => fault.field)).toEqual([field]);
  });
});

describe('writing a filter into an address', () => {
  it('gives back the same filter, times exact', () => {
    const { filter } = readFilter({ reason: 'rejected', since: '90m', text: 'a&b=c', id: ['1', '2'] }, NOW);
    const query: Record<string, string[]> = {};
    for (const [name, value] of filterFields(filter)) query[name] = [...(query[name] ?? []), value];
    expect(readFilter(query, NOW + 60_000).filter).toEqual(filter);
  });

  it('keeps an age as it was typed, and adds what a page adds', () => {
    const form = readFilter({ since: '24h', text: 'a b' }, NOW);
    expect(filterQuery(form, [['cursor', 'x']])).toBe('?since=24h&text=a+b&cursor=x');
    expect(filterQuery(readFilter({}, NOW))).toBe('');
  });
});

describe('reading a time', () => {
  it.each([
    ['30s', NOW - 30_000],
    ['15 m', NOW - 900_000],
    ['7d', NOW - 604_800_000],
    ['2026-11-20', Date.parse('2026-11-20T00:00:00Z')],
    ['2026-11-20T10:00', Date.parse('2026-11-20T10:00:00Z')],
    ['2026-11-20 10:00:30.5Z', Date.parse('2026-11-20T10:00:30.500Z')],
    ['2026-11-20T10:00+02:00', Date.parse('2026-11-20T08:00:00Z')],
  ])('%s', (text, timeMs) => expect(readTime(text, NOW)).toBe(timeMs));

  it.each(['7', 'd', '1.5h', '2026', '20.11.2026', '2026-02-30T', '-3h', '2026-99-99'])('not %s', (text) =>
    expect(readTime(text, NOW)).toBeUndefined(),
  );
});
