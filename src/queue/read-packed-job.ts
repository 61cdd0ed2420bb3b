/**
 * Reading a packed job (job.ts): the texts of its events are cut out of it, and of each the head is read.
 *
 * PURE. To parse what is only passed on would cost the worker more than anything else it does with an event. What does not
 * look to the letter as our producer writes it is left to the careful reader (read-job.ts).
 */
import { EVENT_TYPES, type EventType } from '../mapping/event.js';
import type { EventFacts, HeldEvent } from './held-event.js';
import { BETWEEN_ENTRIES, PACKED_END, PACKED_HEAD } from './job.js';

// In the order of the schema in mapping/event.ts. An id or a name of a product may hold escapes; this reads what holds
// none, and names with them.
const EVENT_HEAD =
  /^\{"name":"(?:[^"\\]|\\.)*","eventType":"(\w+)","eventActionSource":"\w+","countryCode":"\w+","timestamp":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","clientDedupeId":"([^"\\]+)"(?:,"value":(-?[\d.]+))?(?:,"currencyCode":"(\w+)")?,"(?:unitsSold|consent|dataProcessingOptions|customAttributes|matchKeys)":/;

// Match keys stand last, or the consent that the account speaks for. What else an entry may hold ends in none of these.
const EVENT_ENDS = ['"]}]}', '"}}}', '"}}'];

const TYPES: ReadonlyMap<string, EventType> = new Map(EVENT_TYPES.map((type) => [type, type]));

/** @returns undefined where it is no packed job, or holds what has to be read with more care */
export function readPackedJob(text: string): HeldEvent[] | undefined {
  const [head = '', source, enqueuedAt] = PACKED_HEAD.exec(text) ?? [];
  if (source === undefined || !text.endsWith(PACKED_END)) return undefined;
  const facts: EventFacts = { source, enqueuedAt: Number(enqueuedAt) };
  const events: HeldEvent[] = [];
  // Inside a JSON text a quote is always escaped, so what stands between two entries can be nothing else.
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
