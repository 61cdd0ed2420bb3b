/**
 * What coverage counts of an event: its types of match keys, its consent, and whether it is a purchase. It is encoded
 * in one small number, so that an event that waits for its acknowledgement stores only this.
 *
 * PURE. Promises: values of match keys are not read, and cannot be derived from the number.
 */
import { type ConversionEvent, PURCHASE } from '../mapping/event.js';
import { MATCH_KEY_TYPES, type MatchKeyType } from '../mapping/match-key.js';

/**
 * `given`, `denied`: by Amazon's own consent fields; if one of them is denied, it is `denied`. `signal`: a TCF or GPP
 * string or an IP address, which Amazon interprets and we do not. `none`: nothing.
 */
export const CONSENT_STATES = ['given', 'denied', 'signal', 'none'] as const;
export type ConsentState = (typeof CONSENT_STATES)[number];

/**
 * Everything that is counted; the position is the bit. Each event has exactly one consent state: their sum is the
 * number of events.
 */
export const COUNTED = [...MATCH_KEY_TYPES, ...CONSENT_STATES, 'purchase'] as const;
export type Counted = (typeof COUNTED)[number];

const BITS = Object.fromEntries(COUNTED.map((name, place) => [name, 1 << place])) as Record<Counted, number>;

/** One bit for each of COUNTED. A type counts once, however many match keys of it there are. */
export function marksOf({ eventType, matchKeys, consent }: ConversionEvent): number {
  let marks = BITS[consentOf(consent)];
  if (eventType === PURCHASE) marks |= BITS.purchase;
  for (const { type } of matchKeys) marks |= BITS[type];
  return marks;
}

function consentOf(consent: ConversionEvent['consent']): ConsentState {
  if (!consent) return 'none';
  const { amazonConsent, tcf, gpp } = consent;
  // If there is a string beside Amazon's own fields, Amazon's tag uses the string.
  if (!amazonConsent || tcf !== undefined || gpp !== undefined) return 'signal';
  return amazonConsent.amznUserData === 'DENIED' || amazonConsent.amznAdStorage === 'DENIED' ? 'denied' : 'given';
}

export function isKeyType(name: Counted): name is MatchKeyType {
  return MATCH_KEY_TYPES.some((type) => type === name);
}

export function isConsentState(name: Counted): name is ConsentState {
  return CONSENT_STATES.some((state) => state === name);
}
