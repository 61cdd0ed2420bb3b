/**
 * One chaos run: starts the fleet, sends events while the schedule causes faults, repairs everything, waits until
 * nothing is queued, and judges.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.js';
import { type Books, drain, gatherEvidence, oldestRunSeconds, readBooks, readBooksOfOneMoment } from './evidence.js';
import { ACCOUNT, Fleet } from './fleet.js';
import { startReplicated, startSingle } from './fleet-redis.js';
import { Journal } from './journal.js';
import { Random } from './random.js';
import { makeSchedule, type Trouble } from './schedule.js';
import { strikeFleet } from './troubles.js';
import { judge } from './verdict.js';

export interface ChaosOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly everyMs: number;
  readonly eventsPerSecond: number;
  readonly drainWithinMs: number;
  readonly without?: readonly Trouble[];
  /** Whether Redis has replicas and Sentinels, so that its faults cause failovers. */
  readonly hasSentinels?: boolean;
}

export interface ChaosResult {
  readonly seed: number;
  /** Broken guarantees. Empty if every one held. */
  readonly complaints: readonly string[];
  readonly acknowledged: number;
  /** Requests of the client that were not acknowledged and were sent again. */
  readonly unacknowledgedRequests: number;
  readonly lost: number;
  readonly countedTwice: number;
  readonly resent: Readonly<Record<string, number>>;
  readonly struck: Readonly<Record<string, number>>;
  readonly books: Books;
  readonly drainMs: number;
  readonly journal: readonly string[];
  readonly logged: Readonly<Record<string, number>>;
}

// Sent after the faults are over, to compare the metrics with the ledger.
const LAST_EVENTS = 50;
const LAST_EVENTS_WITHIN_MS = 10_000;
/** Gauges are read from Redis every five seconds. */
const GAUGES_WITHIN_MS = 30_000;
/** Without faults no run is older. */
const RUNS_END_WITHIN_MS = 60_000;

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const journal = new Journal();
  const fleet = new Fleet(journal, {}, options.hasSentinels ? startReplicated : startSingle);
  try {
    await fleet.start();
    const strikes = makeSchedule(options);
    const client = new Client(fleet.cable('client-intake').url, new Random(options.seed ^ 0x5eed));
    const sending = client.run(options.eventsPerSecond);
    const startedAt = performance.now();
    const troubles: Promise<void>[] = [];
    const failures: unknown[] = [];
    for (const strike of strikes) {
      await sleep(Math.max(0, strike.atMs - (performance.now() - startedAt)));
      troubles.push(strikeFleet(fleet, strike).catch((error: unknown) => void failures.push(error)));
    }
    await sleep(Math.max(0, options.durationMs - (performance.now() - startedAt)));
    await Promise.all(troubles);
    if (failures.length > 0) throw new Error('the harness failed', { cause: failures[0] });
    client.stop();
    await sending;
    journal.note('healed');
    const healedAt = performance.now();
    const left = await drain(fleet.redisUrl, options.drainWithinMs);
    if (left !== undefined) journal.complaints.push(left);
    const before = await readBooks(fleet);
    await client.sendMore(LAST_EVENTS);
    const leftOfLast = await drain(fleet.redisUrl, left === undefined ? options.drainWithinMs : LAST_EVENTS_WITHIN_MS);
    if (left === undefined && leftOfLast !== undefined) journal.complaints.push(leftOfLast);
    const drainMs = Math.round(performance.now() - healedAt);
    const books = await readBooksOfOneMoment(fleet, GAUGES_WITHIN_MS);
    const runSeconds = await oldestRunSeconds(fleet, RUNS_END_WITHIN_MS);
    if (runSeconds > 0) journal.complaints.push(`a run of ${runSeconds} s has not ended though nothing is queued`);
    const verdict = judge(await gatherEvidence(fleet, new Set(client.acknowledged.keys())));
    for (const id of verdict.lostIds) journal.note(`${id} was acknowledged`, client.acknowledged.get(id));
    const struck: Record<string, number> = {};
    for (const { trouble } of strikes) struck[trouble] = (struck[trouble] ?? 0) + 1;
    return {
      seed: options.seed,
      complaints: [...journal.complaints, ...verdict.complaints, ...complaintsOfBooks(before, books)],
      acknowledged: client.acknowledged.size,
      unacknowledgedRequests: client.failures,
      lost: verdict.lostIds.length,
      countedTwice: verdict.countedTwice,
      resent: verdict.resent,
      struck,
      books,
      drainMs,
      journal: withHistory(fleet),
      logged: Object.fromEntries(journal.logged),
    };
  } catch (error) {
    throw new Error(`seed ${options.seed}, account ${ACCOUNT}:\n${withHistory(fleet).join('\n')}`, { cause: error });
  } finally {
    await fleet.stop();
  }
}

/** The journal, plus what the Sentinels did meanwhile. */
function withHistory({ journal, redis }: Fleet): string[] {
  for (const { atMs, text } of redis.history()) journal.note(`  ${text}`, atMs);
  return journal.inOrder();
}

/** What must hold between the ledger, the queue, BullMQ's own sets and the metrics when nothing is queued. */
function complaintsOfBooks(before: Books, after: Books): string[] {
  const expected: [string, unknown, unknown][] = [
    ['events still queued', after.balance.queued, 0],
    ['difference of the balance', after.balance.difference, 0],
    ['jobs in the failed set', after.failedJobs, 0],
    ['jobs anywhere else', after.otherJobs, 0],
    ['dead letters in the sets, against the ledger', after.letters, after.lettersByLedger],
    ['dead letters on the shelves', after.lettersListed, after.letters],
    ['delivered since the healing, ledger', after.balance.delivered - before.balance.delivered, LAST_EVENTS],
    ['delivered since the healing, metrics', after.metrics.delivered - before.metrics.delivered, LAST_EVENTS],
    ['enqueued since the healing, metrics', after.metrics.enqueued - before.metrics.enqueued, LAST_EVENTS],
    ['queued events, metrics', after.metrics.queued, 0],
    ['dead letters, metrics', after.metrics.letters, after.letters],
  ];
  return expected.flatMap(([what, found, wanted]) =>
    Object.is(found, wanted) ? [] : [`${what}: ${String(found)}, not ${String(wanted)}`],
  );
}
