/** `capi-forwarder map [FILE|-]`: only maps; shows what would be queued or sent. Nothing is enqueued. */
import { type Command, Option } from 'commander';
import type { DataSet } from '../amazon/wires/wire.js';
import { wireOf } from '../amazon/wires/wire-of.js';
import { type CallWords, withCall } from '../mapping/context.js';
import type { Explanation } from '../mapping/explanation.js';
import { type Mapped, refuse } from '../mapping/refusal.js';
import { mapPayload, type Source } from '../mapping/source.js';
import { readRecords } from '../producer/files/read-records.js';
import { WIRES, type WireName } from '../settings/account-entry.js';
import { type AccountPlace, loadPlaces } from '../settings/accounts.js';
import { oneOf } from './arguments.js';
import { openInput } from './input.js';
import { callOptions, sourceOption } from './mapping-options.js';
import { printAll, printAllJson, sayAll, table } from './output.js';
import { mappingContexts, openRuntime, runAction } from './runtime.js';

type Accepted = Extract<Mapped, { ok: true }>;

interface MapOptions extends CallWords {
  readonly source: Source;
  readonly account: string;
  readonly wire?: WireName;
  readonly explain?: boolean;
  readonly json?: boolean;
}

export function addMapCommand(program: Command): void {
  const command = program
    .command('map')
    .description('map the records of a file and print the events, one a line; refusals go to stderr')
    .argument('[file]', 'CSV, NDJSON or JSON, plain or gzip; - for standard input', '-')
    .addOption(sourceOption())
    .option('--account <name>', 'the account whose rules apply', 'default')
    .addOption(
      new Option('--wire <wire>', 'print the form of this wire’s request body instead')
        .choices(WIRES)
        .argParser(oneOf(WIRES)),
    )
    .addOption(
      new Option('--explain', 'say of each field where it came from and by which rule, personal data masked').conflicts(
        'wire',
      ),
    )
    .option('--json', 'print explanations as NDJSON, one event a line')
    .action((file: string, options: MapOptions) => runAction(() => runMap(file, options)));
  for (const option of callOptions()) command.addOption(option);
}

async function runMap(file: string, options: MapOptions): Promise<number> {
  const { settings } = openRuntime('map', [(opened) => loadPlaces(opened.settings)]);
  const places = placesOn(options.wire, loadPlaces(settings));
  const contextOf = mappingContexts(settings, { value: places });
  const { stream } = await openInput(file);
  let refused = 0;
  for await (const { line, payload, fault } of readRecords(stream, options.source)) {
    const isExplained = options.explain;
    const context = { ...withCall(contextOf(options.account, Date.now()), options), isExplained };
    const unreadable = () => [refuse('unreadable', '', fault ?? 'is not valid JSON')];
    const results = payload ? mapPayload(options.source, payload.value, context) : unreadable();
    for (const mapped of results) {
      if (mapped.ok) await printMapped(mapped, line, { ...options, dataSet: places.get(options.account) });
      else refused += 1;
      for (const { path, message } of mapped.ok ? [] : mapped.issues) {
        await sayAll(`line ${line}: ${path === '' ? '' : `${path} `}${message}`);
      }
    }
  }
  return refused > 0 ? 1 : 0;
}

/** The accounts as if they used this wire, which decides rules and age. */
function placesOn(wire: WireName | undefined, places: ReadonlyMap<string, AccountPlace>): Map<string, AccountPlace> {
  return new Map([...places].map(([name, place]) => [name, { ...place, wire: wire ?? place.wire }] as const));
}

function printMapped(
  { event, explanation }: Accepted,
  line: number,
  { wire, dataSet, json }: MapOptions & { readonly dataSet?: DataSet | undefined },
): Promise<void> {
  if (wire !== undefined) return printAllJson(wireOf(wire, dataSet).encode(event));
  if (explanation === undefined) return printAllJson(JSON.stringify(event));
  const { clientDedupeId } = event;
  if (json) return printAllJson(JSON.stringify({ line, clientDedupeId, fields: explanation }));
  return printAll(`line ${line}: ${clientDedupeId}\n${tableOf(explanation)}\n`);
}

function tableOf(explanation: Explanation): string {
  const rows = explanation.map(({ field, from, rule, value, matchKey }) => {
    return [
      matchKey === undefined ? field : `${field} ${matchKey.type}`,
      from ?? '-',
      rule,
      matchKey === undefined ? value : [value, ...digestLines(matchKey)],
    ];
  });
  return table(['event field', 'from', 'rule', 'value'], rows);
}

/** The digest that is sent, and those of the other rule sets. */
function digestLines({ outcome, digest, otherRules = {} }: NonNullable<Explanation[number]['matchKey']>): string[] {
  if (outcome === 'repeated') return [];
  const others = Object.entries(otherRules).map(([rules, value]) =>
    value === digest ? `${rules}: the same` : `${rules}: ${value}`,
  );
  return [...(outcome === 'sent' && digest !== undefined ? [digest] : []), ...others];
}
