/** `capi-forwarder map [FILE|-]`: the mapping alone; shows what would be queued, or sent. Nothing is enqueued. */
import { type Command, Option } from 'commander';
import { WIRES, type WireName } from '../accounts.js';
import { wireOf } from '../amazon/wires/wire.js';
import type { EventType } from '../mapping/event.js';
import type { Source } from '../mapping/source.js';
import { readRecords } from '../producer/read-records.js';
import { mapRecord, UNREADABLE_RECORD } from '../producer/records.js';
import { eventTypeOption, openInput, sourceOption } from './enqueue.js';
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
    .argument('[file]', 'the file', '-')
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
  for await (const { line, payload } of readRecords(stream)) {
    const context = { ...contextOf(options.account, Date.now()), eventType: options.eventType };
    const mapped = payload ? mapRecord(options.source, payload.value, context) : UNREADABLE_RECORD;
    for (const { event } of mapped.entries) {
      process.stdout.write(`${wire ? wire.encode(event) : JSON.stringify(event)}\n`);
    }
    for (const { path, message } of mapped.issues) {
      process.stderr.write(`line ${line}: ${path === '' ? '' : `${path} `}${message}\n`);
    }
    refused += mapped.refusals.length;
  }
  return refused > 0 ? 1 : 0;
}
