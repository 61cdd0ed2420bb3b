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
  const { adStorage, userData } = signalsOf(payload);
  if (userData === undefined) return undefined;
  return {
    amazonConsent: { ...(adStorage && { amznAdStorage: adStorage.granted }), amznUserData: userData.granted },
  };
}

/** Which of Google's signals each of Amazon's comes from. */
export function ga4ConsentPaths(payload: Fields): { adStorage?: string | undefined; userData?: string | undefined } {
  const { adStorage, userData } = signalsOf(payload);
  return { adStorage: adStorage?.path, userData: userData?.path };
}

interface Signal {
  readonly path: string;
  readonly granted: Granted;
}

function signalsOf(payload: Fields): { adStorage: Signal | undefined; userData: Signal | undefined } {
  const state = fieldsOf(payload['consent_state']) ?? {};
  const adStorage =
    signal('consent_state.ad_storage', state['ad_storage']) ?? signal('x-ga-gcs', gcsAdStorage(payload['x-ga-gcs']));
  return { adStorage, userData: signal('consent_state.ad_user_data', state['ad_user_data']) ?? adStorage };
}

function signal(path: string, value: unknown): Signal | undefined {
  const granted = grantedOf(value);
  return granted && { path, granted };
}

function gcsAdStorage(value: unknown): string | undefined {
  return /^G1([01])/.exec(textOf(value) ?? '')?.[1];
}

function grantedOf(value: unknown): Granted | undefined {
  const text = typeof value === 'boolean' ? String(value) : textOf(value)?.toLowerCase();
  if (text === 'granted' || text === 'true' || text === '1') return 'GRANTED';
  return text === 'denied' || text === 'false' || text === '0' ? 'DENIED' : undefined;
}
