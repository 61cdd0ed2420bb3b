/**
 * Maps a request's body to records: a JSON document (an object, or a list of them), or NDJSON.
 *
 * PURE. Promises: time linear in the body's bytes. A faulty record is refused alone.
 */
import { countEvents, EVENTS_MAX } from '../../mapping/bounds.js';
import type { MappingContext } from '../../mapping/context.js';
import { parseJson } from '../../mapping/json.js';
import type { Source } from '../../mapping/source.js';
import { type MappedRecord, mapRecord, UNREADABLE_RECORD } from '../records.js';

/** The body is not JSON, or holds more than EVENTS_MAX events. */
type MappedBody = readonly MappedRecord[] | 'not_json' | 'too_many';

export interface Mapping {
  readonly source: Source;
  readonly context: MappingContext;
}

export function mapBody(body: string, form: 'json' | 'ndjson', mapping: Mapping): MappedBody {
  return form === 'json' ? mapDocument(body, mapping) : mapLines(body, mapping);
}

function mapDocument(body: string, mapping: Mapping): MappedBody {
  const document = tryParse(body);
  if (!document) return 'not_json';
  const payloads: readonly unknown[] = Array.isArray(document.value) ? document.value : [document.value];
  return mapAll(
    payloads.map((value) => ({ value })),
    mapping,
  );
}

/** In NDJSON each line is a record of its own. */
function mapLines(body: string, mapping: Mapping): MappedBody {
  const lines = body.split('\n').filter((line) => line.trim() !== '');
  return lines.length > EVENTS_MAX ? 'too_many' : mapAll(lines.map(tryParse), mapping);
}

/** Events are counted before any is mapped: one body of Google Analytics may hold thousands. */
function mapAll(payloads: readonly (Payload | undefined)[], { source, context }: Mapping): MappedBody {
  const events = payloads.reduce((sum, payload) => sum + (payload ? countEvents(source, payload.value) : 1), 0);
  if (events > EVENTS_MAX) return 'too_many';
  return payloads.map((payload) => (payload ? mapRecord(source, payload.value, context) : UNREADABLE_RECORD));
}

interface Payload {
  readonly value: unknown;
}

function tryParse(text: string): Payload | undefined {
  try {
    return { value: parseJson(text) };
  } catch {
    // The caller reports what is not JSON.
    return undefined;
  }
}
