/**
 * What a command writes: lines, tables, ages and JSON. Every text that a terminal may show passes here, whatever it
 * holds: nothing else in the commands writes to standard output or standard error.
 */
import { once } from 'node:events';
import { styleText } from 'node:util';
import Table from 'cli-table3';
import { visibleJson, visibleText } from '../telemetry/visible-text.js';

/** A line, or several of ours; controls in them are shown, not obeyed. */
export function print(text: string): void {
  process.stdout.write(linesOf(text));
}

/** The same on standard error: what is for the reader and not for the next program. */
export function say(text: string): void {
  process.stderr.write(linesOf(text));
}

/** A line that the next one takes the place of, on a terminal. */
export function sayInPlace(text: string): void {
  process.stderr.write(`${visibleText(text)}\u001B[K\r`);
}

export function printJson(value: unknown, indent?: number): number {
  process.stdout.write(jsonOf(value, indent));
  return 0;
}

/** A line that begins with a word of ours, in colour where the terminal has colours. */
export function printMarked(colour: 'green' | 'yellow' | 'red', mark: string, text: string): void {
  const isColoured = process.stdout.isTTY && process.stdout.hasColors();
  process.stdout.write(`${isColoured ? styleText(colour, mark) : mark}  ${linesOf(text)}`);
}

/** For output of any length: does not run ahead of who reads it. */
export async function printAll(text: string): Promise<void> {
  if (!process.stdout.write(linesOf(text))) await once(process.stdout, 'drain');
}

export async function sayAll(text: string): Promise<void> {
  if (!process.stderr.write(linesOf(text))) await once(process.stderr, 'drain');
}

export async function printAllJson(json: string): Promise<void> {
  if (!process.stdout.write(`${visibleJson(json)}\n`)) await once(process.stdout, 'drain');
}

function jsonOf(value: unknown, indent?: number): string {
  return `${visibleJson(JSON.stringify(value, null, indent))}\n`;
}

function linesOf(text: string): string {
  return `${text.split('\n').map(visibleText).join('\n')}\n`;
}

/** A cell may hold several lines where it is made of a list of them. */
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
