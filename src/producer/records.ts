/**
 * Records: from a payload to what is queued, and what is said of the rest. Shared by the library, intake and import.
 */
import type { MappingContext } from '../mapping/context.js';
import type { ConversionEvent } from '../mapping/event.js';
import type { Issue, RefusalReason } from '../mapping/refusal.js';
import { mapPayload, type Source } from '../mapping/source.js';
import type { QueuedEvent } from '../queue.js';
import type { FileRecord } from './read-records.js';

export interface MappedRecord {
  readonly entries: readonly QueuedEvent[];
  /** Every fault of the record's refused events; empty where all are fine. */
  readonly issues: readonly Issue[];
  /** One reason for each refused event. */
  readonly refusals: readonly RefusalReason[];
}

const NONE: readonly never[] = [];

/** A record may hold several events: the good ones go on, whatever becomes of the others. */
export function mapRecord(source: Source, payload: unknown, context: MappingContext): MappedRecord {
  const results = mapPayload(source, payload, context);
  const [first] = results;
  // Nearly every record is one good event: lists that grow cost more than what stands in them.
  if (first?.ok && results.length === 1) {
    return { entries: [entryOf(first.event, source, context)], issues: NONE, refusals: NONE };
  }
  const entries: QueuedEvent[] = [];
  const issues: Issue[] = [];
  const refusals: RefusalReason[] = [];
  for (const mapped of results) {
    if (mapped.ok) {
      entries.push(entryOf(mapped.event, source, context));
    } else {
      issues.push(...mapped.issues);
      refusals.push(mapped.reason);
    }
  }
  return { entries, issues, refusals };
}

function entryOf(event: ConversionEvent, source: Source, { nowMs }: MappingContext): QueuedEvent {
  return { event, source, enqueuedAt: nowMs };
}

/** Like {@link mapRecord}, for a record of a file, which may be unreadable. */
export function mapFileRecord(source: Source, { payload, fault }: FileRecord, context: MappingContext): MappedRecord {
  if (payload) return mapRecord(source, payload.value, context);
  return fault === undefined ? UNREADABLE_RECORD : unreadable(fault);
}

function unreadable(message: string): MappedRecord {
  return { entries: [], issues: [{ path: '', message }], refusals: ['unreadable'] };
}

/** A record that is not even JSON. */
export const UNREADABLE_RECORD: MappedRecord = unreadable('is not valid JSON');
