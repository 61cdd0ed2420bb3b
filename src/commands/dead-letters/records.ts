/** `dead-letters operations|history`: what runs or ran, and who did what. */
import type { Command } from 'commander';
import { filterText } from '../../dead-letters/filter.js';
import { type HistoryEntry, readHistory } from '../../dead-letters/history.js';
import type { OperationRecord } from '../../dead-letters/operation.js';
import { OperationStore } from '../../dead-letters/operation-store.js';
import { wholeNumber } from '../arguments.js';
import { ageOf, table } from '../output.js';
import { runAction } from '../runtime.js';
import { type AccountOptions, printJson, withAccount, withStore } from './options.js';

interface RecordOptions extends AccountOptions {
  readonly limit: number;
}

export function addRecordCommands(command: Command): void {
  withAccount(command.command('operations').description('replays and the like that run or ran, the newest first'))
    .option('--limit <n>', 'at most this many', wholeNumber, 20)
    .action((options: RecordOptions) =>
      runAction(() =>
        withStore(options, async ({ store, connection }) => {
          const records = await new OperationStore(store.account, connection).list(options.limit);
          if (options.json) return printJson(records);
          const heads = ['operation', 'kind', 'state', 'by', 'began', 'done', 'of', 'stay', 'filter'];
          const nowMs = await store.nowMs();
          const rows = records.map((record) => operationRow(record, nowMs));
          process.stdout.write(`${table(heads, rows)}\n`);
          return 0;
        }),
      ),
    );
  withAccount(command.command('history').description('who did what to dead letters, the newest first'))
    .option('--limit <n>', 'at most this many', wholeNumber, 50)
    .action((options: RecordOptions) =>
      runAction(() =>
        withStore(options, async ({ store, connection }) => {
          const entries = await readHistory(connection, store.account, options);
          if (options.json) return printJson(entries);
          const heads = ['when', 'who', 'what', 'operation', 'letters', 'stay', 'filter', 'because'];
          process.stdout.write(`${table(heads, entries.map(historyRow))}\n`);
          return 0;
        }),
      ),
    );
}

function operationRow(
  { id, kind, state, by, startedAt, done, total, skipped, order }: OperationRecord,
  nowMs: number,
): string[] {
  const began = `${ageOf(startedAt, nowMs)} ago`;
  return [id, kind, state, by, began, String(done), String(total), String(skipped), filterText(order.filter)];
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
    entry.filter ? filterText(entry.filter) : '-',
    entry.because ?? '-',
  ];
}
