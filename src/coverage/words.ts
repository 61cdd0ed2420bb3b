/**
 * Names of sources, match keys and shares for people.
 *
 * PURE.
 */
import type { MatchKeyType } from '../mapping/match-key.js';
import type { Source } from '../mapping/source.js';
import type { ConsentState } from './marks.js';

export const SOURCE_NAMES: Readonly<Record<Source, string>> = {
  conversion: 'Conversions',
  ga4: 'Google Analytics 4',
  order: 'Orders',
  shopify: 'Shopify',
  woocommerce: 'WooCommerce',
  stripe: 'Stripe',
  csv: 'CSV',
};

/** As within a sentence. A heading starts with a capital letter. */
export const KEY_NAMES: Readonly<Record<MatchKeyType, string>> = {
  EMAIL: 'e-mail',
  PHONE: 'phone',
  FIRST_NAME: 'first name',
  LAST_NAME: 'last name',
  ADDRESS: 'street address',
  CITY: 'city',
  STATE: 'state',
  POSTAL: 'postal code',
  MAID: 'mobile ad id (MAID)',
  RAMP_ID: 'RampID',
  MATCH_ID: 'match id',
  REAL_ID: 'Real ID',
  MERKLE_ID: 'Merkle ID',
  KANTAR_ID: 'Kantar ID',
  FIP: 'IP address (FIP)',
};

export const CONSENT_NAMES: Readonly<Record<ConsentState, string>> = {
  given: 'consent given',
  denied: 'consent denied',
  signal: 'other consent signal',
  none: 'no consent signal',
};

/** `93 %`. `under 1 %` and `over 99 %` if rounding would give 0 or 100. */
export function shareText(share: number): string {
  const percent = Math.round(share * 100);
  if (percent === 0 && share > 0) return 'under 1 %';
  if (percent === 100 && share < 1) return 'over 99 %';
  return `${percent} %`;
}
