/** `capi-forwarder enqueue [FILE|-]`: a file of records to the queue. */
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Presets, SingleBar } from 'cli-progress';
import { type Command, Option } from 'commander';
import { loadAccountNames } from '../accounts.js';
import { EVENT_TYPES, type EventType } from '../mapping/event.js';
import { SOURCES, type Source } from '../mapping/source.js';
import { EventWriter } from '../producer/event-writer.js';
import { type ImportReport, importRecords } from '../producer/import.js';
import { readRecords } from '../producer/read-records.js';
import { mappingContexts, openConnection, openRuntime, runAction, UsageError } from './runtime.js';

interface EnqueueOptions {
  readonly source: Source;
  readonly account: string;
  readonly eventType?: EventType;
  readonly rejects?: string;
  readonly json?: boolean;
}

export function addEnqueueCommand(program: Command): void {
  program
    .command('enqueue')
    .description('put the records of a file (JSON, NDJSON; - for standard input) on the queue')
    .argument('[file]', 'the file', '-')
    .addOption(sourceOption())
    .option('--account <name>', 'the account to send them to', 'default')
    .addOption(eventTypeOption())
    .option('--rejects <file>', 'write refused records’ lines and reasons here, as NDJSON')
    .option('--json', 'print the counts as JSON')
    .action((file: string, options: EnqueueOptions) => runAction(() => runEnqueue(file, options)));
}

export function sourceOption(): Option {
  return new Option('--source <source>', 'the records’ format').choices(SOURCES).makeOptionMandatory();
}

export function eventTypeOption(): Option {
  return new Option('--event-type <type>', 'event type for GA4 events that stand for none').choices(EVENT_TYPES);
}

async function runEnqueue(file: string, options: EnqueueOptions): Promise<number> {
  const { settings } = openRuntime('enqueue');
  if (!loadAccountNames(settings).includes(options.account)) {
    throw new UsageError(`there is no account ${options.account}: see ACCOUNTS_FILE`);
  }
  const input = await openInput(file);
  const connection = openConnection(settings, 'capi-enqueue');
  const writer = new EventWriter(options.account, connection, settings.EVENTS_PER_JOB);
  const contextOf = mappingContexts(settings);
  const rejects = options.rejects === undefined ? undefined : createWriteStream(options.rejects);
  const bar = input.bytes !== undefined && process.stderr.isTTY ? openBar(input.bytes) : undefined;
  try {
    const report = await importRecords(readRecords(input.stream), {
      source: options.source,
      writer,
      contextNow: () => ({ ...contextOf(options.account, Date.now()), eventType: options.eventType }),
      rejects,
      onProgress: ({ accepted, refused }) => bar?.update(input.bytesRead(), { accepted, refused }),
    });
    bar?.stop();
    printReport(report, options);
    return report.accepted === 0 && report.refused > 0 ? 1 : 0;
  } finally {
    bar?.stop();
    rejects?.end();
    if (rejects) await finished(rejects);
    await writer.close();
    connection.disconnect();
  }
}

interface Input {
  readonly stream: Readable;
  /** Its size; undefined for standard input. */
  readonly bytes: number | undefined;
  readonly bytesRead: () => number;
}

/** @throws UsageError where the file is not there */
export async function openInput(file: string): Promise<Input> {
  if (file === '-') return { stream: process.stdin, bytes: undefined, bytesRead: () => 0 };
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new UsageError(`cannot read ${file}: there is no such file`);
  const stream = createReadStream(file);
  return { stream, bytes: found.size, bytesRead: () => stream.bytesRead };
}

function openBar(bytes: number): SingleBar {
  const format = '{bar} {percentage}% | accepted {accepted} | refused {refused} | {eta_formatted} left';
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic);
  bar.start(bytes, 0, { accepted: 0, refused: 0 });
  return bar;
}

function printReport({ records, accepted, refused }: ImportReport, { json, rejects }: EnqueueOptions): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ records, accepted, refused })}\n`);
    return;
  }
  const where = refused > 0 ? `: ${rejects === undefined ? 'see why with --rejects FILE' : `see ${rejects}`}` : '';
  process.stdout.write(`${accepted} accepted, ${refused} refused${where}\n`);
}
