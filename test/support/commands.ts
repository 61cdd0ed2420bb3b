/** The command line without a process: every command, subcommand and option with its name. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { ROOT } from './scratch.js';

export async function readCommands(): Promise<Command> {
  const program = new Command('capi-forwarder');
  const folder = join(ROOT, 'src', 'commands');
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const module: Record<string, unknown> = await import(join(folder, file));
    for (const [name, add] of Object.entries(module)) {
      if (/^add\w+Command$/.test(name) && typeof add === 'function') add(program);
    }
  }
  return program;
}

/** The command that these words name: `dead-letters list FILE` is `dead-letters list`. */
export function findCommand(program: Command, words: readonly string[]): Command {
  let found = program;
  for (const word of words) {
    const next = found.commands.find((command) => command.name() === word);
    if (!next) break;
    found = next;
  }
  return found;
}

/** Long and short forms of a command's options, `--help` among them. */
export function optionsOf(command: Command): Set<string> {
  const own = command.options.flatMap(({ long, short }) => [long, short]);
  return new Set([...own, '--help', '--version'].filter((form) => typeof form === 'string'));
}
