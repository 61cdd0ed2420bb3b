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

interface Open {
  readonly node: object;
  readonly depth: number;
}

/** Walks without recursion: this is what guards the others' recursion. */
function refuseShape(payload: object): Refusal | undefined {
  const open: Open[] = [{ node: payload, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    if (depth > DEPTH_MAX) return refuse('too_large', '', `is nested more than ${DEPTH_MAX} deep`);
    const refusal = Array.isArray(node) ? openList(node, depth + 1, open) : openFields(node, depth + 1, open);
    if (refusal) return refusal;
  }
  return undefined;
}

function openList(list: readonly unknown[], depth: number, open: Open[]): Refusal | undefined {
  if (list.length > LIST_MAX) return refuse('too_large', '', `has more than ${LIST_MAX} entries in one list`);
  for (const node of list) if (isObject(node)) open.push({ node, depth });
  return undefined;
}

function openFields(fields: object, depth: number, open: Open[]): Refusal | undefined {
  let count = 0;
  // Object.values would copy them first.
  for (const field in fields) {
    count += 1;
    const node: unknown = fields[field as keyof typeof fields];
    if (isObject(node)) open.push({ node, depth });
  }
  return count > KEYS_MAX ? refuse('too_large', '', `has more than ${KEYS_MAX} fields in one object`) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function listIn(payload: unknown, field: string): readonly unknown[] | undefined {
  if (typeof payload !== 'object' || payload === null || !Object.hasOwn(payload, field)) return undefined;
  const value: unknown = Reflect.get(payload, field);
  return Array.isArray(value) ? value : undefined;
}
