/** Calls of the window's scripts: claim the ids of a batch, and pass the account's gate and rate in the same call. */
import type { AccountKeys } from '../queue/queue.js';
import type { RedisConnection } from '../redis/connect.js';
import { runScript } from '../redis/script.js';
import { BUSY, CLAIM, DELIVERED, UNCOUNTED } from '../window/claim-script.js';
import { joinDigests } from '../window/layout.js';
import type { GateRecord } from './gate.js';
import type { JobRun } from './job-run.js';

/** `uncounted`: delivered by an earlier run of the same job, but not counted yet. */
export type ClaimState = 'claimed' | 'delivered' | 'uncounted' | 'busy';

export type ClaimResult =
  /** Nothing may be sent to the account now, and nothing was claimed. `reason` is the gate's, or `rate`. */
  | { readonly kind: 'closed'; readonly afterMs: number; readonly reason: string }
  | {
      readonly kind: 'claims';
      /** In the order of the claimants. */
      readonly states: readonly ClaimState[];
      /** In the order of the claimants: the number of the claim that holds the id, if it was claimed. */
      readonly numbers: readonly string[];
      /** The account's gate, if it has a record and a request follows. */
      readonly gate: GateRecord | undefined;
    };

/** What is claimed: an id's digest, and the run that asks for it. */
export interface Claimant {
  readonly digest: string;
  readonly run: Pick<JobRun, 'jobId' | 'owner' | 'token'>;
}

export interface ClaimSettings {
  readonly leaseMs: number;
  readonly windowMs: number;
  /** Minimum time between two requests to the account, ms; 0 for no limit. */
  readonly requestIntervalMs: number;
}

/** What was granted to a claimant before. */
export interface ClaimStanding {
  /** The gate's record under which the claimant already probes; empty if it does not. */
  readonly probe: string;
  /** Whether its request already has its place in the account's rate. */
  readonly hasRate: boolean;
}

const NO_STANDING: ClaimStanding = { probe: '', hasRate: false };

/** One script call for any number of ids. A claimant that asks again for its own ids renews their lease. */
export async function claimIds(
  connection: RedisConnection,
  keys: AccountKeys,
  claimants: readonly Claimant[],
  { leaseMs, windowMs, requestIntervalMs, standing = NO_STANDING }: ClaimSettings & { standing?: ClaimStanding },
): Promise<ClaimResult> {
  const owners = countInARow(claimants.map(({ run }) => run));
  const reply = await runScript(connection, {
    script: CLAIM,
    keys: [keys.gate, keys.rate, keys.window, ...owners.map(({ value: run }) => `${keys.job}${run.jobId}:lock`)],
    args: [
      leaseMs,
      windowMs,
      standing.hasRate ? 0 : requestIntervalMs,
      joinDigests(claimants.map(({ digest }) => digest)),
      standing.probe,
      ...owners.flatMap(({ value: run, count }) => [run.owner, count]),
      ...owners.map(({ value: run }) => run.token),
    ],
  });
  const [isOpen, second, third, given] = Array.isArray(reply) ? reply : [];
  if (isOpen !== 1) return { kind: 'closed', afterMs: Number(second), reason: String(third) };
  const letters = String(third);
  if (letters.length !== claimants.length)
    throw new Error(`claimed ${claimants.length} ids, got ${letters.length} states`);
  const states = claimants.map((_, place) => stateOf(letters[place]));
  const numbers = owners.flatMap(({ count }, place) => Array<string>(count).fill(String(given[place])));
  return { kind: 'claims', states, numbers, gate: gateOf(second) };
}

function gateOf(record: unknown): GateRecord | undefined {
  if (!Array.isArray(record)) return undefined;
  const [until, reason, began, tries] = record.map(String);
  return { until: until ?? '', reason: reason ?? '', began: began ?? '', tries: Number(tries) };
}

function stateOf(letter: string | undefined): ClaimState {
  if (letter === DELIVERED) return 'delivered';
  if (letter === UNCOUNTED) return 'uncounted';
  return letter === BUSY ? 'busy' : 'claimed';
}

/**
 * Run-length encoding: values, each with its number of repeats. Events of a job are next to each other, so there are few values.
 */
function countInARow<T>(values: readonly T[]): { value: T; count: number }[] {
  const counted: { value: T; count: number }[] = [];
  for (const value of values) {
    const last = counted.at(-1);
    if (last && last.value === value) last.count += 1;
    else counted.push({ value, count: 1 });
  }
  return counted;
}
