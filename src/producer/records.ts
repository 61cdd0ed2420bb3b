/**
 * Records: from a payload to its queued events and its refusals. Shared by the library, intake and import.
 */
import { aliasesOf, shopIdsOf, tailOf } from '../mapping/aliases.js';
import type { MappingContext } from '../mapping/context.js';
import type { ConversionEvent } from '../mapping/event.js';
import { type Issue, type Mapped, type RefusedEvent, refuse } from '../mapping/refusal.js';
import { isSource, mapPayload, type Source } from '../mapping/source.js';
import type { NewEvent } from '../queue/pack-jobs.js';
import type { FileRecord } from './files/file-record.js';

export interface MappedRecord {
  readonly entries: readonly NewEvent[];
  /** The faults of the record's refused events, up to a hundred. Empty if there are none. */
  readonly issues: readonly Issue[];
  /** One for each refused event. */
  readonly refusals: readonly RefusedEvent[];
}

const NONE: readonly never[] = [];
/** The most faults listed for a record: an answer must not be a hundred times as large as its request. */
const ISSUES_MAX = 100;

/** A record may hold several events. The valid ones are queued even if others are refused. */
export function mapRecord(source: Source, payload: unknown, context: MappingContext): MappedRecord {
  const results = mapOrRefuse(source, payload, context);
  const [first] = results;
  // Most records are one valid event. For them, building lists costs more than their content.
  if (first?.ok && results.length === 1) {
    return { entries: [entryOf(first.event, source, context, payload)], issues: NONE, refusals: NONE };
  }
  const entries: NewEvent[] = [];
  const issues: Issue[] = [];
  const refusals: RefusedEvent[] = [];
  let faults = 0;
  for (const mapped of results) {
    if (mapped.ok) {
      entries.push(entryOf(mapped.event, source, context, payload));
    } else {
      faults += mapped.issues.length;
      for (const issue of mapped.issues.slice(0, ISSUES_MAX - issues.length)) issues.push(issue);
      const { reason, clientDedupeId, eventType } = mapped;
      const shopIds = idsIn(source, payload);
      refusals.push({ reason, clientDedupeId, eventType, ...(shopIds.length > 0 && { shopIds }) });
    }
  }
  if (faults > issues.length) issues.push({ path: '', message: `has ${faults - issues.length} more faults` });
  return { entries, issues, refusals };
}

/** Empty if they cannot be read: the record is refused for that. */
function idsIn(source: Source, payload: unknown): string[] {
  try {
    return shopIdsOf(source, payload);
  } catch {
    // The error's text may contain a part of the payload.
    return [];
  }
}

/** A bug of a mapper costs only the record that hit it, not the request or the file. */
function mapOrRefuse(source: Source, payload: unknown, context: MappingContext): readonly Mapped[] {
  try {
    return mapPayload(source, payload, context);
  } catch (err) {
    if (!isSource(source)) throw err;
    // The error's text may contain a part of the payload, so it is not repeated.
    return [refuse('invalid', '', 'cannot be mapped: a fault of the forwarder, please report it')];
  }
}

function entryOf(event: ConversionEvent, source: Source, { nowMs }: MappingContext, payload: unknown): NewEvent {
  const { clientDedupeId } = event;
  const names = aliasesOf(source, payload, clientDedupeId);
  if (names.length === 0) return { event, source, enqueuedAt: nowMs };
  return { event, source, enqueuedAt: nowMs, aliases: { names, shopId: tailOf(clientDedupeId) } };
}

/** Like {@link mapRecord}, for a record of a file, which may be unreadable. */
export function mapFileRecord(source: Source, { payload, fault }: FileRecord, context: MappingContext): MappedRecord {
  if (payload) return mapRecord(source, payload.value, context);
  return fault === undefined ? UNREADABLE_RECORD : unreadable(fault);
}

function unreadable(message: string): MappedRecord {
  return { entries: [], issues: [{ path: '', message }], refusals: [{ reason: 'unreadable' }] };
}

/** A record that is not JSON. */
export const UNREADABLE_RECORD: MappedRecord = unreadable('is not valid JSON');
