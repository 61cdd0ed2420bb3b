/** `capi-forwarder map [FILE|-]`: the mapping alone; shows what would be queued, or sent. Nothing is enqueued. */
import { once } from 'node:events';
import { type Command, Option } from 'commander';
import { WIRES, type WireName } from '../accounts.js';
import { wireOf } from '../amazon/wires/wire.js';
import type { EventType } from '../mapping/event.js';
import type { Source } from '../mapping/source.js';
import { readRecords } from '../producer/read-records.js';
import { mapFileRecord } from '../producer/records.js';
import { eventTypeOption, sourceOption } from './enqueue.js';
import { openInput } from './input.js';
import { mappingContexts, openRuntime, runAction } from './runtime.js';

interface MapOptions {
  readonly source: Source;
  readonly account: string;
  readonly eventType?: EventType;
  readonly wire?: WireName;
}

export function addMapCommand(program: Command): void {
  program
    .command('map')
    .description('map the records of a file and print the events, one a line; refusals go to stderr')
    .argument('[file]', 'CSV, NDJSON or JSON, plain or gzip; - for standard input', '-')
    .addOption(sourceOption())
    .option('--account <name>', 'the account whose rules hold', 'default')
    .addOption(eventTypeOption())
    .addOption(new Option('--wire <wire>', 'print the form of this wire’s request body instead').choices(WIRES))
    .action((file: string, options: MapOptions) => runAction(() => runMap(file, options)));
}

async function runMap(file: string, options: MapOptions): Promise<number> {
  const { settings } = openRuntime('map');
  const contextOf = mappingContexts(settings);
  const wire = options.wire === undefined ? undefined : wireOf(options.wire);
  const { stream } = await openInput(file);
  let refused = 0;
  for await (const record of readRecords(stream, options.source)) {
    const context = { ...contextOf(options.account, Date.now()), eventType: options.eventType };
    const mapped = mapFileRecord(options.source, record, context);
    for (const { event } of mapped.entries) {
      await print(process.stdout, wire ? wire.encode(event) : JSON.stringify(event));
    }
    for (const { path, message } of mapped.issues) {
      await print(process.stderr, `line ${record.line}: ${path === '' ? '' : `${path} `}${message}`);
    }
    refused += mapped.refusals.length;
  }
  return refused > 0 ? 1 : 0;
}

/** Does not run ahead of who reads the lines. */
async function print(stream: NodeJS.WritableStream, line: string): Promise<void> {
  if (!stream.write(`${line}\n`)) await once(stream, 'drain');
}
