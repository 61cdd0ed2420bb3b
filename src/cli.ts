#!/usr/bin/env node
/**
 * The command line: names the commands, no logic of its own.
 */
import { Command } from 'commander';
import { addCheckCommand } from './commands/check.js';
import { addDeadLettersCommand } from './commands/dead-letters/dead-letters.js';
import { addDemoCommand } from './commands/demo.js';
import { addEnqueueCommand } from './commands/enqueue.js';
import { addIntakeCommand } from './commands/intake.js';
import { addMapCommand } from './commands/map.js';
import { addSandboxCommand } from './commands/sandbox.js';
import { addStatusCommand } from './commands/status.js';
import { addWorkerCommand } from './commands/worker.js';
import { VERSION } from './metrics.js';

const program = new Command('capi-forwarder')
  .description('Forwards conversion events to the Amazon Ads Conversions API.')
  .version(VERSION)
  .showHelpAfterError('(see --help)')
  .configureOutput({ outputError: (text, write) => write(`capi-forwarder: ${text}`) })
  .exitOverride((error) => {
    // Help and version are no errors; everything else that commander objects to is bad usage.
    process.exit(error.exitCode === 0 ? 0 : 2);
  });

addIntakeCommand(program);
addWorkerCommand(program);
addSandboxCommand(program);
addEnqueueCommand(program);
addMapCommand(program);
addDeadLettersCommand(program);
addStatusCommand(program);
addCheckCommand(program);
addDemoCommand(program);

await program.parseAsync();
