/** Followers: events with the id of another event of the same batch. They are not sent; they share its outcome. */
import type { Outcome } from '../mapping/outcome.js';
import type { Batch, BatchEvent } from './batcher.js';
import type { JobRun } from './job-run.js';
import type { SettledEvent } from './settled-event.js';

/** An outcome of an event, and those of its followers. */
export function withFollowers({ event, outcome }: SettledEvent): SettledEvent[] {
  const followers = event.followers.map((follower) => ({
    event: follower,
    outcome: followerOutcome(event, follower, outcome),
  }));
  return [{ event, outcome }, ...followers];
}

/**
 * A follower shares its leader's outcome, with two exceptions. If the leader was delivered, the follower is a duplicate. If the
 * leader became a dead letter, a follower with other content (perhaps a correction) is sent on its own.
 */
function followerOutcome(leader: BatchEvent, follower: BatchEvent, outcome: Outcome): Outcome {
  if (outcome.kind === 'delivered') return { kind: 'duplicate' };
  if (outcome.kind === 'dead' && follower.encoded !== leader.encoded)
    return { kind: 'wait', reason: 'claimed', afterMs: 0 };
  return outcome;
}

/** The events of a batch, followers too. */
export function* eventsOf(batch: Batch): Iterable<BatchEvent> {
  for (const event of batch.events) {
    yield event;
    yield* event.followers;
  }
}

/** The runs of a batch's events: each as often as it has events in the batch. */
export function* runsOf(batch: Batch): Iterable<JobRun> {
  for (const { run } of eventsOf(batch)) yield run;
}
