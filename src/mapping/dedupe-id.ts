/**
 * Deduplication ids for payloads without one: the same order always gives the same id, from any sender and any number of times.
 * Never from the clock or a random number.
 */
import { hash } from 'node:crypto';

/** More than a body says of its customer: the ids of such bodies must not change. */
const SMALL_CHARS = 4_000;
const READABLE = /^[\w.:#-]{1,128}$/;

/**
 * An id that says what it is (`order:OFF_AMAZON_PURCHASES:1001`). If the order's id is not plain text, its hash is used, so that
 * it cannot carry an e-mail address or a control character to Amazon.
 */
export function deriveDedupeId(source: string, eventType: string, id: string): string {
  return `${source}:${eventType}:${READABLE.test(id) ? id : sha256(id)}`;
}

/** An id that was derived without a known event type: no event has it. */
export function isOfNoType(id: string): boolean {
  return /^[a-z\d]+:undefined:/.test(id);
}

/** For events without an id that are complete, time included: the same payload is the same event. */
export function deriveDedupeIdFromContent(source: string, eventType: string, payload: unknown): string {
  return `${source}:${eventType}:${digestOf(payload)}`;
}

/** The same for the same content, in any order of its fields. */
function digestOf(payload: unknown): string {
  return sha256(canonicalJson(payload));
}

/**
 * The same fields, or their digest if they are large. What the events of a body share is part of each event's identity: without a
 * digest, the body would be read once for each event.
 */
export function digestLarge(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const text = canonicalJson(fields);
  return text.length <= SMALL_CHARS ? fields : { sharedSha256: hash('sha256', text, 'hex') };
}

/** JSON with sorted keys, so that another order of fields does not make a second event. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(',')}}`;
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}
