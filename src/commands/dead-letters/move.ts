/** `dead-letters import|erase`: adds exported letters, and erases events. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { importLetters } from '../../dead-letters/import-letters.js';
import { type ErasureReport, erase } from '../../erasure/erasure.js';
import { AmbiguousIdError } from '../../erasure/meant-ids.js';
import { SOURCES, type Source } from '../../mapping/source.js';
import { readLines } from '../../producer/files/read-lines.js';
import { visibleText } from '../../telemetry/visible-text.js';
import { openInput } from '../input.js';
import { print, printJson, say } from '../output.js';
import { mappingContexts, runAction, UsageError } from '../runtime.js';
import { type ActorOptions, type Opened, withAccount, withActor, withStore } from './options.js';

interface EraseOptions extends ActorOptions {
  readonly matchKeySha256?: string[];
  readonly id?: string[];
  readonly source?: Source;
  readonly dryRun?: boolean;
}

/** The JSON output has all of them. */
const IDS_SHOWN = 20;

export function addMoveCommands(command: Command): void {
  withActor(withAccount(command.command('import').description('import letters from a file that export wrote')))
    .argument('[file]', 'NDJSON; - for standard input', '-')
    .action((file: string, options: ActorOptions) =>
      runAction(() => withStore(options, (opened) => importAll(opened, file, options))),
    );
  withActor(
    withAccount(
      command
        .command('erase')
        .description('erase every event of a person or order from the queue and the dead letters'),
    ),
  )
    .option('--match-key-sha256 <hash...>', 'of a person: SHA-256 of the normalised value, 64 hex digits', sha256)
    .option('--id <id...>', 'of an order: its id or number at the shop, or the dedupe id as sent')
    .addOption(new Option('--source <source>', 'with --id: only of this source').choices(SOURCES))
    .option('--dry-run', 'count, change nothing')
    .action((options: EraseOptions) => runAction(() => withStore(options, (opened) => eraseAll(opened, options))));
}

async function importAll(opened: Opened, file: string, { account, by, json }: ActorOptions): Promise<number> {
  const { stream } = await openInput(file);
  const context = mappingContexts(opened.settings)(account, Date.now());
  const report = await importLetters(opened, readLines(stream), { context, by, via: 'command' });
  const hasOnlyRefusals = report.refused.length > 0 && report.imported + report.known === 0;
  if (json) printJson(report);
  else {
    for (const { line, why } of report.refused) say(visibleText(`line ${line}: ${why}`));
    const { imported, known, refused } = report;
    print(`${imported} imported, ${known} were already here, ${refused.length} refused`);
  }
  return hasOnlyRefusals ? 1 : 0;
}

async function eraseAll(opened: Opened, options: EraseOptions): Promise<number> {
  const { matchKeySha256: hashes, id: ids, source, dryRun: isDryRun = false, by, json } = options;
  if (!hashes && !ids) throw new UsageError('name a person (--match-key-sha256) or an order (--id)');
  const order = { hashes, orders: ids && { ids, source }, isDryRun, by, via: 'command' } as const;
  const report = await erase(opened, order).catch((error: unknown) => {
    throw error instanceof AmbiguousIdError ? new UsageError(error.message) : error;
  });
  if (json) printJson({ ...report, isDryRun });
  else printErasure(report, isDryRun ? 'would be erased' : 'erased');
  return report.busy > 0 ? 1 : 0;
}

function printErasure(
  { queued, deadLetters, deliveries, refusals, aliases, busy, busyIds }: ErasureReport,
  verb: 'erased' | 'would be erased',
): void {
  print(`${queued} events on the queue and ${deadLetters} dead letters ${verb}`);
  if (deliveries + refusals + aliases > 0) {
    print(`and their records: deliveries ${deliveries}, refusals ${refusals}, other order numbers ${aliases}`);
  }
  if (busy === 0) return;
  say(`${busy} events are in a worker, about to be sent or on hold. Run this again.`);
  if (busyIds.length > 0)
    say(`Once they are sent, erase them by --id: ${visibleText(busyIds.slice(0, IDS_SHOWN).join(' '))}`);
}

function sha256(value: string, known: string[] = []): string[] {
  if (!/^[0-9a-f]{64}$/i.test(value)) throw new InvalidArgumentError('must be 64 hex digits');
  return [...known, value];
}
