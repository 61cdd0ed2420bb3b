/** Prints a line of a check, coloured by severity. */
import type { CheckResult, Level } from '../checks/result.js';
import { printMarked } from './output.js';

const COLOURS = { ok: 'green', warn: 'yellow', fail: 'red' } as const satisfies Record<Level, string>;

export function printResult({ level, name, found, advice }: CheckResult): void {
  const line = `${name}: ${found}`;
  printMarked(COLOURS[level], level.padEnd(4), advice === undefined ? line : `${line}; to do: ${advice}`);
}
