/**
 * Limits of a payload, so that its cost grows only with its bytes.
 *
 * PURE. They are checked before a source's mapper sees the payload: so a mapper may walk the payload in any way, also
 * recursively. The limits are far above what any source sends.
 */
import { fieldsOf } from './payload.js';
import type { Refusal } from './refusal.js';
import { refuse } from './refusal.js';

const DEPTH_MAX = 64;
/** Names in one object; the columns of a CSV record are such names. */
const KEYS_MAX = 1_000;
const LIST_MAX = 10_000;
/** Match keys as given: Amazon takes 15, but the same value may occur several times. */
export const MATCH_KEYS_MAX = 100;
/** The fields of a Measurement Protocol body outside its events: Google has about a dozen. They count for each event. */
const SHARED_FIELDS_MAX = 100;
/** Events of one payload. */
export const EVENTS_MAX = 10_000;

/** Number of events in the payload: one, or as many as a Measurement Protocol body lists. */
export function countEvents(source: string, payload: unknown): number {
  const events = source === 'ga4' ? listIn(payload, 'events') : undefined;
  return events === undefined ? 1 : Math.max(1, events.length);
}

/** @returns why the payload is rejected; undefined if it is within the limits */
export function refuseUnbounded(source: string, payload: unknown): Refusal | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const matchKeys = listIn(payload, 'matchKeys');
  if (matchKeys !== undefined && matchKeys.length > MATCH_KEYS_MAX) {
    return refuse('invalid', 'matchKeys', `are more than ${MATCH_KEYS_MAX}`);
  }
  // Each fault costs something, and a list of plain values would have one for each entry.
  const items = source === 'order' ? listIn(payload, 'items') : undefined;
  for (let index = 0; index < (items?.length ?? 0); index += 1) {
    if (!isObject(items?.[index])) return refuse('invalid', `items[${index}]`, 'must be an object');
  }
  if (source === 'ga4' && listIn(payload, 'events') !== undefined) {
    if (countEvents(source, payload) > EVENTS_MAX) {
      return refuse('too_large', 'events', `are more than ${EVENTS_MAX}: send several bodies`);
    }
    if (Object.keys(payload).length > SHARED_FIELDS_MAX) {
      return refuse('too_large', '', `has more than ${SHARED_FIELDS_MAX} fields beside its events`);
    }
  }
  const fault = faultOfShape(payload, 1);
  return fault === undefined ? undefined : refuse('too_large', '', fault);
}

/** It is recursive, but no deeper than the limit. It is one function, because it checks every payload. */
function faultOfShape(node: object, depth: number): string | undefined {
  if (depth > DEPTH_MAX) return `is nested more than ${DEPTH_MAX} deep`;
  if (Array.isArray(node)) {
    if (node.length > LIST_MAX) return `has more than ${LIST_MAX} entries in one list`;
    for (const entry of node as unknown[]) {
      const fault = isObject(entry) ? faultOfShape(entry, depth + 1) : undefined;
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  let count = 0;
  // Object.values would copy them first.
  for (const field in node) {
    count += 1;
    const entry: unknown = node[field as keyof typeof node];
    const fault = isObject(entry) ? faultOfShape(entry, depth + 1) : undefined;
    if (fault !== undefined) return fault;
  }
  return count > KEYS_MAX ? `has more than ${KEYS_MAX} fields in one object` : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function listIn(payload: unknown, field: string): readonly unknown[] | undefined {
  const value = fieldsOf(payload)?.[field];
  return Array.isArray(value) ? value : undefined;
}
