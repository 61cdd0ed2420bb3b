/**
 * Source `ga4`: events of Google Analytics 4 in the forms found in the wild: the flat event of a data layer or a
 * server container, and the Measurement Protocol body with several events in one.
 *
 * The payload is Google's, so fields that mean nothing to Amazon are passed over. Field table:
 * docs/sources.md. Google hashes `sha256_*` values by rules of its own (dots of Gmail addresses removed): they pass
 * through and may not match at Amazon.
 */
import type { MappingContext } from '../context.js';
import { deriveDedupeId, deriveDedupeIdFromContent, digestLarge } from '../dedupe-id.js';
import { EVENT_TYPES, type EventDraft, type EventType, PURCHASE } from '../event.js';
import { finishEvent } from '../finish-event.js';
import { readAmount } from '../money.js';
import { defaultActionSource } from '../origin.js';
import { type Issue, type Mapped, refuse } from '../refusal.js';
import { isoOf } from '../time.js';
import { ga4Attributes } from './ga4-attributes.js';
import { ga4Consent } from './ga4-consent.js';
import { ga4Origins, locatedBy } from './ga4-origins.js';
import { ga4MatchKeys } from './ga4-user-data.js';
import { draftMatchKeys, type MatchKeyField, matchKeyOrigins } from './match-key-fields.js';
import { type Fields, fieldsOf, firstPresent, itemsOf, textOf, unitsOf } from './payload.js';

const EVENT_TYPE_OF: Record<string, EventType> = {
  view_item: 'DETAIL_PAGE_VIEW',
  add_to_cart: 'ADD_TO_SHOPPING_CART',
  begin_checkout: 'CHECKOUT',
  purchase: PURCHASE,
  generate_lead: 'LEAD',
  sign_up: 'SIGN_UP',
  search: 'SEARCH',
  view_search_results: 'SEARCH',
  contact: 'CONTACT',
  page_view: 'PAGE_VIEW',
  subscribe: 'SUBSCRIBE',
};

const FIELD_NAMES = {
  name: 'event_name',
  countryCode: 'country_code',
  clientDedupeId: 'event_id',
  currencyCode: 'currency',
  unitsSold: 'items',
  matchKeys: 'user_data',
  consent: 'consent_state',
};

/** Not checked yet. */
type Draft = { [field in keyof EventDraft]?: unknown };

