/** What the settling's script is told of a batch, beside its jobs: claims, and operations whose events ended. PURE. */
import { operationOfJob } from '../dead-letters/operations/replay-job.js';
import type { Outcome } from '../mapping/outcome.js';
import type { BatchEvent } from './batcher.js';
import type { JobRun } from './job-run.js';
import type { SettledEvent } from './settled-event.js';

const MARKS: Readonly<Partial<Record<Outcome['kind'], string>>> = { delivered: 'd', duplicate: 'u', dead: 'x' };

/** What the operations of replayed events are told, as the script takes it. */
export function toldOf(all: readonly SettledEvent[], runs: readonly JobRun[]): (string | number)[] {
  if (!runs.some(({ jobId }) => operationOfJob(jobId) !== undefined)) return [];
  return all.flatMap(({ event: { run, held }, outcome }) => {
    const mark = MARKS[outcome.kind];
    if (mark === undefined || operationOfJob(run.jobId) === undefined) return [];
    return [runs.indexOf(run) + 1, mark, held.clientDedupeId];
  });
}

/** Ids of requests are short; what is longer is none. */
const REQUEST_ID_MAX = 100;

/** Amazon's id of the request that delivered what is delivered: a settling follows one request. '' where it had none. */
export function requestIdOf(outcomes: readonly SettledEvent[]): string {
  // What an earlier run delivered is under no claim.
  for (const { event, outcome } of outcomes)
    if (outcome.kind === 'delivered' && event.claim !== undefined)
      return outcome.requestId?.slice(0, REQUEST_ID_MAX) ?? '';
  return '';
}

/** Claims with how many of the events in a row are theirs, and how long their ids stay known for the sake of the youngest. */
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

/** Those that follow an event share its id, and may say that it was later. */
function youngestMs({ held, followers }: BatchEvent): number {
  let ms = held.timestampMs;
  for (const follower of followers) ms = Math.max(ms, follower.held.timestampMs);
  return ms;
}
