/**
 * Reads a packed job (job.ts): cuts the texts of its events out of it, and reads the head of each.
 *
 * PURE. Parsing events that are only passed on would cost the worker more than anything else it does with an event. Text that
 * differs in any character from what our producer writes is left to the full reader (read-job.ts).
 */
import { EVENT_TYPES, type EventType } from '../mapping/event.js';
import type { EventFacts, HeldEvent } from './held-event.js';
import { BETWEEN_ENTRIES, PACKED_END, PACKED_HEAD } from './job.js';

// In the order of the schema in mapping/event.ts. An id or a product name may contain escapes: this reads ids without escapes,
// and names with them.
const EVENT_HEAD =
  /^\{"name":"(?:[^"\\]|\\.)*","eventType":"(\w+)","eventActionSource":"\w+","countryCode":"\w+","timestamp":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","clientDedupeId":"([^"\\]+)"(?:,"value":(-?[\d.]+))?(?:,"currencyCode":"(\w+)")?,"(?:unitsSold|consent|dataProcessingOptions|customAttributes|matchKeys)":/;

// Match keys are last, or the consent that the account's setting adds. Nothing else in an entry ends like this.
const EVENT_ENDS = ['"]}]}', '"}}}', '"}}'];

const TYPES: ReadonlyMap<string, EventType> = new Map(EVENT_TYPES.map((type) => [type, type]));

/** @returns undefined if it is not a packed job, or needs the full reader */
export function readPackedJob(text: string): HeldEvent[] | undefined {
  const [head = '', source, enqueuedAt] = PACKED_HEAD.exec(text) ?? [];
  if (source === undefined || !text.endsWith(PACKED_END)) return undefined;
  const facts: EventFacts = { source, enqueuedAt: Number(enqueuedAt) };
  const events: HeldEvent[] = [];
  // Inside a JSON text a quote is always escaped, so the separator between two entries cannot occur in one.
  for (const eventText of text.slice(head.length, -PACKED_END.length).split(BETWEEN_ENTRIES)) {
    const event = readHead(eventText, facts);
    if (!event) return undefined;
    events.push(event);
  }
  return events;
}

function readHead(text: string, facts: EventFacts): HeldEvent | undefined {
  const [, type = '', timestamp = '', clientDedupeId = '', value, currencyCode] = EVENT_HEAD.exec(text) ?? [];
  const eventType = TYPES.get(type);
  if (eventType === undefined) return undefined;
  if (!EVENT_ENDS.some((end) => text.endsWith(end))) return undefined;
  return {
    clientDedupeId,
    timestampMs: Date.parse(timestamp),
    eventType,
    value: value === undefined ? undefined : Number(value),
    currencyCode,
    facts,
    text,
    event: undefined,
  };
}
