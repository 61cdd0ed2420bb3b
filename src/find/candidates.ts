/**
 * The dedupe ids that an id may mean: the id itself, as a caller sends it, and those that the sources derive from it.
 *
 * PURE. A shop shows `#1001` and writes `1001`, so the id is tried with and without a leading `#`.
 */
import { deriveDedupeId } from '../mapping/dedupe-id.js';
import { EVENT_TYPES, type EventType, PURCHASE } from '../mapping/event.js';
import { isSource, SOURCES, type Source } from '../mapping/source.js';

/** Event types for which a source derives an id; every other source takes an id as it is. */
const DERIVED: Readonly<Partial<Record<Source, readonly EventType[]>>> = {
  shopify: [PURCHASE],
  woocommerce: [PURCHASE],
  stripe: [PURCHASE],
  order: EVENT_TYPES,
  // For a purchase, GA4 uses the bare transaction id.
  ga4: EVENT_TYPES.filter((type) => type !== PURCHASE),
};

/** Whether every event of the source has a derived id. */
export function derivesAll(source: Source): boolean {
  return source !== 'ga4' && DERIVED[source] !== undefined;
}

/** Forms that the id may have in a payload. */
export function formsOf(id: string): string[] {
  const bare = id.trim().replace(/^#/, '');
  return [...new Set([id.trim(), bare, `#${bare}`])].filter((form) => form !== '' && form !== '#');
}

/** Such as a shell's unset variable: it would be told as an event that is not known. */
export function isEmptyId(id: string): boolean {
  return formsOf(id).length === 0;
}

/** @param source only ids of this one */
export function candidatesOf(id: string, source?: Source): string[] {
  const sources = source === undefined ? SOURCES : [source];
  const ids = new Set<string>();
  for (const form of formsOf(id)) {
    ids.add(form);
    for (const name of sources) for (const type of DERIVED[name] ?? []) ids.add(deriveDedupeId(name, type, form));
  }
  return [...ids];
}

/** The source that a derived id names. */
export function sourceIn(dedupeId: string): Source | undefined {
  const [name = '', type] = dedupeId.split(':');
  return type !== undefined && isSource(name) ? name : undefined;
}
