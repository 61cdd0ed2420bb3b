/** `capi-forwarder dead-letters …`: shows and changes what was not delivered. */
import type { Command } from 'commander';
import { addChangeCommands } from './change.js';
import { addLookCommands } from './look.js';
import { addMoveCommands } from './move.js';
import { addRecordCommands } from './records.js';

export function addDeadLettersCommand(program: Command): void {
  const command = program.command('dead-letters').description('see, replay or discard what could not be delivered');
  addLookCommands(command);
  addChangeCommands(command);
  addRecordCommands(command);
  addMoveCommands(command);
}
