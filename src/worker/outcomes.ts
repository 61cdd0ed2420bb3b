/**
 * From Amazon's verdict on a request to the outcomes of its events.
 *
 * PURE. Promise: as many outcomes as events, and an event whose attempts are spent is dead.
 */
import type { ItemVerdict, Verdict } from '../amazon/answer.js';
import type { Outcome } from '../mapping/outcome.js';
import type { BatchEvent } from './batcher.js';
import type { EventGroup } from './event-group.js';
import type { SettledEvent } from './settled-event.js';

type Retry = Extract<Outcome, { kind: 'retry' }>;

/** @throws if there are more or fewer items than events: unknown is never success */
export function itemOutcomes(
  events: readonly BatchEvent[],
  items: readonly ItemVerdict[],
  maxAttempts: number,
): SettledEvent[] {
  if (items.length !== events.length) {
    throw new Error(`${events.length} events were sent and ${items.length} verdicts read`);
  }
  return events.map((event, index) => {
    const item = items[index];
    if (!item) throw new Error('an event has no verdict');
    if (item.kind !== 'retry') return { event, outcome: item };
    return {
      event,
      outcome: retryOrDead(event, { ...item, isMaybeDelivered: item.reason === 'unnamed' }, maxAttempts),
    };
  });
}

/**
 * A suspect has failed again. The failures that made it a suspect count as attempts too. It always gets one more attempt, because
 * an outage may have made it a suspect.
 */
export function suspectOutcomes(
  { events, failures }: EventGroup,
  verdict: Extract<Verdict, { kind: 'unavailable' }>,
  maxAttempts: number,
): SettledEvent[] {
  const { reason, isMaybeDelivered, detail } = verdict;
  return events.map((event) => {
    const left = Math.max(0, maxAttempts - 1 - spentBy(event));
    const attempts = Math.min(left, failures) + 1;
    const retry: Retry = { kind: 'retry', reason, isMaybeDelivered, detail, attempts, isSuspect: true };
    return { event, outcome: retryOrDead(event, retry, maxAttempts) };
  });
}

export function spentBy({ held }: BatchEvent): number {
  return held.facts.attempts ?? 0;
}

function retryOrDead(event: BatchEvent, retry: Retry, maxAttempts: number): Outcome {
  const { attempts = 1, detail, isMaybeDelivered } = retry;
  if (spentBy(event) + attempts < maxAttempts) return retry;
  return { kind: 'dead', reason: 'attempts_exhausted', detail, isMaybeDelivered, attempts };
}
