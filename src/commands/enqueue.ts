/**
 * `capi-forwarder enqueue [FILE|-]`: puts a file of records on the queue. The file may have any size, and the import
 * can be interrupted and resumed.
 */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { withCall } from '../mapping/context.js';
import { EventWriter } from '../producer/event-writer.js';
import { ImportStoppedError, importRecords } from '../producer/files/import.js';
import type { SavedProgress } from '../producer/files/progress-file.js';
import { readRecords } from '../producer/files/read-records.js';
import { type Reject, RejectsFile } from '../producer/files/rejects-file.js';
import { openWrites } from '../queue/open-writes.js';
import { RedisClock } from '../redis/clock.js';
import { loadAccountNames } from '../settings/accounts.js';
import { acknowledgementOf } from '../settings/config.js';
import { fileFault } from '../settings/file-fault.js';
import { ImportBar } from './import-bar.js';
import { openProgress } from './import-progress.js';
import { type EnqueueOptions, printReport, printStop, resumeCommand } from './import-report.js';
import { openInput } from './input.js';
import { callOptions, sourceOption } from './mapping-options.js';
import { mappingContexts, openConnection, openRuntime, runAction, UsageError } from './runtime.js';
import { answerSignals } from './signals.js';

export function addEnqueueCommand(program: Command): void {
  const command = program
    .command('enqueue')
    .description('put the records of a file on the queue')
    .argument('[file]', 'CSV, NDJSON or JSON, plain or gzip; - for standard input', '-')
    .addOption(sourceOption())
    .option('--account <name>', 'the account to send them to', 'default')
    .option('--rejects <file>', 'write refused records’ lines and reasons here, as NDJSON')
    .option('--resume', 'go on where an interrupted import of the same file stopped')
    .option('--progress <file>', 'where to keep how far the import is (default: FILE.capi-progress.json)')
    .option('--json', 'print the counts as JSON')
    .action((file: string, options: EnqueueOptions) => runAction(() => runEnqueue(file, options)));
  for (const option of callOptions()) command.addOption(option);
}

async function runEnqueue(file: string, options: EnqueueOptions): Promise<number> {
  const { settings, log } = openRuntime('enqueue', [(opened) => loadAccountNames(opened.settings)]);
  if (!loadAccountNames(settings).includes(options.account)) {
    throw new UsageError(`there is no account ${options.account}: see ACCOUNTS_FILE`);
  }
  assertPathsDiffer(file, options);
  const input = await openInput(file);
  const { keeper, saved } = await openProgress(file, input, options);
  const rejects = await openRejects(options.rejects, saved);
  const connection = await openConnection(settings, 'capi-enqueue');
  const writes = openWrites(connection, acknowledgementOf(settings));
  const { EVENTS_PER_JOB: eventsPerJob } = settings;
  const writer = new EventWriter({ account: options.account, connection, writes, eventsPerJob, isBulk: true });
  const contextOf = mappingContexts(settings);
  const clock = new RedisClock({ connection, log });
  // If Redis is down, the import itself reports it.
  await clock.measure().catch(() => undefined);
  const interruption = listenForInterruption(() => input.stream.destroy());
  const bar = process.stderr.isTTY ? new ImportBar(input, saved) : undefined;
  let firstRefused: Reject | undefined;
  try {
    const report = await importRecords(readRecords(input.stream, options.source), {
      source: options.source,
      writer,
      contextNow: () => withCall(contextOf(options.account, clock.nowMs()), options),
      rejects,
      done: saved,
      onAcknowledged: async (acknowledged) => {
        bar?.update(acknowledged);
        await keeper?.note(acknowledged, rejects?.mark);
      },
      onRefused: (reject) => {
        firstRefused ??= reject;
      },
      signal: interruption.signal,
    });
    await keeper?.finish();
    bar?.finish();
    printReport(report, options, firstRefused);
    return report.accepted === 0 && report.refused > 0 ? 1 : 0;
  } catch (error) {
    bar?.stop();
    if (!(error instanceof ImportStoppedError)) throw error;
    await keeper?.stop(error.report, rejects?.mark);
    printStop(error, keeper?.isKept === true ? resumeCommand(file, options) : undefined);
    return 1;
  } finally {
    interruption.dispose();
    input.stream.destroy();
    await rejects?.close();
    await writer.close();
    writes.close();
    connection.disconnect();
  }
}

/** A resumed import appends to the rejects file. An import from the first record overwrites it. */
async function openRejects(path: string | undefined, saved: SavedProgress | undefined) {
  if (path === undefined) return undefined;
  return RejectsFile.open(path, saved && (saved.rejects ?? 'unmarked')).catch((error: unknown) => {
    throw new UsageError(`--rejects ${path}: ${fileFault(error)}`);
  });
}

/** The first signal asks for an orderly stop. A second ends the process at once. */
function listenForInterruption(onAbort: () => void): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const controller = new AbortController();
  const abort = () => {
    controller.abort();
    onAbort();
  };
  return { signal: controller.signal, dispose: answerSignals(abort) };
}

/** Opening the rejects or progress for writing would empty the input. */
function assertPathsDiffer(file: string, { rejects, progress }: EnqueueOptions): void {
  const paths = [file, rejects, progress].flatMap((path) => (path === undefined ? [] : [resolve(path)]));
  if (new Set(paths).size < paths.length) {
    throw new UsageError('the file, --rejects and --progress must be different files');
  }
}
