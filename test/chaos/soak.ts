/**
 * `npm run soak -- [--minutes N] [--rate R] [--window-seconds W]`: a constant load for a long time, without faults.
 * Samples the memory and the open handles of each process and of Redis, and prints their slopes: endless growth is a
 * leak.
 *
 * The window is short, so that ids leave it during the soak: Redis must reach a level and stay there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client } from './client.js';
import { drain, readBooks } from './evidence.js';
import { Fleet } from './fleet.js';
import { Journal } from './journal.js';
import { Random } from './random.js';
import { type Sample, takeSample } from './sample.js';
import { slopePerHour } from './slope.js';

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '300' },
    every: { type: 'string', default: '5' },
    'warm-up': { type: 'string', default: '5' },
    'window-seconds': { type: 'string', default: '30' },
  },
});

const soakMs = Number(values.minutes) * 60_000;
const warmUpMs = Math.min(Number(values['warm-up']) * 60_000, soakMs / 2);
const fleet = new Fleet(new Journal(), {
  DEDUPE_WINDOW_HOURS: String(Number(values['window-seconds']) / 3600),
  BATCH_MAX_EVENTS: '500',
  BATCH_LINGER_MS: '1000',
  EVENTS_PER_JOB: '250',
  LOG_LEVEL: 'warn',
});
const samples: Sample[] = [];
try {
  await fleet.start();
  const client = new Client(fleet.cable('client-intake').url, new Random(1), { isForgetful: true });
  const sending = client.run(Number(values.rate));
  const startedAt = performance.now();
  while (performance.now() - startedAt < soakMs) {
    await sleep(Number(values.every) * 1000);
    samples.push(await takeSample(fleet, performance.now() - startedAt));
    // The sandbox stores every id. Its memory is not part of the test.
    await fetch(`${fleet.sandboxUrl}/sandbox/received`, { method: 'DELETE' });
  }
  client.stop();
  await sending;
  const left = await drain(fleet.redisUrl, 60_000);
  if (left !== undefined) say(left);
  const { balance, failedJobs } = await readBooks(fleet);
  const minutes = (performance.now() - startedAt) / 60_000;
  say(
    `${minutes.toFixed(1)} minutes, ${Math.round(client.acknowledgedCount / minutes / 60)} events a second acknowledged`,
  );
  say(`${JSON.stringify(balance)}, failed jobs ${failedJobs}`);
  report(samples.filter(({ atMs }) => atMs > warmUpMs));
  if (balance.difference !== 0 || balance.queued !== 0 || failedJobs !== 0) process.exitCode = 1;
} finally {
  await fleet.stop();
}

function report(kept: readonly Sample[]): void {
  say(`${kept.length} samples after ${warmUpMs / 60_000} minutes of warm-up; slope by least squares`);
  say('what'.padEnd(34) + ['first', 'last', 'highest', 'per hour'].map((head) => head.padStart(12)).join(''));
  for (const name of Object.keys(kept[0]?.values ?? {})) {
    const points = kept.map(({ atMs, values: found }) => ({ atMs, value: found[name] ?? 0 }));
    const numbers = points.map(({ value }) => value);
    const columns = [numbers[0] ?? 0, numbers.at(-1) ?? 0, Math.max(...numbers), slopePerHour(points)];
    say(name.padEnd(34) + columns.map((column) => column.toFixed(1).padStart(12)).join(''));
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
