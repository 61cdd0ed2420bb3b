/** Events of a batch that travel in one request, and what is known of them. request-plan.ts splits and joins groups. */
import type { BatchEvent } from './batcher.js';
import type { GateRecord } from './gate.js';

/** An outage by the gate's record: since when, and how often the gate has closed in it. */
export type Outage = Pick<GateRecord, 'began' | 'tries'>;

/** Events that travel in one request. */
export interface EventGroup {
  events: readonly BatchEvent[];
  /** Failed requests with all of these events after which another request succeeded. */
  failures: number;
  /** When the outage began in which its last request failed, or the last request of the group that it is a half of. */
  failedIn: string | undefined;
  /** How often the gate had closed in that outage when its own last request failed; 0 if it was not sent. */
  failedAt: number;
  /** Whether it contains an event at fault, as far as known. */
  isAtFault: boolean;
  /** The back half, if this is the front half of a group that failed. */
  backHalf: EventGroup | undefined;
  isSuspect: boolean;
}

export function groupOf(events: readonly BatchEvent[]): EventGroup {
  return {
    events,
    failures: 0,
    failedIn: undefined,
    failedAt: 0,
    isAtFault: false,
    backHalf: undefined,
    isSuspect: false,
  };
}

/** Nothing points to a fault in it. */
export function isPlain({ failures, failedIn, isSuspect }: EventGroup): boolean {
  return failures === 0 && failedIn === undefined && !isSuspect;
}
