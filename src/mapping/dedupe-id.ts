/**
 * Deduplication ids for payloads that bring none: the same order always gives the same id, whoever delivers it and
 * however often. Never from the clock or from chance.
 */
import { hash } from 'node:crypto';

/** Above what a body says of its customer: such bodies' ids stay as they always were. */
const SMALL_CHARS = 4_000;
const READABLE = /^[\w.:#-]{1,128}$/;

/**
 * An id that says what it is (`order:OFF_AMAZON_PURCHASES:1001`); where the order's id is not plain text, its hash
 * stands in, so that it cannot carry an e-mail address or a control character to Amazon.
 */
export function deriveDedupeId(source: string, eventType: string, id: string): string {
  return `${source}:${eventType}:${READABLE.test(id) ? id : sha256(id)}`;
}

/** An id that was derived where the event's type is not known: no event has it. */
export function isOfNoType(id: string): boolean {
  return /^[a-z\d]+:undefined:/.test(id);
}

/** For events that have no id of their own but are complete, time included: the same payload is the same event. */
export function deriveDedupeIdFromContent(source: string, eventType: string, payload: unknown): string {
  return `${source}:${eventType}:${digestOf(payload)}`;
}

/** The same for the same content, whatever the order of its fields. */
function digestOf(payload: unknown): string {
  return sha256(canonicalJson(payload));
}

/**
 * The same fields, or their digest where they are large. What the events of a body share is part of the identity of each:
 * taken as it stands, the body would be read once an event.
 */
export function digestLarge(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const text = canonicalJson(fields);
  return text.length <= SMALL_CHARS ? fields : { sharedSha256: hash('sha256', text, 'hex') };
}

/** JSON with sorted keys, so that the order of fields does not make a second event. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(',')}}`;
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}
