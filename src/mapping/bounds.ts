/**
 * What a payload may hold at most, so that its cost grows with its bytes and with nothing else.
 *
 * PURE. Looked at before a source's mapper sees the payload: a mapper may then walk the payload as it likes, recursively
 * too. The bounds are far above what any source sends.
 */
import type { Refusal } from './refusal.js';
import { refuse } from './refusal.js';

const DEPTH_MAX = 64;
/** Names in one object; the columns of a CSV record are such names. */
const KEYS_MAX = 1_000;
const LIST_MAX = 10_000;
/** Match keys as given: Amazon takes 15, but the same value may stand there several times. */
const MATCH_KEYS_MAX = 100;
/** The fields of a Measurement Protocol body beside its events: Google has about a dozen. They count for each event. */
const SHARED_FIELDS_MAX = 100;
/** Events of one payload. */
export const EVENTS_MAX = 10_000;

/** How many events the payload holds: one, or as many as a Measurement Protocol body lists. */
export function countEvents(source: string, payload: unknown): number {
  const events = source === 'ga4' ? listIn(payload, 'events') : undefined;
  return events === undefined ? 1 : Math.max(1, events.length);
}

/** @returns why the payload is refused, undefined where it is within bounds */
export function refuseUnbounded(source: string, payload: unknown): Refusal | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const matchKeys = listIn(payload, 'matchKeys');
  if (matchKeys !== undefined && matchKeys.length > MATCH_KEYS_MAX) {
    return refuse('invalid', 'matchKeys', `are more than ${MATCH_KEYS_MAX}`);
  }
  // Each fault has a cost of its own, and a list of plain values would have as many as it has entries.
  const plain = source === 'order' ? listIn(payload, 'items')?.findIndex((item) => !isObject(item)) : undefined;
  if (plain !== undefined && plain >= 0) return refuse('invalid', `items[${plain}]`, 'must be an object');
  if (source === 'ga4' && listIn(payload, 'events') !== undefined) {
    if (countEvents(source, payload) > EVENTS_MAX) {
      return refuse('too_large', 'events', `are more than ${EVENTS_MAX}: send several bodies`);
    }
    if (Object.keys(payload).length > SHARED_FIELDS_MAX) {
      return refuse('too_large', '', `has more than ${SHARED_FIELDS_MAX} fields beside its events`);
    }
  }
  return refuseShape(payload);
}

/** Walks without recursion: this is what guards the others' recursion. */
function refuseShape(payload: object): Refusal | undefined {
  const open: { readonly node: object; readonly depth: number }[] = [{ node: payload, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    if (depth > DEPTH_MAX) return refuse('too_large', '', `is nested more than ${DEPTH_MAX} deep`);
    const list: readonly unknown[] | undefined = Array.isArray(node) ? node : undefined;
    const values: readonly unknown[] = list ?? Object.values(node);
    if (values.length > (list ? LIST_MAX : KEYS_MAX)) {
      const what = list ? `${LIST_MAX} entries in one list` : `${KEYS_MAX} fields in one object`;
      return refuse('too_large', '', `has more than ${what}`);
    }
    for (const value of values) {
      if (typeof value === 'object' && value !== null) open.push({ node: value, depth: depth + 1 });
    }
  }
  return undefined;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function listIn(payload: unknown, field: string): readonly unknown[] | undefined {
  if (typeof payload !== 'object' || payload === null || !Object.hasOwn(payload, field)) return undefined;
  const value: unknown = Reflect.get(payload, field);
  return Array.isArray(value) ? value : undefined;
}
