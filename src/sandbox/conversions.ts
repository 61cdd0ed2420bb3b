/**
 * The sandbox's conversions endpoint, on both wires: strict about what Amazon documents as required, and as silent as
 * Amazon about plaintext that can never match.
 */
import { z } from 'zod';
import { readCountry } from '../mapping/country.js';
import { EVENT_ACTION_SOURCES, EVENT_TYPES } from '../mapping/event.js';
import { HASHED_MATCH_KEYS, MATCH_KEY_TYPES } from '../mapping/match-key.js';
import type { Caller } from './caller.js';
import { type Faults, isAbout } from './faults.js';
import type { Received } from './received.js';
import type { SandboxWire } from './sandbox-wire.js';

const EVENTS_PER_REQUEST = 500;
const DAY_MS = 24 * 3_600_000;

const matchKeys = z
  .array(z.object({ type: z.enum(MATCH_KEY_TYPES), values: z.array(z.string().min(1)).length(1) }))
  .min(1)
  .max(15);
const name = z.string().min(1).max(256);
const countryCode = z.string().refine((code) => readCountry(code) === code);
const timestamp = z.iso.datetime({ offset: true });
const shared = {
  countryCode,
  matchKeys,
  value: z.number().optional(),
  currencyCode: z.string().length(3).optional(),
  unitsSold: z.int().min(1).optional(),
  consent: z.object({}).loose().optional(),
};

const flatEvent = z.strictObject({
  ...shared,
  name,
  eventType: z.enum(EVENT_TYPES),
  eventActionSource: z.enum(EVENT_ACTION_SOURCES),
  timestamp,
  clientDedupeId: z.string().min(1).optional(),
  dataProcessingOptions: z.array(z.string()).optional(),
  customAttributes: z
    .array(z.object({ name: z.string(), value: z.string() }))
    .max(13)
    .optional(),
});

const dataSetName = z.string().regex(/^[A-Za-z][\w-]*$/);

const describedEvent = z.strictObject({
  ...shared,
  eventDescription: z.strictObject({
    name,
    conversionType: z.enum(EVENT_TYPES).exclude(['DETAIL_PAGE_VIEW']),
    eventSource: z.enum(['ANDROID', 'IOS', 'FIRE_TV', 'OFFLINE', 'WEBSITE', 'MEASUREMENT_ATTRIBUTION_PARTNER']),
    eventIngestionMethod: z.literal('SERVER_TO_SERVER'),
    dataSetName: dataSetName.optional(),
  }),
  eventTime: timestamp,
  eventId: z.string().min(1).optional(),
  dataProcessingOptions: z.strictObject({ options: z.array(z.string()) }).optional(),
  customData: z
    .array(z.object({ name: z.string(), value: z.string() }))
    .max(13)
    .optional(),
});

/** With an API token each event names the token's dataset by its id. */
const describedEventOfToken = describedEvent.extend({
  dataSetId: z.string().regex(/^amzn1\.adm\.ds1\.evnt1\../),
  eventDescription: describedEvent.shape.eventDescription.omit({ dataSetName: true }),
});

export interface SandboxAnswer {
  readonly status: number;
  readonly body: object;
  /** Ids of the accepted events. */
  readonly accepted: readonly string[];
  /** Of those, the ones that the answer does not name. */
  readonly omitted: readonly string[];
}

interface ItemError {
  readonly place: number;
  readonly code: string;
  readonly status: number;
  readonly message: string;
}

