/** The answer for one id: its state, and its life so far. PURE. */
import type { FoundState } from './state.js';

export type Moment =
  | 'enqueued'
  | 'attempted'
  | 'corrected'
  | 'dead_letter'
  | 'replayed'
  | 'due'
  | 'delivered'
  | 'refused';

export interface TimelineEntry {
  /** ISO 8601, UTC; in the future for what is due. */
  readonly at: string;
  readonly what: Moment;
  readonly detail?: string;
}

export interface FoundEvent {
  /** As the caller wrote it. */
  readonly id: string;
  /** The id that the event is sent under; absent if nothing is known. */
  readonly dedupeId?: string;
  readonly account: string;
  readonly source?: string;
  readonly state: FoundState;
  readonly enqueuedAt?: string;
  readonly deliveredAt?: string;
  /** Amazon's id of the request that delivered it. */
  readonly requestId?: string;
  readonly deadLetterId?: string;
  /** Why it waits, became a dead letter or was rejected. */
  readonly reason?: string;
  readonly knownUntil?: string;
  /** The oldest first. */
  readonly timeline: readonly TimelineEntry[];
  /** Other events that the id may mean. */
  readonly also?: readonly FoundEvent[];
}

export function momentAt(ms: number, what: Moment, detail?: string): TimelineEntry {
  return { at: isoOf(ms), what, ...(detail !== undefined && detail !== '' && { detail }) };
}

export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
