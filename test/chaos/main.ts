/**
 * `npm run chaos -- [--minutes N | --seconds N] [--seed S] [--rate R] [--every MS]`: runs of a minute each, one seed
 * after the other, until the time is over. A run that breaks a guarantee prints its seed and its journal, and ends
 * with exit code 1.
 */
import { parseArgs } from 'node:util';
import { type ChaosResult, runChaos } from './chaos.js';

const RUN_MS = 60_000;

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    rate: { type: 'string', default: '80' },
    every: { type: 'string', default: '700' },
    journal: { type: 'boolean', default: false },
  },
});

const totals: Record<string, number> = {};
const troubles: Record<string, number> = {};
const resent: Record<string, number> = {};
let firstSeed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
let leftMs = Number(values.minutes) * 60_000;
let broken = 0;

while (leftMs > 0) {
  const durationMs = Math.min(RUN_MS, leftMs);
  leftMs -= durationMs;
  const seed = firstSeed;
  firstSeed += 1;
  const result = await runChaos({
    seed,
    durationMs,
    everyMs: Number(values.every),
    eventsPerSecond: Number(values.rate),
    drainWithinMs: 120_000,
  }).catch((error: unknown) => {
    say(`seed ${seed}: ${error instanceof Error ? `${error.message}\n${causesOf(error)}` : String(error)}`);
    return undefined;
  });
  if (!result || result.complaints.length > 0) {
    broken += 1;
    process.exitCode = 1;
  }
  if (result) report(result);
}

say(`runs that broke a guarantee: ${broken}`);
say(`in all: ${JSON.stringify({ ...totals, troubles, resent })}`);

function report(result: ChaosResult): void {
  const { seed, complaints, journal, struck, books } = result;
  if (complaints.length > 0 || values.journal) say(journal.join('\n'));
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
  add(totals, numbers);
  add(troubles, struck);
  add(resent, result.resent);
}

function causesOf(error: Error): string {
  return error.cause instanceof Error ? `${error.cause.message}\n${causesOf(error.cause)}` : '';
}

function add(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + count;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
