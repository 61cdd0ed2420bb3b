/** Settings whose default depends on the wire, because Amazon's rules do. */
import type { MatchKeyRulesChoice } from '../mapping/match-key.js';
import type { WireName } from './account-entry.js';

/** How old an event may be when it is imported: Amazon's own number for each wire. */
const MAX_EVENT_AGE_HOURS: Record<WireName, number> = { 'events-manager-v1': 168, 'ads-api-v1': 504 };
/** The guide's rules on the guide's wire, and those of Amazon's server tag on the tag's wire. */
const RULES: Record<WireName, MatchKeyRulesChoice> = { 'events-manager-v1': 'standard', 'ads-api-v1': 'amazon-events' };

export function maxEventAgeHoursOf(
  { MAX_EVENT_AGE_HOURS: set }: { readonly MAX_EVENT_AGE_HOURS?: number | undefined },
  wire: WireName,
): number {
  return set ?? MAX_EVENT_AGE_HOURS[wire];
}

export function matchKeyRulesOf(
  { MATCH_KEY_RULES: set }: { readonly MATCH_KEY_RULES?: MatchKeyRulesChoice | undefined },
  wire: WireName,
): MatchKeyRulesChoice {
  return set ?? RULES[wire];
}
