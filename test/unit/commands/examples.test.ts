import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addAuthorizeCommand } from '../../../src/commands/authorize.js';
import { addCheckCommand } from '../../../src/commands/check.js';
import { addConsoleCommand } from '../../../src/commands/console.js';
import { addDeadLettersCommand } from '../../../src/commands/dead-letters/dead-letters.js';
import { addEnqueueCommand } from '../../../src/commands/enqueue.js';
import { addExamples } from '../../../src/commands/examples.js';
import { addIntakeCommand } from '../../../src/commands/intake.js';
import { addMapCommand } from '../../../src/commands/map.js';
import { addReconcileCommand } from '../../../src/commands/reconcile/reconcile.js';
import { addSandboxCommand } from '../../../src/commands/sandbox.js';
import { addStatusCommand } from '../../../src/commands/status.js';
import { addWorkerCommand } from '../../../src/commands/worker.js';

const program = new Command('capi-forwarder');
for (const add of [
  addAuthorizeCommand,
  addCheckCommand,
  addConsoleCommand,
  addDeadLettersCommand,
  addEnqueueCommand,
  addIntakeCommand,
  addMapCommand,
  addReconcileCommand,
  addSandboxCommand,
  addStatusCommand,
  addWorkerCommand,
]) {
  add(program);
}
addExamples(program);

const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

/** Parses like commander, without running anything. */
function parsed(example: string): string[] {
  const commandLine = example
    .split(/\s[|>]\s/)
    .find((part) => part.includes('capi-forwarder '))
    ?.replace(/^.*capi-forwarder /, '');
  const words = (commandLine?.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
  let command = program;
  while (command.commands.some((below) => below.name() === words[0])) {
    command = command.commands.find((below) => below.name() === words[0]) ?? command;
    words.shift();
  }
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  const { operands, unknown } = command.parseOptions(words);
  expect(operands.length).toBeLessThanOrEqual(command.registeredArguments.length);
  return unknown;
}

it('the default of a time is shown as it would be typed', () => {
  const reconcile = program.commands.find((command) => command.name() === 'reconcile') ?? program;
  expect(helpOf(reconcile)).toContain('(default: 48h)');
});

describe('examples of commands', () => {
  it.each(leaves(program).map((command) => [command.name(), command] as const))(
    '%s has two or three',
    (name, command) => {
      const [, text = ''] = helpOf(command).split('\nExamples:\n');
      const examples = text.trim().split('\n');
      expect(examples.length).toBeGreaterThanOrEqual(2);
      expect(examples.length).toBeLessThanOrEqual(3);
      expect(examples.at(-1)).toContain(name);
      for (const example of examples.filter((one) => one.includes('capi-forwarder')))
        expect(parsed(example)).toEqual([]);
    },
  );
});
