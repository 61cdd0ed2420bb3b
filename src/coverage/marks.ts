/**
 * What is counted of an event for coverage: which types of match keys it carries, what it says of consent, and whether it is
 * a purchase. As one small number, so that an event that waits for its acknowledgement takes nothing along but this.
 *
 * PURE. Promises: no value of a match key is looked at, and none can be told from the number.
 */
import { type ConversionEvent, PURCHASE } from '../mapping/event.js';
import { MATCH_KEY_TYPES, type MatchKeyType } from '../mapping/match-key.js';

/**
 * `given`, `denied`: Amazon's own consent fields say so; one of them denied is `denied`. `signal`: a TCF or GPP string or an
 * IP address, which Amazon reads and we do not. `none`: nothing.
 */
export const CONSENT_STATES = ['given', 'denied', 'signal', 'none'] as const;
export type ConsentState = (typeof CONSENT_STATES)[number];

/** All that is counted, by place. Each event has exactly one state of consent: their sum is the number of events. */
export const COUNTED = [...MATCH_KEY_TYPES, ...CONSENT_STATES, 'purchase'] as const;
export type Counted = (typeof COUNTED)[number];

const BITS = Object.fromEntries(COUNTED.map((name, place) => [name, 1 << place])) as Record<Counted, number>;

/** A bit for each of COUNTED; a type counts once, however many match keys of it there are. */
export function marksOf({ eventType, matchKeys, consent }: ConversionEvent): number {
  let marks = BITS[consentOf(consent)];
  if (eventType === PURCHASE) marks |= BITS.purchase;
  for (const { type } of matchKeys) marks |= BITS[type];
  return marks;
}

function consentOf(consent: ConversionEvent['consent']): ConsentState {
  if (!consent) return 'none';
  const { amazonConsent, tcf, gpp } = consent;
  // Where a string stands beside Amazon's own fields, Amazon's tag goes by the string.
  if (!amazonConsent || tcf !== undefined || gpp !== undefined) return 'signal';
  return amazonConsent.amznUserData === 'DENIED' || amazonConsent.amznAdStorage === 'DENIED' ? 'denied' : 'given';
}

export function isKeyType(name: Counted): name is MatchKeyType {
  return MATCH_KEY_TYPES.some((type) => type === name);
}

export function isConsentState(name: Counted): name is ConsentState {
  return CONSENT_STATES.some((state) => state === name);
}
