/** `capi-forwarder demo`: everything at once on this machine, ending in a reconciliation. */
import { once } from 'node:events';
import type { Command } from 'commander';
import { readEnvironment } from '../config.js';
import { Demo, type DemoResult } from '../demo/demo.js';
import { openScoreboard } from '../demo/scoreboard.js';
import { serveEverything } from '../demo/serve-everything.js';
import { table } from './output.js';
import { openRuntime, runAction } from './runtime.js';

interface DemoOptions {
  readonly keep?: boolean;
  readonly serve?: boolean;
}

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('sandbox, worker and intake on this machine, thousands of orders, and a reconciliation')
    .option('--keep', 'leave everything up at the end, dead letters included, until Ctrl-C')
    .option('--serve', 'no traffic: everything up until Ctrl-C, with the sandbox unless real credentials are set')
    .action((options: DemoOptions) => runAction(() => (options.serve ? runServe() : runDemo(options))));
}

async function runServe(): Promise<void> {
  const { settings } = openRuntime('demo');
  const stack = await serveEverything(settings, readEnvironment());
  process.stdout.write(`${stack.lines.join('\n')}\n\nCtrl-C stops everything.\n`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await stack.stop();
}

async function runDemo({ keep }: DemoOptions): Promise<number> {
  const { settings } = openRuntime('demo');
  const board = openScoreboard(process.stdout);
  const demo = new Demo(settings.REDIS_URL, board, keep);
  const startedAt = performance.now();
  let result: Omit<DemoResult, 'failedProcesses'> | undefined;
  let failed: string[] = [];
  try {
    board.say('starting sandbox, worker and intake');
    const addresses = await demo.start();
    await demo.play();
    const replayed = keep ? 0 : await demo.replay();
    result = await demo.reconcile(replayed);
    board.end();
    if (keep) {
      for (const [part, address] of addresses) process.stdout.write(`${part}: ${address}\n`);
      process.stdout.write(
        `account: ${demo.account}\nOpen the console to see, correct and replay what is left. Ctrl-C stops everything.\n`,
      );
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    }
  } finally {
    board.end();
    failed = await demo.stop();
  }
  return printResult({ ...result, failedProcesses: failed }, (performance.now() - startedAt) / 1000);
}

function printResult(result: DemoResult, seconds: number): number {
  const { balance } = result;
  const number = (value: number) => value.toLocaleString('en-US');
  const rows: [string, string, string][] = [
    ['sent in', number(result.sentIn), 'records over HTTP and from a file'],
    ['refused at the door', number(result.refused), 'broken ones, each with its path and reason'],
    ['accepted', number(balance.accepted - result.replayed), 'in Redis when the caller had its answer'],
    ['replayed', number(result.replayed), 'dead letters sent back once the cause was gone'],
    [
      'delivered',
      number(balance.delivered),
      `Amazon counts ${number(result.countedIds)} ids, ${result.countedTwice} of them twice`,
    ],
    ['duplicates', number(balance.duplicate), 'known in the 48-hour window, not sent again'],
    ['dead-lettered', number(balance.deadLettered), `${number(result.lettersLeft)} of them still lie there`],
    ['still queued', number(balance.queued), ''],
  ];
  const faults = [
    ...(balance.difference === 0 ? [] : [`${balance.difference} events are unaccounted for`]),
    ...(balance.queued === 0 ? [] : [`${balance.queued} events are still queued`]),
    ...(result.sentIn - result.refused + result.replayed === balance.accepted
      ? []
      : ['not all that was acknowledged was queued']),
    ...(result.countedIds === balance.delivered
      ? []
      : [`${result.countedIds} ids at Amazon, ${balance.delivered} delivered`]),
    ...(result.countedTwice === 0 ? [] : [`${result.countedTwice} conversions count twice`]),
    ...(result.plaintextIds === 0 ? [] : [`${result.plaintextIds} events held plaintext`]),
    ...result.failedProcesses.map((name) => `${name} did not end cleanly`),
  ];
  const verdict =
    faults.length === 0
      ? 'It balances: accepted + replayed = delivered + duplicates + dead-lettered + queued.'
      : `It does NOT balance: ${faults.join('; ')}.`;
  process.stdout.write(`\n${table(['', 'events', ''], rows)}\n${verdict} (${seconds.toFixed(1)} s)\n`);
  return faults.length === 0 ? 0 : 1;
}
