/**
 * How long a delivered id stays known. If DEDUPE_WINDOW_HOURS is unset, this follows from the harm of a second copy:
 * Amazon forgets an id after 48 hours, and then counts it again while its event is young enough to be sent.
 */
import { MAX_AHEAD_MS } from '../mapping/finish-event.js';
import type { Settings } from './settings-schema.js';

const HOUR_MS = 3_600_000;
/** Amazon's own deduplication. */
const AFTER_DELIVERY_HOURS = 48;
/** Redis may be down between the check of an event's age and the claim of its id. */
const MARGIN_MS = HOUR_MS;

export interface DedupeWindow {
  readonly afterDeliveryMs: number;
  /** Counted from the event's own time. 0 if that does not matter. The later of the two applies. */
  readonly afterEventMs: number;
  /** The upper limit for every id. */
  readonly longestMs: number;
}

/** @param maxAgeHours how old an event of the account may be when it is sent */
export function dedupeWindowOf(
  { DEDUPE_WINDOW_HOURS: hours }: Pick<Settings, 'DEDUPE_WINDOW_HOURS'>,
  maxAgeHours: number,
): DedupeWindow {
  const afterDeliveryMs = Math.round((hours ?? AFTER_DELIVERY_HOURS) * HOUR_MS);
  if (hours !== undefined) return { afterDeliveryMs, afterEventMs: 0, longestMs: afterDeliveryMs };
  const afterEventMs = maxAgeHours * HOUR_MS + MARGIN_MS;
  return { afterDeliveryMs, afterEventMs, longestMs: Math.max(afterDeliveryMs, afterEventMs + MAX_AHEAD_MS) };
}
