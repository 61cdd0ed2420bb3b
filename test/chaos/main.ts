/**
 * `npm run chaos -- [--minutes N | --seconds N] [--seed S] [--rate R] [--every MS] [--sentinels]`: runs of a minute
 * each, one seed after the other, until the time is over. If a run breaks a guarantee, its seed and journal are
 * printed, and the exit code is 1. `--failover` runs the failover trials instead (failover/report.ts).
 */
import { parseArgs } from 'node:util';
import { reportFailovers } from './failover/report.js';
import { runSeeds } from './seeds.js';

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    rate: { type: 'string' },
    every: { type: 'string', default: '700' },
    journal: { type: 'boolean', default: false },
    sentinels: { type: 'boolean', default: false },
    failover: { type: 'boolean', default: false },
    only: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    'down-after': { type: 'string', default: '5000' },
    ack: { type: 'string' },
  },
});

if (values.failover) {
  const isKept = await reportFailovers(
    {
      only: values.only,
      eventsPerSecond: Number(values.rate ?? 3_000),
      loadMs: Number(values.seconds) * 1000,
      downAfterMs: Number(values['down-after']),
      replicas: values.ack,
    },
    say,
  );
  if (!isKept) process.exitCode = 1;
} else {
  const broken = await runSeeds({
    firstSeed: Number(values.seed ?? Math.floor(Math.random() * 1e9)),
    minutes: Number(values.minutes),
    eventsPerSecond: Number(values.rate ?? 80),
    everyMs: Number(values.every),
    hasSentinels: values.sentinels,
    showsJournal: values.journal,
    say,
  });
  if (broken > 0) process.exitCode = 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
