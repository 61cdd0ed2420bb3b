/**
 * The state of an account as Redis has it: jobs, events, ledger, hold, dead letters. For metrics and for `status`.
 */
import { auditAccount } from './audit.js';
import { LetterStore } from './dead-letters/store.js';
import { type LedgerWatch, type LostWrites, readLostWrites } from './ledger-watch.js';
import { DEAD_REASONS, type DeadReason, HOLD_REASONS, type HoldReason } from './mapping/outcome.js';
import { JOB_STATES } from './metric-labels.js';
import { type Metrics, setTotal } from './metrics.js';
import { CONVERSIONS_QUEUE, keysOf, LEDGER_FIELDS, type LedgerField, prefixOf } from './queue.js';
import type { RedisConnection } from './redis.js';
import { readRedisLoad } from './redis-info.js';
import { runScript } from './redis-script.js';
import { DELIVERED } from './worker/claim-script.js';
import { PEEK_WINDOW, SAMPLE_WINDOW } from './worker/look-scripts.js';
import { digestOf, joinDigests } from './worker/window.js';

type JobState = (typeof JOB_STATES)[number];

/** Reasons for which an account waits for Amazon, without a hold. */
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
  /** Exact or estimated, as it was asked for. What is over and not yet cleared counts too. */
  readonly windowIds: number;
}

/** One bucket in this many is looked at for an estimate. */
const SAMPLED_BUCKETS = 32;

/** @param countBuckets 1 to count the window's ids exactly, which holds Redis for some 10 ms */
export async function readAccountState(
  account: string,
  connection: RedisConnection,
  countBuckets: number = SAMPLED_BUCKETS,
): Promise<AccountState> {
  const keys = keysOf(account);
  const queue = `${prefixOf(account)}:${CONVERSIONS_QUEUE}`;
  const store = new LetterStore(account, connection);
  const [
    waiting,
    active,
    delayed,
    prioritized,
    failed,
    ledgerValues,
    gate,
    oldestIds,
    letters,
    oldestLetterMs,
    sampled,
    lostWrites,
  ] = await Promise.all([
    connection.llen(`${queue}:wait`),
    connection.llen(`${queue}:active`),
    connection.zcard(`${queue}:delayed`),
    connection.zcard(`${queue}:prioritized`),
    connection.zcard(`${queue}:failed`),
    connection.hmget(keys.ledger, ...LEDGER_FIELDS),
    connection.hmget(keys.gate, 'until', 'reason', 'since', 'detail'),
    oldestJobIds(queue, connection),
    store.counts(),
    store.oldest(),
    runScript(connection, { script: SAMPLE_WINDOW, keys: [keys.window], args: [countBuckets] }),
    readLostWrites(account, connection),
  ]);
  const ledger = Object.fromEntries(
    LEDGER_FIELDS.map((field, place) => [field, Number(ledgerValues[place] ?? 0)]),
  ) as Record<LedgerField, number>;
  const times = await Promise.all(oldestIds.map((id) => connection.hget(`${queue}:${id}`, 'timestamp')));
  const known = times.flatMap((time) => (time === null ? [] : [Number(time)]));
  return {
    account,
    jobs: { waiting, active, delayed, prioritized, failed },
    ledger,
    queuedEvents: queuedByLedger(ledger),
    oldestMs: known.length === 0 ? undefined : Math.min(...known),
    gate: readGate(gate),
    deadLetters: letters,
    oldestLetterMs,
    lostWrites,
    windowIds: Number(sampled) * countBuckets,
  };
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

interface CollectParts {
  readonly account: string;
  readonly connection: RedisConnection;
  readonly metrics: Metrics;
  readonly watch: LedgerWatch;
}

/** Sets the gauges of an account; all replicas export the same numbers. */
export async function collectAccountState({ account, connection, metrics, watch }: CollectParts): Promise<void> {
  const before = watch.mark;
  const [state, difference] = await Promise.all([
    readAccountState(account, connection),
    auditAccount(account, connection),
  ]);
  if (difference !== undefined) {
    metrics.conservationDifference.set({ account }, difference);
    metrics.conservationChecked.set({ account }, Date.now() / 1000);
  }
  watch.noteReading(before, state.ledger);
  for (const entry of LEDGER_FIELDS) setTotal(metrics.ledgerEvents, { account, entry }, state.ledger[entry]);
  // Replays and discards are made by commands that nobody scrapes; the ledger knows them all.
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
}

/** The head of each place a job can wait in. A delayed job's time of adding is older than its place says. */
async function oldestJobIds(queue: string, connection: RedisConnection): Promise<string[]> {
  const [waiting, active, delayed] = await Promise.all([
    connection.lindex(`${queue}:wait`, -1),
    connection.lindex(`${queue}:active`, -1),
    connection.zrange(`${queue}:delayed`, '0', '0'),
  ]);
  return [waiting, active, delayed[0]].filter((id) => typeof id === 'string');
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