/** One result an event; a Measurement Protocol body gives as many as it has events. */
export function mapGa4(payload: unknown, context: MappingContext): Mapped[] {
  const body = fieldsOf(payload);
  if (!body) return [refuse('invalid', '', 'must be an object: a GA4 event or a Measurement Protocol body')];
  if (body['events'] === undefined) return [mapFlat(flatOf(body), context)];
  const { events, ...shared } = body;
  if (!Array.isArray(events)) return [refuse('invalid', 'events', 'must be a list')];
  if (events.length === 0) return [refuse('invalid', 'events', 'holds no event')];
  // What the events share is read and hashed once, so that a body costs what its bytes cost.
  const reading = readingOf();
  const sharedIdentity = digestLarge(shared);
  const bodyContext = { ...context, hashedLists: new WeakMap() };
  return events.map((entry: unknown, index) => {
    const path = `events[${index}]`;
    const event = fieldsOf(entry);
    if (!event) return refuse('invalid', path, 'must be an object with name and params');
    const { params, name, ...own } = event;
    const fields = fieldsOf(params) ?? {};
    const locate = (field: string) => {
      const [first = ''] = field.split(/[.[]/);
      if (first === 'event_name') return `${path}.name`;
      if (Object.hasOwn(fields, first)) return `${path}.params.${field}`;
      return Object.hasOwn(own, first) ? `${path}.${field}` : field;
    };
    const flat: FlatEvent = {
      payload: { ...shared, ...own, ...fields, event_name: name },
      identity: () => ({ ...sharedIdentity, ...own, ...fields, event_name: name }),
      reading,
      locate,
    };
    return underPath(mapFlat(flat, bodyContext), `${path}.params`);
  });
}

interface FlatEvent {
  readonly payload: Fields;
  /** What makes this event itself where it has no id. */
  readonly identity: () => Fields;
  readonly reading: Reading;
  /** Where a field of the flat event stands in the caller's payload. */
  readonly locate: (field: string) => string;
}

function flatOf(payload: Fields): FlatEvent {
  return { payload, identity: () => payload, reading: readingOf(), locate: (field) => field };
}

/** What is read of objects and lists, each of them once: in a body they are mostly the same for all events. */
interface Reading {
  readonly matchKeysIn: (userData: Fields) => { readonly fields: MatchKeyField[]; readonly drafted: object };
  readonly countryIn: (userData: Fields) => string | undefined;
  readonly itemsIn: (list: unknown) => { readonly first: Fields | undefined; readonly units: number | undefined };
}

function readingOf(): Reading {
  const itemsIn = once((list: readonly unknown[]) => {
    const items = itemsOf(list);
    return { first: items[0], units: unitsOf(items) };
  });
  return {
    matchKeysIn: once((userData) => {
      const fields = ga4MatchKeys(userData);
      return { fields, drafted: draftMatchKeys(fields) };
    }),
    countryIn: once((userData) => textOf(addressCountry(userData['address']))),
    itemsIn: (list) => itemsIn(Array.isArray(list) ? list : NO_ITEMS),
  };
}

function once<K extends object, V>(read: (of: K) => V): (of: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return (of) => {
    const entry = known.get(of) ?? { value: read(of) };
    known.set(of, entry);
    return entry.value;
  };
}

const NO_FIELDS: Fields = {};
const NO_ITEMS: readonly never[] = [];

function mapFlat({ payload, identity, reading, locate }: FlatEvent, context: MappingContext): Mapped {
  const ecommerce = fieldsOf(payload['ecommerce']) ?? payload;
  const userData = fieldsOf(payload['user_data']) ?? NO_FIELDS;
  const name = textOf(payload['event_name']) ?? textOf(payload['event']);
  if (name === undefined) return refuse('invalid', 'event_name', 'is required: the name of the GA4 event');
  const eventType = context.eventType ?? EVENT_TYPE_OF[name];
  if (eventType === undefined) {
    const choices = EVENT_TYPES.join(', ');
    return refuse('unsupported', 'event_name', `stands for no Amazon event type: name one of ${choices} with the call`);
  }
  const isPurchase = eventType === PURCHASE;
  const items = reading.itemsIn(ecommerce['items'] ?? payload['items']);
  const rawValue = firstPresent(ecommerce['value'], payload['value']);
  const value = readAmount(rawValue);
  if (rawValue !== undefined && value === undefined) return refuse('invalid', 'value', 'is not a plain decimal amount');
  const dedupeId = dedupeIdOf({ payload, identity }, ecommerce, eventType);
  if (dedupeId === undefined) {
    return refuse('invalid', 'transaction_id', 'is required for a purchase, or event_id: without it, it counts twice');
  }
  const currency = textOf(firstPresent(ecommerce['currency'], payload['currency']));
  const units = isPurchase ? items.units : undefined;
  const attributes = ga4Attributes(items.first);
  const matchKeys = reading.matchKeysIn(userData);
  const actionSource = defaultActionSource(context, 'WEBSITE');
  const consent = ga4Consent(payload);
  const draft: Draft = {
    name,
    eventType,
    eventActionSource: actionSource.value,
    countryCode: textOf(payload['country_code']) ?? reading.countryIn(userData) ?? context.defaultCountry,
    timestamp: timestampOf(payload),
    clientDedupeId: dedupeId,
    matchKeys: matchKeys.drafted,
  };
  // One by one: to spread an object for each that may be absent takes longer than reading the payload.
  if (value !== undefined) draft.value = value;
  if (isPurchase && currency !== undefined) draft.currencyCode = currency;
  if (units !== undefined) draft.unitsSold = units;
  if (attributes.length > 0)
    draft.customAttributes = attributes.map((made) => ({ name: made.name, value: made.value }));
  if (consent) draft.consent = consent;
  return finishEvent(
    draft,
    context,
    () => FIELD_NAMES,
    () => {
      const origins = {
        ...ga4Origins(payload, context, attributes),
        eventActionSource: actionSource.origin,
        ...matchKeyOrigins(matchKeys.fields),
      };
      return locatedBy(locate, origins);
    },
  );
}

function dedupeIdOf(
  { payload, identity }: Pick<FlatEvent, 'payload' | 'identity'>,
  ecommerce: Fields,
  eventType: EventType,
): string | undefined {
  const eventId = textOf(payload['event_id']);
  if (eventId !== undefined) return eventId;
  const transactionId = textOf(firstPresent(ecommerce['transaction_id'], payload['transaction_id']));
  if (transactionId !== undefined) return deriveDedupeId('ga4', eventType, transactionId);
  return eventType === PURCHASE ? undefined : deriveDedupeIdFromContent('ga4', eventType, identity());
}

function addressCountry(address: unknown): unknown {
  if (!Array.isArray(address)) return fieldsOf(address)?.['country'];
  for (const entry of address as readonly unknown[]) {
    const country = firstPresent(fieldsOf(entry)?.['country']);
    if (country !== undefined) return country;
  }
  return undefined;
}

/** `timestamp_ms`, `timestamp_micros` or ISO `timestamp`; undefined lets the schema say what is missing. */
function timestampOf(payload: Fields): string | undefined {
  const millis = textOf(payload['timestamp_ms']);
  if (millis !== undefined) return fromEpochMs(millis);
  const micros = textOf(payload['timestamp_micros']);
  if (micros !== undefined) return fromEpochMs(micros.slice(0, -3));
  return textOf(payload['timestamp']);
}

function fromEpochMs(digits: string): string | undefined {
  return /^\d{1,15}$/.test(digits) ? isoOf(Number(digits)) : undefined;
}

function underPath(mapped: Mapped, prefix: string): Mapped {
  if (mapped.ok) return mapped;
  const issues: Issue[] = mapped.issues.map(({ path, message }) => ({ path: `${prefix}.${path}`, message }));
  return { ...mapped, issues };
}
