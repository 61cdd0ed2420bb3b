/**
 * What mapping needs to know that is not in the payload. Mapping is pure: the clock and the settings come in here.
 */
import type { ConversionEvent, EventActionSource, EventType } from './event.js';
import type { MatchKeyRulesChoice } from './match-key.js';

/** Fields of an order that can be its deduplication id instead; then they stand bare. `DEDUPE_ID_<SOURCE>`. */
export const DEDUPE_ID_FIELDS = {
  shopify: ['id', 'name', 'order_number', 'checkout_token'],
  woocommerce: ['id', 'number', 'order_key'],
  stripe: ['id', 'client_reference_id', 'payment_intent'],
  ga4: ['transaction_id', 'event_id'],
} as const;

export type DedupeIdFields = {
  readonly [Name in keyof typeof DEDUPE_ID_FIELDS]?: (typeof DEDUPE_ID_FIELDS)[Name][number] | undefined;
};

/** What a call says of all its records: a query of the intake, or options of a command. */
export interface CallWords {
  readonly eventType?: EventType | undefined;
  readonly consent?: 'granted' | 'denied' | undefined;
  readonly defaultCountry?: string | undefined;
  /** The intake alone has it: a file is read long after what it tells of. */
  readonly receivedAt?: 'now' | undefined;
}

export interface MappingContext {
  /** The moment the payload arrived, epoch milliseconds. */
  readonly nowMs: number;
  /** One rule set or several. */
  readonly matchKeyRules: MatchKeyRulesChoice;
  /** Events older than this are refused. Amazon takes 7 days (168) on one wire, 21 (504) on the other. */
  readonly maxEventAgeHours: number;
  /** ISO alpha-2 for payloads that name no country. */
  readonly defaultCountry?: string | undefined;
  /** True for EU accounts: Amazon demands a consent signal with each event. */
  readonly isConsentRequired?: boolean | undefined;
  /** True: also with each event of a customer in the EU, GB, NO, IS or LI, whatever the account. */
  readonly isConsentRequiredByCountry?: boolean | undefined;
  /** The caller's word on consent for payloads that hold no signal at all. */
  readonly defaultConsent?: ConversionEvent['consent'];
  /** True: an IP address in `consent.geo` stays in the event, in plain text. */
  readonly isIpAddressKept?: boolean | undefined;
  /** The caller's word for GA4 events that stand for no event type, and for rows of a file that name none. */
  readonly eventType?: EventType | undefined;
  readonly eventActionSource?: EventActionSource | undefined;
  /** True: GA4 events that hold no time get `nowMs`. */
  readonly isTimedOnReceipt?: boolean | undefined;
  /** Which field of an order is its deduplication id; each source's first, unless said. */
  readonly dedupeIds?: DedupeIdFields | undefined;
  /** True: events come with an explanation (explain.ts). Only then is any work done for it. */
  readonly isExplained?: boolean | undefined;
}

/** The account's context with what the call says. */
export function withCall(
  context: MappingContext,
  { eventType, consent, defaultCountry, receivedAt }: CallWords,
): MappingContext {
  const words = [eventType, consent, defaultCountry, receivedAt];
  if (words.every((word) => word === undefined)) return context;
  const signal = consent === 'granted' ? 'GRANTED' : 'DENIED';
  return {
    ...context,
    eventType: eventType ?? context.eventType,
    defaultCountry: defaultCountry ?? context.defaultCountry,
    isTimedOnReceipt: receivedAt === 'now',
    defaultConsent:
      consent === undefined
        ? context.defaultConsent
        : { amazonConsent: { amznAdStorage: signal, amznUserData: signal } },
  };
}
