/** `dead-letters import|erase`: letters from elsewhere, and events that must go. */
import { type Command, InvalidArgumentError } from 'commander';
import { importLetters } from '../../dead-letters/import-letters.js';
import { eraseEvents } from '../../dead-letters/operations/erase.js';
import { readLines } from '../../producer/files/read-lines.js';
import { visibleText } from '../../telemetry/visible-text.js';
import { openInput } from '../input.js';
import { print, printJson, say } from '../output.js';
import { mappingContexts, runAction } from '../runtime.js';
import { type ActorOptions, type Opened, withAccount, withActor, withStore } from './options.js';

interface EraseOptions extends ActorOptions {
  readonly matchKeySha256: string[];
  readonly dryRun?: boolean;
}

export function addMoveCommands(command: Command): void {
  withActor(withAccount(command.command('import').description('take in letters that export wrote, here or elsewhere')))
    .argument('[file]', 'NDJSON; - for standard input', '-')
    .action((file: string, options: ActorOptions) =>
      runAction(() => withStore(options, (opened) => importAll(opened, file, options))),
    );
  withActor(
    withAccount(
      command.command('erase').description('take every event of a person off the queue and the dead letters'),
    ),
  )
    .requiredOption('--match-key-sha256 <hash...>', 'SHA-256 of the normalised value, 64 hex digits', sha256)
    .option('--dry-run', 'count, change nothing')
    .action((options: EraseOptions) => runAction(() => withStore(options, (opened) => erase(opened, options))));
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
    print(`${imported} imported, ${known} were here already, ${refused.length} refused`);
  }
  return hasOnlyRefusals ? 1 : 0;
}

async function erase(opened: Opened, { matchKeySha256, dryRun, by, json }: EraseOptions): Promise<number> {
  const isDryRun = dryRun === true;
  const { queued, busy, lettersFound } = await eraseEvents(opened, {
    hashes: matchKeySha256,
    isDryRun,
    by,
    via: 'command',
  });
  if (json) printJson({ queued, deadLetters: lettersFound, busy, isDryRun });
  else {
    const verb = isDryRun ? 'would be erased' : 'erased';
    print(`${queued} events on the queue and ${lettersFound} dead letters ${verb}`);
    if (busy > 0) {
      say(`${busy} events are in a worker’s hands: sent in a moment, or held. Run this again.`);
    }
  }
  return busy > 0 ? 1 : 0;
}

function sha256(value: string, known: string[] = []): string[] {
  if (!/^[0-9a-f]{64}$/i.test(value)) throw new InvalidArgumentError('must be 64 hex digits');
  return [...known, value];
}
