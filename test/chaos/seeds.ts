/**
 * Chaos runs of a minute each, one seed after the other. If a run breaks a guarantee, its seed and journal are printed.
 */
import { type ChaosResult, runChaos } from './chaos.js';

const RUN_MS = 60_000;
const DRAIN_WITHIN_MS = 120_000;

export interface SeedsOptions {
  readonly firstSeed: number;
  readonly minutes: number;
  readonly eventsPerSecond: number;
  /** Average time between two faults. */
  readonly everyMs: number;
  readonly hasSentinels: boolean;
  readonly showsJournal: boolean;
  readonly say: (line: string) => void;
}

interface Totals {
  readonly numbers: Record<string, number>;
  readonly troubles: Record<string, number>;
  readonly resent: Record<string, number>;
}

/** @returns how many runs broke a guarantee */
export async function runSeeds(options: SeedsOptions): Promise<number> {
  const { say, eventsPerSecond, everyMs, hasSentinels } = options;
  const totals: Totals = { numbers: {}, troubles: {}, resent: {} };
  let seed = options.firstSeed;
  let broken = 0;
  for (let leftMs = options.minutes * 60_000; leftMs > 0; leftMs -= RUN_MS, seed += 1) {
    const durationMs = Math.min(RUN_MS, leftMs);
    const run = { seed, durationMs, everyMs, eventsPerSecond, hasSentinels, drainWithinMs: DRAIN_WITHIN_MS };
    const result = await runChaos(run).catch((error: unknown) => {
      say(`seed ${seed}: ${error instanceof Error ? `${error.message}\n${causesOf(error)}` : String(error)}`);
      return undefined;
    });
    if (!result || result.complaints.length > 0) broken += 1;
    if (result) report(result, totals, options);
  }
  say(`runs that broke a guarantee: ${broken}`);
  say(`in all: ${JSON.stringify({ ...totals.numbers, troubles: totals.troubles, resent: totals.resent })}`);
  return broken;
}

function report(result: ChaosResult, totals: Totals, { say, showsJournal }: SeedsOptions): void {
  const { seed, complaints, journal, struck, books } = result;
  if (complaints.length > 0 || showsJournal) say(journal.join('\n'));
  for (const complaint of complaints.slice(0, 30)) say(`  BROKEN: ${complaint}`);
  const numbers = {
    acknowledged: result.acknowledged,
    delivered: books.balance.delivered,
    duplicate: books.balance.duplicate,
    deadLettered: books.balance.deadLettered,
    lettersLeft: books.letters,
    lost: result.lost,
    countedTwice: result.countedTwice,
    unacknowledgedRequests: result.unacknowledgedRequests,
  };
  const strikes = Object.values(struck).reduce((sum, count) => sum + count, 0);
  say(
    `seed ${seed}: ${complaints.length === 0 ? 'every guarantee held' : 'BROKEN'}, ${strikes} troubles, drained in ${result.drainMs} ms, ${JSON.stringify({ ...numbers, resent: result.resent })}`,
  );
  if (complaints.length > 0)
    say(`  replay: npm run chaos -- --seed ${seed} --minutes 1; log ${JSON.stringify(result.logged)}`);
  add(totals.numbers, numbers);
  add(totals.troubles, struck);
  add(totals.resent, result.resent);
}

function causesOf(error: Error): string {
  return error.cause instanceof Error ? `${error.cause.message}\n${causesOf(error.cause)}` : '';
}

function add(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + count;
}
