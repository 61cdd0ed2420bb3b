/** `dead-letters list|show|stats|export`: what was not delivered, and why. Changes nothing. */
import type { Command } from 'commander';
import { type Cause, statsOf } from '../../dead-letters/stats.js';
import { wholeNumberIn } from '../arguments.js';
import { ageOf, print, printAllJson, printJson, table } from '../output.js';
import { runAction, UsageError } from '../runtime.js';
import { letterTable } from './letter-table.js';
import {
  type AccountOptions,
  type FilterOptions,
  filterOf,
  type Opened,
  shown,
  withFilter,
  withStore,
} from './options.js';

interface ListOptions extends FilterOptions {
  readonly limit: number;
  readonly cursor?: string;
}

export function addLookCommands(command: Command): void {
  withFilter(command.command('list').description('letters, the newest first'))
    .option('--limit <n>', 'at most this many', wholeNumberIn(1), 50)
    .option('--cursor <text>', 'go on after the page that ended with this')
    .action((options: ListOptions) => runAction(() => withStore(options, (opened) => list(opened, options))));
  command
    .command('show')
    .description('one letter in full, as JSON')
    .argument('<id>', 'its id')
    .option('--account <name>', 'the account', 'default')
    .action((id: string, options: AccountOptions) => runAction(() => withStore(options, (opened) => show(opened, id))));
  withFilter(command.command('stats').description('letters by cause, the most frequent first')).action(
    (options: FilterOptions) => runAction(() => withStore(options, (opened) => stats(opened, options))),
  );
  withFilter(command.command('export').description('letters as NDJSON, one a line, the oldest first')).action(
    (options: FilterOptions) => runAction(() => withStore(options, (opened) => exportAll(opened, options))),
  );
}

async function list({ store }: Opened, options: ListOptions): Promise<number> {
  const { limit, cursor } = options;
  const { letters, next } = await store.page(await filterOf(options, store), { limit, ...(cursor && { cursor }) });
  if (options.json) return printJson(letters.map(shown));
  const nowMs = await store.nowMs();
  print(letterTable(letters, nowMs));
  if (next) print(`the newest ${letters.length}: more with --limit, or go on with --cursor ${next}`);
  return 0;
}

async function show({ store }: Opened, id: string): Promise<number> {
  const letter = await store.get(id);
  if (!letter) throw new UsageError(`there is no letter ${id}: see dead-letters list`);
  return printJson(shown(letter), 2);
}

async function stats({ store }: Opened, options: FilterOptions): Promise<number> {
  const causes = await statsOf(store, await filterOf(options, store));
  if (options.json) return printJson(causes);
  const nowMs = await store.nowMs();
  const row = (cause: Cause) => [
    String(cause.count),
    String(cause.maybeDelivered),
    cause.reason,
    cause.code,
    cause.pattern === '' ? '-' : cause.pattern,
    ageOf(cause.oldestMs, nowMs),
    ageOf(cause.newestMs, nowMs),
    cause.sample,
    cause.id,
  ];
  const heads = ['letters', 'maybe delivered', 'reason', 'code', 'Amazon said', 'oldest', 'newest', 'sample', 'cause'];
  print(table(heads, causes.map(row)));
  return 0;
}

/** Exports every matching letter. Only one page of them is in memory at a time. */
async function exportAll({ store }: Opened, options: FilterOptions): Promise<number> {
  for await (const letter of store.find(await filterOf(options, store))) {
    await printAllJson(JSON.stringify(shown(letter)));
  }
  return 0;
}
