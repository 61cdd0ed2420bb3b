/** `capi-forwarder find`: the state of one order or event, by its id. */
import { type Command, Option } from 'commander';
import { isEmptyId } from '../find/candidates.js';
import { findEvent } from '../find/finder.js';
import type { FoundEvent } from '../find/found-event.js';
import { SOURCES, type Source } from '../mapping/source.js';
import { loadAccountNames } from '../settings/accounts.js';
import { print, printJson } from './output.js';
import { openConnection, openRuntime, runAction, UsageError } from './runtime.js';

interface FindCommandOptions {
  readonly source?: Source;
  readonly account?: string;
  readonly json?: boolean;
}

export function addFindCommand(program: Command): void {
  program
    .command('find')
    .description('what became of an order or event: its state, and its life so far')
    .argument('<id>', "the shop's number or id, a transaction id, or the dedupe id as sent; a leading # is ignored")
    .addOption(new Option('--source <source>', 'only events of this source').choices(SOURCES))
    .option('--account <name>', 'only this account (default: all)')
    .option('--json', 'print JSON')
    .action((id: string, options: FindCommandOptions) => runAction(() => runFind(id, options)));
}

async function runFind(id: string, { source, account, json }: FindCommandOptions): Promise<number> {
  const { settings } = openRuntime('find');
  const names = loadAccountNames(settings);
  if (account !== undefined && !names.includes(account)) {
    throw new UsageError(`there is no account ${account}: see ACCOUNTS_FILE`);
  }
  if (isEmptyId(id)) throw new UsageError('the id is empty: name an order, an event or a dedupe id');
  const connection = await openConnection(settings, 'capi-find');
  try {
    const accounts = account === undefined ? names : [account];
    const found = await findEvent(connection, id, { accounts, source });
    if (json) return printJson(found);
    print([found, ...(found.also ?? [])].map(textOf).join('\n\n'));
    return 0;
  } finally {
    connection.disconnect();
  }
}

const UNKNOWN = 'never seen, or so long ago that it was forgotten';

/** First the state, then its history. */
function textOf({ id, dedupeId, account, state, reason, deadLetterId, knownUntil, timeline }: FoundEvent): string {
  if (state === 'unknown') return `unknown  ${id}: ${UNKNOWN} (account ${account})`;
  const why = reason === undefined ? '' : `: ${reason}`;
  return [
    `${state.replace('_', ' ')}${why}  ${dedupeId ?? id} (account ${account})`,
    ...timeline.map(({ at, what, detail }) =>
      `  ${at}  ${what.replace('_', ' ').padEnd(11)}  ${detail ?? ''}`.trimEnd(),
    ),
    ...(knownUntil === undefined ? [] : [`  known until ${knownUntil}`]),
    ...(deadLetterId === undefined
      ? []
      : [`  dead letter ${deadLetterId}: capi-forwarder dead-letters show ${deadLetterId}`]),
  ].join('\n');
}
