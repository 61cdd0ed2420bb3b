/** `dead-letters operations|history`: running and past operations, and who ran them. */
import type { Command } from 'commander';
import { filterText } from '../../dead-letters/filter.js';
import { type HistoryEntry, readHistory } from '../../dead-letters/history.js';
import { correctionText } from '../../dead-letters/operations/edit.js';
import { type OperationRecord, outcomesOf } from '../../dead-letters/operations/operation.js';
import { OperationStore } from '../../dead-letters/operations/operation-store.js';
import { wholeNumberIn } from '../arguments.js';
import { ageOf, print, printJson, table } from '../output.js';
import { runAction } from '../runtime.js';
import { type AccountOptions, withAccount, withStore } from './options.js';
import { outcomeText } from './outcomes.js';

interface RecordOptions extends AccountOptions {
  readonly limit: number;
}

export function addRecordCommands(command: Command): void {
  withAccount(
    command.command('operations').description('running and past operations (replays and others), newest first'),
  )
    .option('--limit <n>', 'at most this many', wholeNumberIn(1), 20)
    .action((options: RecordOptions) =>
      runAction(() =>
        withStore(options, async ({ store, connection }) => {
          const records = await new OperationStore(store.account, connection).list(options.limit);
          if (options.json) return printJson(records);
          const heads = [
            'operation',
            'kind',
            'state',
            'by',
            'began',
            'done',
            'of',
            'stay',
            'what became of them',
            'filter',
          ];
          const nowMs = await store.nowMs();
          print(
            table(
              heads,
              records.map((record) => operationRow(record, nowMs)),
            ),
          );
          return 0;
        }),
      ),
    );
  withAccount(command.command('history').description('who did what to dead letters, the newest first'))
    .option('--limit <n>', 'at most this many', wholeNumberIn(1), 50)
    .action((options: RecordOptions) =>
      runAction(() =>
        withStore(options, async ({ store, connection }) => {
          const entries = await readHistory(connection, store.account, options);
          if (options.json) return printJson(entries);
          const heads = ['when', 'who', 'what', 'operation', 'letters', 'stay', 'filter', 'because'];
          print(table(heads, entries.map(historyRow)));
          return 0;
        }),
      ),
    );
}

function operationRow(record: OperationRecord, nowMs: number): string[] {
  const { id, kind, state, by, startedAt, done, total, skipped, order } = record;
  const began = `${ageOf(startedAt, nowMs)} ago`;
  const outcomes = outcomesOf(record);
  const became = outcomes ? outcomeText(outcomes) : '-';
  return [id, kind, state, by, began, String(done), String(total), String(skipped), became, orderText(order)];
}

/** Which letters, and with which corrections. */
function orderText({
  filter,
  corrections = [],
  causeWords,
}: Pick<HistoryEntry, 'filter' | 'corrections' | 'causeWords'>): string {
  const which = filter ? filterText(filter, causeWords) : '-';
  return corrections.length === 0 ? which : `${which}, with ${corrections.map(correctionText).join(' ')}`;
}

function historyRow({ at, by, via, phase, kind, operation, ...entry }: HistoryEntry): string[] {
  const count = entry.done ?? entry.total;
  return [
    new Date(at).toISOString().replace('.000Z', 'Z'),
    `${by} (${via})`,
    `${kind ?? ''} ${phase}`.trim(),
    operation ?? entry.letter ?? '-',
    count === undefined ? '-' : String(count),
    entry.skipped === undefined ? '-' : String(entry.skipped),
    orderText(entry),
    entry.because ?? '-',
  ];
}