/** Judges a request's body event by event, stores the accepted ones, and builds the answer. */
export function takeConversions(
  body: unknown,
  wire: SandboxWire,
  { account, hasApiToken }: Pick<Caller, 'account' | 'hasApiToken'>,
  { received, faults, nowMs }: { received: Received; faults: Faults; nowMs: number },
): SandboxAnswer {
  const events = eventsOf(body, wire.root);
  if (!events) return refuse(`${wire.root} must be a list of events`);
  if (events.length === 0 || events.length > EVENTS_PER_REQUEST) {
    return refuse(`1 to ${EVENTS_PER_REQUEST} events a request`);
  }
  if (hasApiToken && dataSetsOf(events).size > 1) return refuse('all events of a request go to one dataset');
  const schema = hasApiToken ? describedEventOfToken : wire.isDescribed ? describedEvent : flatEvent;
  const read = events.map((event) => ({ event, id: idOf(event), error: faultOf(event, schema, wire, nowMs) }));
  for (const { event, id } of read) {
    const poison = faults.strike('poison', account, (fault) => isAbout(fault, event, id));
    if (poison) return refuse(poison.message ?? 'an event of the request is malformed', poison.status);
  }
  const accepted: number[] = [];
  const errors: ItemError[] = [];
  read.forEach(({ event, id, error }, place) => {
    const told = faults.strike('item_error', account, (fault) => isAbout(fault, event, id));
    if (told) {
      const { code, status = 400, message = 'told to fail' } = told;
      errors.push({ place, code, status, message });
    } else if (error !== undefined) {
      errors.push({ place, code: 'BAD_REQUEST', status: 400, message: error });
    } else {
      const content = JSON.stringify(event);
      received.accept({ account, id, content, hasPlaintext: holdsPlaintext(event), event: keptOf(event) }, nowMs);
      accepted.push(place);
    }
  });
  const omitted = faults.strike('omit_items', account)?.count ?? 0;
  const success = accepted.slice(omitted).map((place) => ({ index: place + wire.indexBase }));
  const ids = accepted.map((place) => read[place]?.id ?? '');
  return {
    status: 207,
    body: { success, error: errors.map((error) => wordError(error, wire)) },
    accepted: ids,
    omitted: ids.slice(0, omitted),
  };
}

function refuse(message: string, status = 400): SandboxAnswer {
  const code = status < 500 ? 'BAD_REQUEST' : 'INTERNAL_ERROR';
  return { status, body: { code, message }, accepted: [], omitted: [] };
}

function eventsOf(body: unknown, root: string): unknown[] | undefined {
  const parsed = z.strictObject({ [root]: z.array(z.unknown()) }).safeParse(body);
  return parsed.success ? parsed.data[root] : undefined;
}

function idOf(event: unknown): string {
  const parsed = z.object({ clientDedupeId: z.string().optional(), eventId: z.string().optional() }).safeParse(event);
  return parsed.data?.clientDedupeId ?? parsed.data?.eventId ?? '';
}

/** For an event that passed its schema. */
function keptOf(event: unknown): { type: string; time: string } {
  const flat = z.object({ eventType: z.string(), timestamp: z.string() }).safeParse(event);
  if (flat.success) return { type: flat.data.eventType, time: flat.data.timestamp };
  const described = z.object({ eventDescription: z.object({ conversionType: z.string() }), eventTime: z.string() });
  const { eventDescription, eventTime } = described.parse(event);
  return { type: eventDescription.conversionType, time: eventTime };
}

function dataSetsOf(events: readonly unknown[]): Set<unknown> {
  return new Set(events.map((event) => z.object({ dataSetId: z.unknown() }).safeParse(event).data?.dataSetId));
}

type EventSchema = typeof flatEvent | typeof describedEvent | typeof describedEventOfToken;

function faultOf(event: unknown, schema: EventSchema, wire: SandboxWire, nowMs: number): string | undefined {
  const parsed = schema.safeParse(event);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`;
  }
  const time = 'eventTime' in parsed.data ? parsed.data.eventTime : parsed.data.timestamp;
  return nowMs - Date.parse(time) > wire.maxAgeDays * DAY_MS
    ? `the event is more than ${wire.maxAgeDays} days old`
    : undefined;
}

function wordError({ place, code, status, message }: ItemError, wire: SandboxWire): object {
  const index = place + wire.indexBase;
  if (wire.isDescribed) return { index, errors: [{ code, message }] };
  const subErrors = [{ errorCode: 0, errorType: code, errorMessage: message }];
  return { index, httpStatusCode: String(status), itemRequestId: `item-${index}`, subErrors };
}

const hashed: ReadonlySet<string> = new Set(HASHED_MATCH_KEYS);

function holdsPlaintext(event: unknown): boolean {
  const parsed = z.object({ matchKeys }).safeParse(event);
  return (parsed.data?.matchKeys ?? []).some(
    ({ type, values }) => hashed.has(type) && !values.every((value) => /^[0-9a-f]{64}$/.test(value)),
  );
}
