/** What mapping needs and the payload does not contain. Mapping is pure: the clock and the settings come in here. */
import type { ConversionEvent, EventActionSource, EventType } from './event.js';
import type { MatchKeyRulesChoice } from './match-key.js';

/** Fields of an order that can be its deduplication id instead, without a prefix. `DEDUPE_ID_<SOURCE>`. */
export const DEDUPE_ID_FIELDS = {
  shopify: ['id', 'name', 'order_number', 'checkout_token'],
  woocommerce: ['id', 'number', 'order_key'],
  stripe: ['id', 'client_reference_id', 'payment_intent'],
  ga4: ['transaction_id', 'event_id'],
} as const;

export type DedupeIdFields = {
  readonly [Name in keyof typeof DEDUPE_ID_FIELDS]?: (typeof DEDUPE_ID_FIELDS)[Name][number] | undefined;
};

/** What a call says about all its records: a query of the intake, or options of a command. */
export interface CallWords {
  readonly eventType?: EventType | undefined;
  readonly consent?: 'granted' | 'denied' | undefined;
  readonly defaultCountry?: string | undefined;
  /** Only the intake has it: a file is read long after its events. */
  readonly receivedAt?: 'now' | undefined;
}

export interface MappingContext {
  /** When the payload arrived, epoch milliseconds. */
  readonly nowMs: number;
  /** One rule set or several. */
  readonly matchKeyRules: MatchKeyRulesChoice;
  /** Events older than this are rejected. Amazon takes 7 days (168) on one wire, 21 (504) on the other. */
  readonly maxEventAgeHours: number;
  /** ISO alpha-2 for payloads without a country. */
  readonly defaultCountry?: string | undefined;
  /** True for EU accounts: Amazon requires a consent signal with each event. */
  readonly isConsentRequired?: boolean | undefined;
  /** True: also with each event of a customer in the EU, GB, NO, IS or LI, for any account. */
  readonly isConsentRequiredByCountry?: boolean | undefined;
  /** The caller's consent for payloads without any signal. */
  readonly defaultConsent?: ConversionEvent['consent'];
  /** True: an IP address in `consent.geo` stays in the event, in plain text. */
  readonly isIpAddressKept?: boolean | undefined;
  /** The caller's type for GA4 events without an event type, and for rows of a file without one. */
  readonly eventType?: EventType | undefined;
  readonly eventActionSource?: EventActionSource | undefined;
  /** True: GA4 events without a time get `nowMs`. */
  readonly isTimedOnReceipt?: boolean | undefined;
  /** Which field of an order is its deduplication id; each source's first by default. */
  readonly dedupeIds?: DedupeIdFields | undefined;
  /** True: events come with an explanation (explain.ts), which costs work only then. */
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
