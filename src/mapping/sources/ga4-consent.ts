/**
 * Google's consent signals as Amazon's `amazonConsent`: `ad_storage` is amznAdStorage, `ad_user_data` amznUserData.
 *
 * They come as `consent_state {…}` (server container), `consent {…}` (Measurement Protocol, data layer), or in the parameters of
 * Google's own requests: `x-ga-gcd` (four signals, a letter each) and the older `x-ga-gcs` (`G1`, a digit for ad_storage, one for
 * analytics).
 */
import type { Origins } from '../origin.js';
import { at, fieldsOf, isAbsent, placeAt, textOf } from '../payload.js';
import type { SourceRecord } from '../source-record.js';
import type { FieldReader } from '../table.js';

type Granted = 'GRANTED' | 'DENIED';
type Signal = 'ad_storage' | 'ad_user_data' | 'ad_personalization';

interface Heard {
  readonly path: string;
  readonly granted: Granted;
}

const RULE = 'Google’s signal';

const STATES = ['consent_state', 'consent', 'eventModel.consent'].map(placeAt);
const placesOf = (signal: Signal) => STATES.map((state) => ({ state, place: placeAt(`${state.path}.${signal}`) }));
const PLACES = {
  ad_storage: placesOf('ad_storage'),
  ad_user_data: placesOf('ad_user_data'),
  ad_personalization: placesOf('ad_personalization'),
} as const;
const GCD = placeAt('x-ga-gcd');
const GCS = placeAt('x-ga-gcs');
/** Where a signal can be. */
const HOLDERS = [...STATES, GCD, GCS];

export const CONSENT_PLACES = at(
  'consent_state.ad_user_data',
  'consent.ad_user_data',
  'consent_state.ad_storage',
  'consent.ad_storage',
  GCD.path,
  GCS.path,
);

/** Their positions in `x-ga-gcd`. Position 1 is analytics_storage, which Amazon does not use. */
const GCD_LETTER = { ad_storage: 0, ad_user_data: 2, ad_personalization: 3 } as const;

/**
 * Amazon requires amznUserData. If only ad_storage is known (sites from before `ad_user_data` existed), it is used for both, as
 * at Google. A denied ad_personalization is used as a denial.
 */
export const consent: FieldReader = (record) => {
  if (!hasHolder(record)) return NO_SIGNAL;
  const adStorage = signalOf(record, 'ad_storage');
  const userData = signalOf(record, 'ad_user_data') ?? adStorage ?? deniedOf(signalOf(record, 'ad_personalization'));
  if (!userData) return NO_SIGNAL;
  const parts: Origins = {
    'consent.amazonConsent.amznUserData': { from: userData.path, rule: RULE },
    ...(adStorage && { 'consent.amazonConsent.amznAdStorage': { from: adStorage.path, rule: RULE } }),
  };
  const amazonConsent = {
    ...(adStorage && { amznAdStorage: adStorage.granted }),
    amznUserData: userData.granted,
  };
  return { path: userData.path, value: { amazonConsent }, rule: RULE, parts };
};

const NO_SIGNAL = { path: 'consent_state', value: undefined, rule: RULE };

function hasHolder(record: SourceRecord): boolean {
  for (const place of HOLDERS) if (record.at(place) !== undefined) return true;
  return false;
}

function deniedOf(signal: Heard | undefined): Heard | undefined {
  return signal?.granted === 'DENIED' ? signal : undefined;
}

function signalOf(record: SourceRecord, signal: Signal): Heard | undefined {
  for (const { state, place } of PLACES[signal]) {
    const word = wordIn(record.at(state));
    const { path } = word === undefined ? place : state;
    const value = word ?? record.at(place);
    if (isAbsent(value)) continue;
    const granted = grantedOf(value);
    // The caller's value or the setting must not replace a signal that cannot be understood.
    if (granted === undefined) record.refuse(path, 'is no signal of consent: write granted or denied');
    return granted && { path, granted };
  }
  return inGcd(record, signal) ?? (signal === 'ad_storage' ? inGcs(record) : undefined);
}

/** `consent: "denied"`, `consent_state: true`: one word for all signals. PHP writes an empty object as an empty list. */
function wordIn(state: unknown): unknown {
  if (isAbsent(state) || fieldsOf(state)) return undefined;
  return Array.isArray(state) && state.length === 0 ? undefined : state;
}

function grantedOf(value: unknown): Granted | undefined {
  const text = typeof value === 'boolean' ? String(value) : textOf(value)?.toLowerCase();
  if (text === 'granted' || text === 'true' || text === '1') return 'GRANTED';
  return text === 'denied' || text === 'false' || text === '0' ? 'DENIED' : undefined;
}

/** `13t3t3p3l5l1`: a letter each between digits; `l` was never set, the others say at the end denied or granted. */
function inGcd(record: SourceRecord, signal: Signal): Heard | undefined {
  const letters = textOf(record.at(GCD))?.toLowerCase().match(/[a-z]/g);
  const letter = letters?.[GCD_LETTER[signal]] ?? '';
  if ('trnv'.includes(letter) && letter !== '') return { path: GCD.path, granted: 'GRANTED' };
  return 'pqmu'.includes(letter) && letter !== '' ? { path: GCD.path, granted: 'DENIED' } : undefined;
}

/** `G1`, then a digit or a dash. */
function inGcs(record: SourceRecord): Heard | undefined {
  const digit = /^G1([01])/i.exec(textOf(record.at(GCS)) ?? '')?.[1];
  return digit === undefined ? undefined : { path: GCS.path, granted: digit === '1' ? 'GRANTED' : 'DENIED' };
}
