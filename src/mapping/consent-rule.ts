/**
 * Whose events need a consent signal: those of an account in the EU region, and those of customers in a country whose law
 * requires one.
 *
 * Amazon's connectors and its OpenAPI page require it by account; Amazon's own server tag requires it by country. No source says
 * that the API refuses other events, so the second rule can be switched off (`CONSENT_REQUIRED_BY`). A denial is a signal: it is
 * sent, and Amazon does not use the event. Never: takes silence for a grant.
 */
import type { MappingContext } from './context.js';
import type { Fault } from './refusal.js';

export const CONSENT_RULES = ['account-or-country', 'account'] as const;
export type ConsentRule = (typeof CONSENT_RULES)[number];

/** The EU's 27, and GB, NO, IS, LI. Switzerland is not in Amazon's tag. */
export const CONSENT_COUNTRIES: ReadonlySet<string | undefined> = new Set(
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE GB NO IS LI'.split(' '),
);

/**
 * @param hasSignal whether there is one, readable or not: an unreadable one has its own fault
 * @param countryCode undefined if it is not known
 */
export function faultOfSilence(
  hasSignal: boolean,
  countryCode: string | undefined,
  { isConsentRequired, isConsentRequiredByCountry }: MappingContext,
): Fault | undefined {
  if (hasSignal) return undefined;
  if (isConsentRequired) return silence('accounts in the EU');
  if (!isConsentRequiredByCountry || !CONSENT_COUNTRIES.has(countryCode)) return undefined;
  return silence(`customers in ${countryCode}`);
}

function silence(whose: string): Fault {
  return { reason: 'consent_missing', path: 'consent', message: `holds no consent signal, which ${whose} need` };
}
