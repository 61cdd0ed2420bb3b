/**
 * `npm run bench`: compares the program with rivals on this machine, in rounds, and reports which targets are reached.
 *
 * It starts and ends every process that it measures and uses only its own Redis. It asserts no times: its exit code
 * says only whether everything ran.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Ledger } from './figures.js';
import { describeMachine } from './machine.js';
import { HELP, readOptions, type SectionName } from './options.js';
import { endAllStages, onStage, ROOT } from './processes.js';
import { measureAcknowledging } from './sections/acknowledging.js';
import { measureBacklog } from './sections/backlog.js';
import { measureEnqueueing } from './sections/enqueueing.js';
import { measureForwarding } from './sections/forwarding.js';
import { measureIntake } from './sections/intake.js';
import { measureLatency } from './sections/latency.js';
import { measureMapping } from './sections/mapping.js';
import { measureMemory } from './sections/memory.js';
import type { Bench } from './sections/section.js';
import { forTerminal, type Report, withTables } from './tables.js';

const MEASURES: Readonly<Record<SectionName, (bench: Bench) => Promise<void>>> = {
  forwarding: measureForwarding,
  enqueueing: measureEnqueueing,
  intake: measureIntake,
  acknowledging: measureAcknowledging,
  mapping: measureMapping,
  memory: measureMemory,
  backlog: measureBacklog,
  latency: measureLatency,
};
const PAGE = join(ROOT, 'bench', 'NOTES.md');

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void endAllStages().then(() => process.exit(1)));

const options = readOptions(process.argv.slice(2));
const out = resolve(ROOT, options.out);
if (options.isHelp) process.stdout.write(HELP);
else if (options.isDocs) writeTables();
else await measureAll();

async function measureAll(): Promise<void> {
  const ledger = new Ledger();
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const machine = await onStage(undefined, async ({ redis }) => describeMachine(ROOT, redis.binary));
  for (const section of options.sections) {
    await MEASURES[section]({ sizes: options.sizes, ledger, profiles: options.profiles, say });
  }
  const measuredAt = new Date().toISOString();
  const report: Report = { form: options.form, measuredAt, machine, results: ledger.results() };
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(`${forTerminal(report)}\n`);
}

function writeTables(): void {
  const report = JSON.parse(readFileSync(out, 'utf8')) as Report;
  writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8'), report));
}
