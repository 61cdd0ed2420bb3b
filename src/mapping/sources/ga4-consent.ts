/**
 * Google's consent signals as Amazon's `amazonConsent`: `consent_state.{ad_storage, ad_user_data}`, or the older
 * `x-ga-gcs` (`G1`, then a digit for ad_storage and one for analytics).
 */
import { type Fields, fieldsOf, textOf } from './payload.js';

type Granted = 'GRANTED' | 'DENIED';

export interface Ga4Consent {
  readonly amazonConsent: { readonly amznAdStorage?: Granted; readonly amznUserData: Granted };
}

/**
 * Amazon demands amznUserData. Where only ad_storage is known (sites from before `ad_user_data` existed) it stands
 * for both, as it does at Google.
 *
 * @returns undefined where the payload says nothing about consent
 */
export function ga4Consent(payload: Fields): Ga4Consent | undefined {
  const state = fieldsOf(payload['consent_state']) ?? {};
  const adStorage = grantedOf(state['ad_storage']) ?? grantedOf(gcsAdStorage(payload['x-ga-gcs']));
  const userData = grantedOf(state['ad_user_data']) ?? adStorage;
  if (userData === undefined) return undefined;
  return { amazonConsent: { ...(adStorage && { amznAdStorage: adStorage }), amznUserData: userData } };
}

function gcsAdStorage(value: unknown): string | undefined {
  return /^G1([01])/.exec(textOf(value) ?? '')?.[1];
}

function grantedOf(value: unknown): Granted | undefined {
  const text = typeof value === 'boolean' ? String(value) : textOf(value)?.toLowerCase();
  if (text === 'granted' || text === 'true' || text === '1') return 'GRANTED';
  return text === 'denied' || text === 'false' || text === '0' ? 'DENIED' : undefined;
}
