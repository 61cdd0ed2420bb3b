/**
 * The state of an account as Redis has it: jobs, events, ledger, hold, dead letters. For metrics and for `status`.
 */
import { z } from 'zod';
import { DEAD_REASONS, type DeadReason, HOLD_REASONS, type HoldReason } from '../mapping/outcome.js';
import type { RedisConnection } from '../redis/connect.js';
import { readRedisLoad } from '../redis/info.js';
import { runScript, runScripts, type ScriptCall } from '../redis/script.js';
import { JOB_STATES } from '../telemetry/metric-labels.js';
import type { Metrics } from '../telemetry/metrics.js';
import { setTotal } from '../telemetry/set-total.js';
import { DELIVERED } from '../window/claim-script.js';
import { digestOf, joinDigests, WINDOW_SIZES, windowIdsOf } from '../window/layout.js';
import { PEEK_WINDOW } from '../window/look-script.js';
import { READ_STATE } from './account-state-script.js';
import { auditAccounts } from './audit.js';
import type { LedgerWatch, LostWrites } from './ledger-watch.js';
import { CONVERSIONS_QUEUE, keysOf, LEDGER_FIELDS, type LedgerField, prefixOf } from './queue.js';
import { type RefreshTokenState, refreshTokenStateOf } from './refresh-token.js';

type JobState = (typeof JOB_STATES)[number];

/** Reasons to wait for Amazon without a hold. */
const WAIT_REASONS = ['throttled', 'unavailable'] as const;

