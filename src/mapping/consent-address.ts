/**
 * The IP address that a consent signal may be (`consent.geo.ipAddress`).
 *
 * Amazon takes it in plain text only, so it would rest in Redis, in dead letters and in exports until it is sent. It is
 * personal data: unless the settings keep it, it goes no further than here. Where another signal stands beside it, that
 * one goes alone; an event whose only signal it is, is refused, for to drop a person's signal is not ours to decide.
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

/** The other signals; undefined where there is none. */
export function withoutAddress(consent: NonNullable<Consent>): Consent {
  const { geo: _, ...others } = consent;
  return Object.values(others).some((signal) => signal !== undefined) ? others : undefined;
}
