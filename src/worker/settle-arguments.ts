/** Arguments of the settling's script for a batch, besides its jobs: claims, and operations whose events ended. PURE. */
import { operationOfJob } from '../dead-letters/operations/replay-job.js';
import type { Outcome } from '../mapping/outcome.js';
import type { BatchEvent } from './batcher.js';
import type { JobRun } from './job-run.js';
import type { SettledEvent } from './settled-event.js';

const MARKS: Readonly<Partial<Record<Outcome['kind'], string>>> = { delivered: 'd', duplicate: 'u', dead: 'x' };

/** The outcomes of replayed events, for their operations, in the form that the script takes. */
export function toldOf(all: readonly SettledEvent[], runs: readonly JobRun[]): (string | number)[] {
  if (!runs.some(({ jobId }) => operationOfJob(jobId) !== undefined)) return [];
  return all.flatMap(({ event: { run, held }, outcome }) => {
    const mark = MARKS[outcome.kind];
    if (mark === undefined || operationOfJob(run.jobId) === undefined) return [];
    return [runs.indexOf(run) + 1, mark, held.clientDedupeId];
  });
}

/** Request ids are short; a longer one is cut. */
const REQUEST_ID_MAX = 100;

/** Amazon's id of the request that delivered these events: a settling follows one request. '' if it had none. */
export function requestIdOf(outcomes: readonly SettledEvent[]): string {
  // Events that an earlier run delivered are under no claim.
  for (const { event, outcome } of outcomes)
    if (outcome.kind === 'delivered' && event.claim !== undefined)
      return outcome.requestId?.slice(0, REQUEST_ID_MAX) ?? '';
  return '';
}

/** Claims: how many events in a row belong to each, and until when their ids must stay known for the youngest event. */
export function claimsOf(
  claimed: readonly SettledEvent[],
  afterEventMs: number,
): { readonly number: string; count: number; untilMs: number }[] {
  const claims: { readonly number: string; count: number; untilMs: number }[] = [];
  for (const { event } of claimed) {
    const number = event.claim ?? '';
    let last = claims.at(-1);
    if (last?.number !== number) {
      last = { number, count: 0, untilMs: 0 };
      claims.push(last);
    }
    last.count += 1;
    last.untilMs = Math.max(last.untilMs, youngestMs(event) + afterEventMs);
  }
  return claims;
}

/** Followers share the event's id, and may have a later time. */
function youngestMs({ held, followers }: BatchEvent): number {
  let ms = held.timestampMs;
  for (const follower of followers) ms = Math.max(ms, follower.held.timestampMs);
  return ms;
}