interface GateState {
  readonly reason: HoldReason | (typeof WAIT_REASONS)[number];
  readonly detail: string;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

export interface AccountState {
  readonly account: string;
  readonly jobs: Readonly<Record<JobState, number>>;
  readonly ledger: Readonly<Record<LedgerField, number>>;
  /** Events on the queue by the ledger. */
  readonly queuedEvents: number;
  /** When the oldest job was added, epoch milliseconds. */
  readonly oldestMs: number | undefined;
  readonly gate: GateState | undefined;
  readonly deadLetters: Readonly<Record<DeadReason, number>>;
  readonly oldestLetterMs: number | undefined;
  /** The last time that Redis lost acknowledged events; undefined for never. */
  readonly lostWrites: LostWrites | undefined;
  /** Ids that were delivered in the window, by the hour: ids that expire within the hour count too. */
  readonly windowIds: number;
  /** Undefined if the account has none, or no worker has seen it yet. */
  readonly refreshToken?: RefreshTokenState | undefined;
}

const stateReply = z.tuple([
  z.array(z.string().nullable()),
  z.array(z.string().nullable()),
  z.array(z.number()),
  z.array(z.string().nullable()),
  z.array(z.union([z.string(), z.number()])),
  z.array(z.string()),
  z.array(z.string().nullable()),
  z.array(z.string().nullable()),
]);

export async function readAccountState(account: string, connection: RedisConnection): Promise<AccountState> {
  const [state] = await readAccountStates([account], connection);
  if (!state) throw new Error(`no state of account ${account}`);
  return state;
}

/** States of many accounts, in a few round trips. Each state is read at one moment. */
export async function readAccountStates(
  accounts: readonly string[],
  connection: RedisConnection,
): Promise<AccountState[]> {
  const replies = await runScripts(connection, accounts.map(stateCall));
  const nowMs = Date.now();
  return accounts.map((account, place) => readState(account, stateReply.parse(replies[place]), nowMs));
}

function stateCall(account: string): ScriptCall {
  const keys = keysOf(account);
  const queue = `${prefixOf(account)}:${CONVERSIONS_QUEUE}`;
  const places = ['wait', 'active', 'delayed', 'prioritized', 'failed'].map((place) => `${queue}:${place}`);
  const sizes = keys.window + WINDOW_SIZES;
  return {
    script: READ_STATE,
    keys: [
      keys.ledger,
      keys.gate,
      keys.shelves,
      sizes,
      ...places,
      keys.job,
      keys.letters,
      keys.lostWrites,
      keys.refreshToken,
    ],
    args: [],
  };
}

function readState(
  account: string,
  [ledgerValues, gate, jobCounts, times, shelves, sizes, loss, token]: z.output<typeof stateReply>,
  nowMs: number,
): AccountState {
  const ledger = Object.fromEntries(
    LEDGER_FIELDS.map((field, place) => [field, Number(ledgerValues[place] ?? 0)]),
  ) as Record<LedgerField, number>;
  const [waiting = 0, active = 0, delayed = 0, prioritized = 0, failed = 0] = jobCounts;
  const known = times.flatMap((time) => (time === null ? [] : [Number(time)]));
  return {
    account,
    jobs: { waiting, active, delayed, prioritized, failed },
    ledger,
    queuedEvents: queuedByLedger(ledger),
    oldestMs: known.length === 0 ? undefined : Math.min(...known),
    gate: readGate(gate),
    ...readShelves(shelves),
    lostWrites: readLoss(loss),
    windowIds: windowIdsOf(sizes, nowMs),
    refreshToken: refreshTokenStateOf(token),
  };
}

function readShelves(shelves: readonly (string | number)[]): Pick<AccountState, 'deadLetters' | 'oldestLetterMs'> {
  const deadLetters = Object.fromEntries(DEAD_REASONS.map((reason) => [reason, 0])) as Record<DeadReason, number>;
  let oldestLetterMs: number | undefined;
  for (let at = 0; at < shelves.length; at += 3) {
    // Written only by shelf-scripts.ts.
    const { reason } = JSON.parse(String(shelves[at])) as { readonly reason: DeadReason };
    deadLetters[reason] += Number(shelves[at + 1]);
    oldestLetterMs = Math.min(oldestLetterMs ?? Number.POSITIVE_INFINITY, Number(shelves[at + 2]));
  }
  return { deadLetters, oldestLetterMs };
}

function queuedByLedger(ledger: Readonly<Record<LedgerField, number>>): number {
  const { enqueued, replayed, delivered, duplicate, dead_lettered: deadLettered, erased } = ledger;
  return enqueued + replayed - delivered - duplicate - deadLettered - erased;
}

/** Which of these dedupe ids are remembered as delivered. */
export async function wereDelivered(
  account: string,
  connection: RedisConnection,
  clientDedupeIds: readonly string[],
): Promise<boolean[]> {
  if (clientDedupeIds.length === 0) return [];
  const digests = joinDigests(clientDedupeIds.map(digestOf));
  const call = { script: PEEK_WINDOW, keys: [keysOf(account).window], args: [digests] };
  return Array.from(String(await runScript(connection, call)), (letter) => letter === DELIVERED);
}

interface CollectOptions {
  /** One watch for each account. */
  readonly watches: ReadonlyMap<string, LedgerWatch>;
  readonly connection: RedisConnection;
  readonly metrics: Metrics;
}

/**
 * Sets the gauges of accounts. All replicas export the same numbers.
 *
 * An account with an empty queue is audited by its state alone, which is read at one moment. The others are counted at most once
 * in AUDIT_EVERY_MS: counting reads every job.
 */
export async function collectAccountStates({ watches, connection, metrics }: CollectOptions): Promise<void> {
  const marks = new Map([...watches].map(([account, watch]) => [account, watch.mark] as const));
  const states = await readAccountStates([...watches.keys()], connection);
  for (const { account, ledger } of states) {
    const before = marks.get(account);
    if (before) watches.get(account)?.noteReading(before, ledger);
  }
  for (const state of states) {
    if (!hasJobs(state.jobs)) setDifference(metrics, state.account, state.queuedEvents);
    if (hasChanged(metrics, state)) setGauges(state, metrics);
  }
  const nowMs = Date.now();
  let left = AUDITS_A_READING;
  const busy = states.filter(({ account, jobs }) => {
    if (left === 0 || !hasJobs(jobs) || !isAuditDue(metrics, account, nowMs)) return false;
    left -= 1;
    return true;
  });
  const differences = await auditAccounts(
    busy.map(({ account }) => account),
    connection,
  );
  busy.forEach(({ account }, place) => setDifference(metrics, account, differences[place]));
}

const lastStates = new WeakMap<Metrics, Map<string, string>>();

/** Most of hundreds of accounts do not change between two readings: their gauges are already right. */
function hasChanged(metrics: Metrics, state: AccountState): boolean {
  const known = lastStates.get(metrics) ?? new Map<string, string>();
  lastStates.set(metrics, known);
  const text = JSON.stringify(state);
  if (known.get(state.account) === text) return false;
  known.set(state.account, text);
  return true;
}

const AUDIT_EVERY_MS = 15_000;
/** The other accounts wait for the next reading: counting takes one command a job. */
const AUDITS_A_READING = 12;
const auditedAt = new WeakMap<Metrics, Map<string, number>>();

function isAuditDue(metrics: Metrics, account: string, nowMs: number): boolean {
  const times = auditedAt.get(metrics) ?? new Map<string, number>();
  auditedAt.set(metrics, times);
  if (nowMs - (times.get(account) ?? 0) < AUDIT_EVERY_MS) return false;
  times.set(account, nowMs);
  return true;
}

function hasJobs(jobs: AccountState['jobs']): boolean {
  return JOB_STATES.some((name) => jobs[name] > 0);
}

function setDifference(metrics: Metrics, account: string, difference: number | undefined): void {
  if (difference === undefined) return;
  metrics.conservationDifference.set({ account }, difference);
  metrics.conservationChecked.set({ account }, Date.now() / 1000);
}

function setGauges(state: AccountState, metrics: Metrics): void {
  const { account } = state;
  for (const entry of LEDGER_FIELDS) setTotal(metrics.ledgerEvents, { account, entry }, state.ledger[entry]);
  // Replays and discards are made by commands without metrics. The ledger counts them all.
  setTotal(metrics.deadLettersReplayed, { account }, state.ledger.replayed);
  setTotal(metrics.deadLettersDiscarded, { account }, state.ledger.discarded);
  for (const name of JOB_STATES) metrics.queueJobs.set({ account, state: name }, state.jobs[name]);
  metrics.queueEvents.set({ account }, state.queuedEvents);
  metrics.queueOldest.set({ account }, (state.oldestMs ?? 0) / 1000);
  for (const reason of DEAD_REASONS) metrics.deadLetters.set({ account, reason }, state.deadLetters[reason]);
  metrics.deadLettersOldest.set({ account }, (state.oldestLetterMs ?? 0) / 1000);
  for (const reason of HOLD_REASONS) {
    metrics.accountHeld.set({ account, reason }, state.gate?.reason === reason ? 1 : 0);
  }
  metrics.windowIds.set({ account }, state.windowIds);
  const endsAtMs = state.refreshToken?.endsAtMs;
  if (endsAtMs === undefined) metrics.refreshTokenExpiry.remove({ account });
  else metrics.refreshTokenExpiry.set({ account }, endsAtMs / 1000);
}

function readLoss([atMs, count]: (string | null)[]): LostWrites | undefined {
  return typeof atMs === 'string' ? { atMs: Number(atMs), count: Number(count) } : undefined;
}

function readGate([until, reason, since, detail]: (string | null)[]): GateState | undefined {
  const known = [...HOLD_REASONS, ...WAIT_REASONS].find((name) => name === reason);
  if (known === undefined) return undefined;
  return { reason: known, detail: detail ?? '', sinceMs: Number(since), untilMs: Number(until) };
}

/** Sets the gauges of the Redis behind all accounts. */
export async function collectRedisLoad(connection: RedisConnection, metrics: Metrics): Promise<void> {
  const load = await readRedisLoad(connection);
  metrics.redisMemoryUsed.set(load.memoryUsedBytes);
  metrics.redisMemoryMax.set(load.memoryMaxBytes);
  metrics.redisDiskFailing.set(load.isDiskFailing ? 1 : 0);
  setTotal(metrics.redisEvictedKeys, {}, load.evictedKeys);
}
