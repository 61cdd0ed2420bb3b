/**
 * `npm run demo` and `npm start`: runs everything on this machine. The demo ends with a table that accounts for every
 * event.
 */
import { once } from 'node:events';
import { Command } from 'commander';
import { reportCrashes } from '../../src/commands/crash.js';
import { say, table } from '../../src/commands/output.js';
import { openConnection, openRuntime, runAction, UsageError } from '../../src/commands/runtime.js';
import { hearSignals } from '../../src/commands/signals.js';
import { readEnvironment } from '../../src/settings/config.js';
import { type Settings } from '../../src/settings/settings-schema.js';
import { Demo, type DemoResult } from './demo.js';
import { Everything, PortTakenError } from './everything.js';
import { openScoreboard } from './scoreboard.js';
import { listenForStop } from './stop-signal.js';

interface DemoOptions {
  readonly keep?: boolean;
  readonly serve?: boolean;
}

async function runServe(): Promise<number> {
  const { settings } = openRuntime('demo');
  await assertRedisAnswers(settings);
  const everything = new Everything(settings, readEnvironment());
  const stop = listenForStop(() => everything.kill());
  try {
    const lines = await everything.start();
    process.stdout.write(`${lines.join('\n')}\n\nCtrl-C stops everything.\n`);
    const death = await Promise.race([untilAborted(stop), everything.died]);
    if (death === undefined) return 0;
    say(`capi-forwarder: ${death}\nStopping the others.`);
    return 1;
  } catch (error) {
    if (error instanceof PortTakenError) throw new UsageError(error.message);
    if (!stop.aborted) throw error;
  } finally {
    await everything.stop();
  }
  return 0;
}

async function runDemo({ keep = false }: DemoOptions): Promise<number> {
  const { settings } = openRuntime('demo');
  await assertRedisAnswers(settings);
  const board = openScoreboard(process.stdout);
  const stop = listenForStop(() => demo.kill());
  const demo = new Demo(settings.REDIS_URL, board, { isKept: keep, stop });
  const startedAt = performance.now();
  try {
    board.say('starting sandbox, shops, worker and intake');
    await demo.start();
    await demo.play();
    if (!keep) await demo.replay();
    await demo.reconcile();
  } catch (error) {
    board.end();
    await demo.stop(!stop.aborted);
    if (!stop.aborted) throw error;
    process.stdout.write('Stopped before its end: nothing was counted.\n');
    return 1;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  board.end();
  if (keep) {
    process.stdout.write(`${demo.lines().join('\n')}\n\nCtrl-C stops everything.\n`);
    await untilAborted(stop);
    board.say('stopping, and counting what became of everything');
  }
  return printResult(await demo.finish(), seconds);
}

/** Otherwise the demo's processes would wait for Redis, and report it only in their logs. */
async function assertRedisAnswers(settings: Settings): Promise<void> {
  const connection = await openConnection(settings, 'capi-demo');
  connection.disconnect();
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

function printResult(result: DemoResult, seconds: number): number {
  const { balance } = result;
  const number = (value: number) => value.toLocaleString('en-US');
  const rows: [string, string, string][] = [
    ['sent in', number(result.sentIn), 'records over HTTP, from a file, by webhook'],
    ['rejected on intake', number(result.refused), 'broken ones, each with its path and reason'],
    [
      'accepted',
      number(balance.accepted - result.replayed - result.reconciled),
      'in Redis when the caller had its answer',
    ],
    ['replayed', number(result.replayed), 'dead letters sent back once the cause was gone'],
    ['found by reconcile', number(result.reconciled), `orders whose webhook was lost on purpose: ${result.lost}`],
    [
      'delivered',
      number(balance.delivered),
      `Amazon counts ${number(result.countedIds)} ids, ${result.countedTwice} of them twice`,
    ],
    ['duplicates', number(balance.duplicate), 'known as delivered, not sent again'],
    ['dead-lettered', number(balance.deadLettered), `${number(result.lettersLeft)} of them still lie there`],
    ['still queued', number(balance.queued), ''],
  ];
  const faults = [
    ...(balance.difference === 0 ? [] : [`${balance.difference} events are unaccounted for`]),
    ...(balance.queued === 0 ? [] : [`${balance.queued} events are still queued`]),
    ...(result.sentIn - result.refused + result.replayed + result.reconciled === balance.accepted
      ? []
      : ['not all that was acknowledged was queued']),
    ...(result.reconciled === result.lost && result.lostAtAmazon === result.lost
      ? []
      : [`of ${result.lost} lost webhooks ${result.reconciled} were found, and ${result.lostAtAmazon} are at Amazon`]),
    ...(result.countedIds === balance.delivered
      ? []
      : [`${result.countedIds} ids at Amazon, ${balance.delivered} delivered`]),
    ...(result.countedTwice === 0 ? [] : [`${result.countedTwice} conversions count twice`]),
    ...(result.plaintextIds === 0 ? [] : [`${result.plaintextIds} events held plaintext`]),
    ...result.failedProcesses.map((name) => `${name} did not end cleanly`),
  ];
  const verdict =
    faults.length === 0
      ? 'It balances: accepted + replayed + found = delivered + duplicates + dead-lettered + queued.'
      : `It does NOT balance: ${faults.join('; ')}.`;
  process.stdout.write(`\n${table(['', 'events', ''], rows)}\n${verdict} (${seconds.toFixed(1)} s)\n`);
  return faults.length === 0 ? 0 : 1;
}

reportCrashes();
hearSignals();
const program = new Command('npm run demo --')
  .description('sandbox, shops, worker and intake on this machine, thousands of orders, and a balance')
  .option('--keep', 'leave everything up, dead letters of more causes included, until Ctrl-C; then count')
  .option('--serve', 'no traffic: everything up until Ctrl-C, with the sandbox unless real credentials are set')
  .action((options: DemoOptions) => runAction(() => (options.serve ? runServe() : runDemo(options))));
await program.parseAsync();
