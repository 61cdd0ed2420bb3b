/** The outcomes of a replay's events in words, and the wait for them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type OperationRecord, type Outcomes, outcomesOf } from '../../dead-letters/operations/operation.js';
import type { OperationStore } from '../../dead-letters/operations/operation-store.js';
import { diedAgainFilter } from '../../dead-letters/operations/replay-job.js';

const LOOK_EVERY_MS = 200;

/** `45 delivered, 0 duplicate, 15 failed again, 0 in flight` */
export function outcomeText({ delivered, duplicate, diedAgain, erased, inFlight }: Outcomes): string {
  const gone = erased === 0 ? '' : `, ${erased} erased`;
  return `${delivered} delivered, ${duplicate} duplicate, ${diedAgain} failed again, ${inFlight} in flight${gone}`;
}

/** The command that lists the letters that failed again. */
export function diedAgainCommand({ id }: OperationRecord, account: string): string {
  const of = account === 'default' ? '' : ` --account ${account}`;
  return `dead-letters list --match ${diedAgainFilter(id).text}${of}`;
}

/** Polls until no event of the replay is in flight, the time is up, or a person stops it. */
export async function untilSettled(
  operations: OperationStore,
  record: OperationRecord,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<OperationRecord> {
  const endsAt = performance.now() + waitMs;
  let latest = record;
  while ((outcomesOf(latest)?.inFlight ?? 0) > 0 && performance.now() < endsAt && !signal.aborted) {
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    latest = (await operations.read(record.id)) ?? latest;
  }
  return latest;
}
