/**
 * An event's fields between a draft and the event.
 *
 * Nearly all drafts are ordinary: they are checked by hand in half the time of the schema. For these the schema gives the same
 * result (a property test compares both). Everything else is left to the schema, so that each fault is the schema's.
 */
import { withoutAddress } from './consent-address.js';
import type { MappingContext } from './context.js';
import { COUNTRY_CODES } from './country-codes.js';
import { CURRENCIES } from './currency.js';
import {
  type ConversionEvent,
  consentSchema,
  customAttributesSchema,
  type EventFields,
  isEventActionSource,
  isEventType,
  PURCHASE,
  TIMESTAMP,
} from './event.js';
import type { MatchKey } from './match-key.js';
import { decimalsOf } from './money.js';
import { canonicalTime } from './time.js';

/** An event's fields without its match keys, before the checks. All names are present, also of absent fields. */
export type DraftFields = Readonly<Record<keyof EventFields, unknown>>;

const ORDINARY_NAME = /^\w(?:[\w .'-]{0,254}\w)?$/;
const ORDINARY_ID = /^[\w.:#-]{1,256}$/;
const COUNTRIES: ReadonlySet<unknown> = COUNTRY_CODES;
const KNOWN_CURRENCIES: ReadonlySet<unknown> = CURRENCIES;

type Identity = Pick<
  EventFields,
  'name' | 'eventType' | 'eventActionSource' | 'countryCode' | 'timestamp' | 'clientDedupeId'
>;
type Sale = Pick<EventFields, 'value' | 'currencyCode' | 'unitsSold'>;

/**
 * @param isIdPlain the dedupe id is known to be ordinary
 * @returns undefined if the schema must check it
 */
export function readOrdinary(draft: DraftFields, isIdPlain = false): EventFields | undefined {
  if (!hasIdentity(draft, isIdPlain) || !hasSale(draft) || draft.dataProcessingOptions !== undefined) return undefined;
  const consent = draft.consent === undefined ? NOTHING : consentSchema.safeParse(draft.consent);
  const attributes =
    draft.customAttributes === undefined ? NOTHING : customAttributesSchema.safeParse(draft.customAttributes);
  if (!consent.success || !attributes.success) return undefined;
  return {
    name: draft.name,
    eventType: draft.eventType,
    eventActionSource: draft.eventActionSource,
    countryCode: draft.countryCode,
    timestamp: canonicalTime(draft.timestamp),
    clientDedupeId: draft.clientDedupeId,
    value: draft.value,
    currencyCode: draft.currencyCode,
    unitsSold: draft.unitsSold,
    consent: consent.data,
    customAttributes: attributes.data,
  };
}

const NOTHING = { success: true, data: undefined } as const;

function hasIdentity(draft: DraftFields, isIdPlain: boolean): draft is DraftFields & Identity {
  return (
    isTextOf(ORDINARY_NAME, draft.name) &&
    isEventType(draft.eventType) &&
    isEventActionSource(draft.eventActionSource) &&
    COUNTRIES.has(draft.countryCode) &&
    isTextOf(TIMESTAMP, draft.timestamp) &&
    (isIdPlain || isTextOf(ORDINARY_ID, draft.clientDedupeId))
  );
}

function hasSale(draft: DraftFields): draft is DraftFields & Sale {
  const { eventType, value, currencyCode, unitsSold } = draft;
  if (value !== undefined && !isAmount(value)) return false;
  if (eventType !== PURCHASE) return currencyCode === undefined && unitsSold === undefined;
  return (
    (currencyCode === undefined || KNOWN_CURRENCIES.has(currencyCode)) &&
    (unitsSold === undefined || isCount(unitsSold))
  );
}

function isTextOf(form: RegExp, value: unknown): value is string {
  return typeof value === 'string' && form.test(value);
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY && decimalsOf(value) <= 2;
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1_000_000;
}

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

/** An absent field stays absent, so that the event's JSON contains only what was said. */
export function eventOf(
  fields: EventFields,
  matchKeys: readonly MatchKey[],
  { isIpAddressKept }: MappingContext,
): ConversionEvent {
  const { name, eventType, eventActionSource, countryCode, timestamp, clientDedupeId } = fields;
  const event: Mutable<EventFields> & { matchKeys?: readonly MatchKey[] } = {
    name,
    eventType,
    eventActionSource,
    countryCode,
    timestamp,
    clientDedupeId,
  };
  if (fields.value !== undefined) event.value = fields.value;
  if (fields.currencyCode !== undefined) event.currencyCode = fields.currencyCode;
  if (fields.unitsSold !== undefined) event.unitsSold = fields.unitsSold;
  const { consent } = fields;
  if (consent !== undefined) event.consent = consent.geo && !isIpAddressKept ? withoutAddress(consent) : consent;
  if (fields.dataProcessingOptions !== undefined) event.dataProcessingOptions = fields.dataProcessingOptions;
  if (fields.customAttributes !== undefined) event.customAttributes = fields.customAttributes;
  event.matchKeys = matchKeys;
  return event as ConversionEvent;
}
