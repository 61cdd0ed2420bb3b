/**
 * The state of an event, decided from what Redis knows of its id.
 *
 * PURE. The first that holds: it was delivered; a worker sends it now, for its account is open; it is in the queue, and waits if
 * the account takes no requests or its next attempt is not due; it is a dead letter; it was rejected. An event that came twice has the state that is
 * furthest: a copy in the queue does not change a delivery.
 */
import type { ClosedGate, KnownId } from './known-script.js';

export type FoundState = 'delivered' | 'in_flight' | 'queued' | 'waiting' | 'dead_letter' | 'refused' | 'unknown';

/** Why an event waits if no gate is closed: its last attempt failed. */
const RETRY = 'retry';

export interface Decision {
  readonly state: FoundState;
  /** For a waiting event: until when, and why. */
  readonly wait?: { readonly untilMs: number; readonly reason: string };
}

export interface Evidence extends Pick<KnownId, 'mark' | 'letters'> {
  readonly jobs: readonly Pick<KnownId['jobs'][number], 'dueMs'>[];
  readonly isRefused?: boolean;
}

export function stateOf(
  { mark, jobs, letters, isRefused = false }: Evidence,
  { gate, nowMs }: { readonly gate: ClosedGate | undefined; readonly nowMs: number },
): Decision {
  if (mark?.kind === 'delivered') return { state: 'delivered' };
  // A worker keeps the claims of a batch that waits at the closed gate.
  const isAtGate = gate !== undefined && jobs.length > 0;
  if (mark?.kind === 'claimed' && !isAtGate) return { state: 'in_flight' };
  if (jobs.length > 0) {
    // A job that is already due, or never waited, goes first.
    const dueMs = Math.min(...jobs.map(({ dueMs: due = 0 }) => due));
    if (gate && gate.untilMs >= dueMs) return { state: 'waiting', wait: gate };
    return dueMs > nowMs ? { state: 'waiting', wait: { untilMs: dueMs, reason: RETRY } } : { state: 'queued' };
  }
  if (letters.length > 0) return { state: 'dead_letter' };
  return { state: isRefused ? 'refused' : 'unknown' };
}
