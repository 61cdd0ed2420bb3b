#!/usr/bin/env node
/**
 * The command line: names the commands, has no logic of its own. Only the requested command is loaded, which halves the
 * time of a short command.
 */
import { Command } from 'commander';
import { reportCrashes } from './commands/crash.js';
import { addExamples } from './commands/examples.js';
import { endWithReader, say } from './commands/output.js';
import { hearSignals } from './commands/signals.js';
import { VERSION } from './telemetry/version.js';

type AddCommand = (program: Command) => void;

const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  intake: async () => (await import('./commands/intake.js')).addIntakeCommand,
  worker: async () => (await import('./commands/worker.js')).addWorkerCommand,
  console: async () => (await import('./commands/console.js')).addConsoleCommand,
  sandbox: async () => (await import('./commands/sandbox.js')).addSandboxCommand,
  enqueue: async () => (await import('./commands/enqueue.js')).addEnqueueCommand,
  map: async () => (await import('./commands/map.js')).addMapCommand,
  find: async () => (await import('./commands/find.js')).addFindCommand,
  reconcile: async () => (await import('./commands/reconcile/reconcile.js')).addReconcileCommand,
  'dead-letters': async () => (await import('./commands/dead-letters/dead-letters.js')).addDeadLettersCommand,
  status: async () => (await import('./commands/status.js')).addStatusCommand,
  authorize: async () => (await import('./commands/authorize.js')).addAuthorizeCommand,
  check: async () => (await import('./commands/check.js')).addCheckCommand,
};

const SERVICES: ReadonlySet<string | undefined> = new Set(['intake', 'worker', 'console', 'sandbox']);

reportCrashes();
endWithReader();
// A service that is stopped before it has started anything exits with 0.
hearSignals(SERVICES.has(process.argv[2]) ? 0 : undefined);

const program = new Command('capi-forwarder')
  .description('Forwards conversion events to the Amazon Ads Conversions API.')
  .version(VERSION)
  .showHelpAfterError('(see --help)')
  // The invalid argument may be a file name that somebody else chose.
  .configureOutput({ outputError: (text) => say(`capi-forwarder: ${text.replace(/^error: /, '').trimEnd()}`) })
  .exitOverride((error) => {
    // Help and version are not errors. Every other error of commander is wrong usage.
    process.exit(error.exitCode === 0 ? 0 : 2);
  });

// Anything that is not a command, such as --help or a typo, is answered by the full list.
const named = new Map(Object.entries(COMMANDS)).get(process.argv[2] ?? '');
for (const load of named ? [named] : Object.values(COMMANDS)) (await load())(program);
addExamples(program);

await program.parseAsync();
