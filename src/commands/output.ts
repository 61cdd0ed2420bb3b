/**
 * What a command writes: lines, tables, ages and JSON. All text for a terminal passes here; nothing else in the
 * commands writes to standard output or standard error.
 */
import { once } from 'node:events';
import { styleText } from 'node:util';
import Table from 'cli-table3';
import { codeOf } from '../settings/file-fault.js';
import { visibleJson, visibleText } from '../telemetry/visible-text.js';

/** The reader of the output has closed it. */
export class OutputClosedError extends Error {
  readonly code = 'OUTPUT_CLOSED';
}

/**
 * A reader that stops early, as `head` does, is not an error. A long output ends the command there. A command with a
 * few lines finishes its work, and a service goes on.
 */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: Error) => {
      if (codeOf(error) !== 'EPIPE') throw error;
    });
  }
}

async function writeAll(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (stream.destroyed) throw new OutputClosedError();
  if (stream.write(text)) return;
  await once(stream, 'drain').catch((cause: unknown) => {
    throw codeOf(cause) === 'EPIPE' ? new OutputClosedError() : cause;
  });
}

/** One or more lines of ours. Control characters are shown, not executed. */
export function print(text: string): void {
  process.stdout.write(linesOf(text));
}

/** The same on standard error: for the person, not for the next program in a pipe. */
export function say(text: string): void {
  process.stderr.write(linesOf(text));
}

/** A line that the next one overwrites, on a terminal. */
export function sayInPlace(text: string): void {
  process.stderr.write(`${visibleText(text)}\u001B[K\r`);
}

export function printJson(value: unknown, indent?: number): number {
  process.stdout.write(jsonOf(value, indent));
  return 0;
}

/** A line that starts with a word of ours, coloured if the terminal has colours. */
export function printMarked(colour: 'green' | 'yellow' | 'red', mark: string, text: string): void {
  const isColoured = process.stdout.isTTY && process.stdout.hasColors();
  process.stdout.write(`${isColoured ? styleText(colour, mark) : mark}  ${linesOf(text)}`);
}

/** For output of any length: waits for the reader. @throws OutputClosedError if there is none */
export function printAll(text: string): Promise<void> {
  return writeAll(process.stdout, linesOf(text));
}

export function sayAll(text: string): Promise<void> {
  return writeAll(process.stderr, linesOf(text));
}

export function printAllJson(json: string): Promise<void> {
  return writeAll(process.stdout, `${visibleJson(json)}\n`);
}

function jsonOf(value: unknown, indent?: number): string {
  return `${visibleJson(JSON.stringify(value, null, indent))}\n`;
}

function linesOf(text: string): string {
  return `${text.split('\n').map(visibleText).join('\n')}\n`;
}

/** A cell may have several lines, given as a list. */
export function table(heads: readonly string[], rows: readonly (readonly (string | readonly string[])[])[]): string {
  const lines = new Table({ head: [...heads], style: { head: [], border: [], compact: true } });
  for (const row of rows) lines.push(row.map((cell) => [cell].flat().map(visibleText).join('\n')));
  return lines.toString();
}

/** `42s`, `17m`, `5h`, `3d`: the largest unit that leaves a whole number above one. */
export function ageOf(timeMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - timeMs) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)}h`;
  return `${Math.round(seconds / 86_400)}d`;
}
