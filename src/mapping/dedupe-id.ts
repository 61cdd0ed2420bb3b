/**
 * Deduplication ids for payloads that bring none: the same order always gives the same id, whoever delivers it and
 * however often. Never from the clock or from chance.
 */
import { hash } from 'node:crypto';

const READABLE = /^[\w.:#-]{1,128}$/;

/**
 * An id that says what it is (`order:OFF_AMAZON_PURCHASES:1001`); where the order's id is not plain text, its hash
 * stands in, so that it cannot carry an e-mail address or a control character to Amazon.
 */
export function deriveDedupeId(source: string, eventType: string, id: string): string {
  return `${source}:${eventType}:${READABLE.test(id) ? id : sha256(id)}`;
}

/** For events that have no id of their own but are complete, time included: the same payload is the same event. */
export function deriveDedupeIdFromContent(source: string, eventType: string, payload: unknown): string {
  return `${source}:${eventType}:${sha256(canonicalJson(payload))}`;
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
