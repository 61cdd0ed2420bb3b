/**
 * What mapping needs to know that is not in the payload. Mapping is pure: the clock and the settings come in here.
 */
import type { CheckedDraft, ConversionEvent, EventActionSource, EventType } from './event.js';
import type { MatchKeyRules } from './match-key.js';

type HashedLists = WeakMap<object, Map<string, CheckedDraft['matchKeys']>>;

export interface MappingContext {
  /** The moment the payload arrived, epoch milliseconds. */
  readonly nowMs: number;
  readonly matchKeyRules: MatchKeyRules;
  /** Events older than this are refused. Amazon imports up to 7 days (168). */
  readonly maxEventAgeHours: number;
  /** ISO alpha-2 for payloads that name no country. */
  readonly defaultCountry?: string | undefined;
  /** True for EU accounts: Amazon demands a consent signal with each event. */
  readonly isConsentRequired?: boolean | undefined;
  /** The caller's word on consent for payloads that say nothing of it. */
  readonly defaultConsent?: ConversionEvent['consent'];
  /** The caller's word for payloads whose source does not say. */
  readonly eventType?: EventType | undefined;
  readonly eventActionSource?: EventActionSource | undefined;
  /**
   * Match keys of this body that are hashed already, by the list they were drafted in and the country: the events of one
   * body mostly share their customer, who is hashed once.
   */
  readonly hashedLists?: HashedLists | undefined;
  /** True: events come with an explanation (explain.ts). Only then is any work done for it. */
  readonly isExplained?: boolean | undefined;
}
