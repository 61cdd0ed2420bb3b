/**
 * What became of an event, decided from what Redis knows of its id.
 *
 * PURE. The first that holds: it was delivered; a worker sends it now; it lies in the queue, and waits where the account takes
 * no requests or its next attempt is not due; it is a dead letter; it was refused. An event that came twice has the state of
 * what is the farthest: a copy in the queue changes nothing of a delivery.
 */
import type { ClosedGate, KnownId } from './known-script.js';

export type FoundState = 'delivered' | 'in_flight' | 'queued' | 'waiting' | 'dead_letter' | 'refused' | 'unknown';

/** Why an event waits, where no gate is closed: its last attempt failed. */
const RETRY = 'retry';

export interface Decision {
  readonly state: FoundState;
  /** Of what waits: until when, and why. */
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
  if (mark?.kind === 'claimed') return { state: 'in_flight' };
  if (jobs.length > 0) {
    // One that is due already, or never waited, goes first.
    const dueMs = Math.min(...jobs.map(({ dueMs: due = 0 }) => due));
    if (gate && gate.untilMs >= dueMs) return { state: 'waiting', wait: gate };
    return dueMs > nowMs ? { state: 'waiting', wait: { untilMs: dueMs, reason: RETRY } } : { state: 'queued' };
  }
  if (letters.length > 0) return { state: 'dead_letter' };
  return { state: isRefused ? 'refused' : 'unknown' };
}
