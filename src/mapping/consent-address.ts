/**
 * The IP address that can be a consent signal (`consent.geo.ipAddress`).
 *
 * Amazon takes it only in plain text, so it would be stored in Redis, in dead letters and in exports. It is personal data: unless
 * the settings keep it, it is removed here. If there is another signal too, only that one is sent. An event with no other signal
 * is rejected, because we may not decide to drop a person's signal.
 */
import type { MappingContext } from './context.js';
import type { EventFields } from './event.js';
import type { Fault } from './refusal.js';

type Consent = EventFields['consent'];

export function faultOfAddress(consent: Consent, { isIpAddressKept }: MappingContext): Fault | undefined {
  if (isIpAddressKept || consent?.geo === undefined || withoutAddress(consent) !== undefined) return undefined;
  const message =
    'would rest in plain text until it is sent: send amazonConsent, tcf or gpp instead, or set KEEP_IP_ADDRESSES=true';
  return { reason: 'unsupported', path: 'consent.geo.ipAddress', message };
}

/** The other signals; undefined if there is none. */
export function withoutAddress(consent: NonNullable<Consent>): Consent {
  const { geo: _, ...others } = consent;
  return Object.values(others).some((signal) => signal !== undefined) ? others : undefined;
}
