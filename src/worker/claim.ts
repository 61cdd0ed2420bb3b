/**
 * Calls of the window's scripts: claiming the ids of a batch, and the account's gate and rate on the way.
 */
import type { AccountKeys } from '../queue/queue.js';
import type { RedisConnection } from '../redis/connect.js';
import { runScript } from '../redis/script.js';
import { BUSY, CLAIM, DELIVERED, UNCOUNTED } from '../window/claim-script.js';
import { joinDigests } from '../window/layout.js';
import type { GateRecord } from './gate.js';
import type { JobRun } from './job-run.js';

/** `uncounted`: delivered by an earlier run of the same job, and counted by nobody. */
export type ClaimState = 'claimed' | 'delivered' | 'uncounted' | 'busy';

export type ClaimResult =
  /** The account may not be sent to now; nothing was claimed. `reason` is the gate's, or `rate`. */
  | { readonly kind: 'closed'; readonly afterMs: number; readonly reason: string }
  | {
      readonly kind: 'claims';
      /** By claimant. */
      readonly states: readonly ClaimState[];
      /** By claimant: the number of the claim that its id is under where it was claimed. */
      readonly numbers: readonly string[];
      /** The account's gate, where it has a record and a request follows. */
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
  /** Least time between two requests to the account, ms; 0 for no limit. */
  readonly requestIntervalMs: number;
}

/** What a claimant was granted before. */
export interface ClaimStanding {
  /** The record of the gate under which it probes already; empty for none. */
  readonly probe: string;
  /** Whether its request has its place in the account's rate already. */
  readonly hasRate: boolean;
}

const NO_STANDING: ClaimStanding = { probe: '', hasRate: false };

/**
 * One script call, however many ids. Asking again for ids that one owns renews their lease.
 */
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

/** Values, each with how often in a row it is there. Events of a job lie together, so there are few. */
function countInARow<T>(values: readonly T[]): { value: T; count: number }[] {
  const counted: { value: T; count: number }[] = [];
  for (const value of values) {
    const last = counted.at(-1);
    if (last && last.value === value) last.count += 1;
    else counted.push({ value, count: 1 });
  }
  return counted;
}
