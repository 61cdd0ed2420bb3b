/**
 * The deduplication id of a GA4 event.
 *
 * For a purchase it is the bare `transaction_id`, as in Amazon's own tags, so that both count once: `event_id` is a new one at
 * each load of a thank-you page. Ids of other events contain their type, because all events of a page share one `event_id`.
 */
import { deriveDedupeId, deriveDedupeIdFromContent } from '../dedupe-id.js';
import type { Place } from '../payload.js';
import { readId } from '../readers.js';
import type { Reading } from '../reading.js';
import type { SourceRecord } from '../source-record.js';
import type { FieldReader } from '../table.js';

export function eventId(transactionId: readonly Place[], eventIds: readonly Place[]): FieldReader {
  const purchases = { transaction_id: [transactionId, eventIds], event_id: [eventIds, transactionId] };
  const others = [eventIds, transactionId];
  return (record) => {
    if (!record.isPurchase) return otherId(record, others);
    const setting = record.context.dedupeIds?.ga4 ?? 'transaction_id';
    for (const places of purchases[setting]) {
      const found = firstId(record, places);
      if (found) return { path: found.path, value: found.id, rule: 'as written' };
    }
    record.refuse('transaction_id', 'is required for a purchase, or event_id: without it, it counts twice');
    return { path: 'transaction_id', value: undefined, rule: '' };
  };
}

function otherId(record: SourceRecord, choices: readonly (readonly Place[])[]): Reading {
  const eventType = String(record.readings.eventType?.value);
  for (const places of choices) {
    const found = firstId(record, places);
    if (!found) continue;
    const { path, id } = found;
    const rule = `derived: ga4 + event type + ${path.endsWith('event_id') ? 'event id' : 'transaction id'}`;
    return { path, value: id === undefined ? undefined : deriveDedupeId('ga4', eventType, id), rule };
  }
  const rule = 'derived: ga4 + event type + hash of the whole event';
  const value = deriveDedupeIdFromContent('ga4', eventType, record.payload.content());
  return { path: '', value, rule, from: '(all)' };
}

/** Undefined if no place has a value; without an id if the value is not one. */
function firstId(record: SourceRecord, places: readonly Place[]): ReturnType<typeof readId> | undefined {
  for (const place of places) {
    const found = readId(record, place, false);
    if (found.isThere) return found;
  }
  return undefined;
}
