/** Turns the events of a job into batch events: their form on the wire, and which of them are sent. */
import type { Wire } from '../amazon/wires/wire.js';
import { eventText, type HeldEvent, wholeEvent } from '../queue/held-event.js';
import { digestOf } from '../window/layout.js';
import type { BatchEvent } from './batcher.js';
import type { JobRun } from './job-run.js';

const NOBODY: readonly BatchEvent[] = [];

/**
 * The events of a run. An event with the id of an earlier one becomes its follower: a job may claim its own ids again, so the
 * window would let the same id go out in two batches at once.
 *
 * @param entries by place; undefined where an entry could not be read
 */
export function batchEventsOf(
  run: JobRun,
  entries: readonly (HeldEvent | undefined)[],
  wire: Wire,
): Iterable<BatchEvent> {
  const leaders = new Map<string, BatchEvent>();
  entries.forEach((held, place) => {
    if (!held) return;
    const event = batchEventOf(run, held, place, wire);
    const leader = leaders.get(held.clientDedupeId);
    if (leader) leader.followers = [...leader.followers, event];
    else leaders.set(held.clientDedupeId, event);
  });
  return leaders.values();
}

export function batchEventOf(run: JobRun, held: HeldEvent, place: number, wire: Wire): BatchEvent {
  const encoded = wire.isStoredForm ? eventText(held) : wire.encode(wholeEvent(held));
  const bytes = Buffer.byteLength(encoded);
  const digest = digestOf(held.clientDedupeId);
  return { held, run, place, encoded, bytes, digest, followers: NOBODY, claim: undefined };
}
