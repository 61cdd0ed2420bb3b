/**
 * Prints the figures as tables: on the terminal, and as Markdown between the markers of bench/NOTES.md.
 */
import Table from 'cli-table3';
import { FIGURES, type Result, requiredText, withUnit } from './figures.js';
import type { Machine } from './machine.js';

/** What a run of the bench writes as JSON. */
export interface Report {
  readonly form: string;
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly results: readonly Result[];
}

type Cells = string[];

const REQUIRED_HEAD = ['', 'required', 'median', 'spread', ''];
const OTHER_HEAD = ['also measured', 'median', 'spread'];

export function forTerminal(report: Report): string {
  const tables = [
    { head: REQUIRED_HEAD, rows: requiredRows(report) },
    { head: OTHER_HEAD, rows: otherRows(report) },
  ].filter(({ rows }) => rows.length > 0);
  const texts = tables.map(({ head, rows }) => {
    const table = new Table({ head, style: { head: [], border: [] } });
    // Markdown's emphasis and code marks are removed before the table measures its columns.
    table.push(...rows.map((cells) => cells.map((text) => text.replaceAll(/[*`]/g, ''))));
    return table.toString();
  });
  return [machineText(report), ...texts].join('\n');
}

function forMarkdown(report: Report): string {
  return [
    machineText(report),
    '',
    markdownTable(REQUIRED_HEAD, requiredRows(report)),
    '',
    markdownTable(OTHER_HEAD, otherRows(report)),
  ].join('\n');
}

const START = '<!-- measured: npm run bench -- --docs writes this -->';
const END = '<!-- end of measured -->';

/** @throws Error if the page lacks the markers */
export function withTables(page: string, report: Report): string {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start === -1 || end < start) throw new Error(`the page has no ${START} … ${END}`);
  return `${page.slice(0, start + START.length)}\n${forMarkdown(report)}\n${page.slice(end)}`;
}

function requiredRows({ results }: Report): Cells[] {
  return results.flatMap((result) => {
    const figure = FIGURES[result.name];
    if (result.verdict === undefined) return [];
    const verdict = result.verdict === 'pass' ? 'pass' : '**short**';
    return [[figure.label, requiredText(figure), withUnit(result.median, figure.unit), spreadOf(result), verdict]];
  });
}

function otherRows({ results }: Report): Cells[] {
  return results.flatMap((result) => {
    const { label, unit } = FIGURES[result.name];
    return result.verdict === undefined ? [[label, withUnit(result.median, unit), spreadOf(result)]] : [];
  });
}

function spreadOf({ name, least, most, rounds }: Result): string {
  const { unit } = FIGURES[name];
  return rounds.length > 1 ? `${withUnit(least, unit)} – ${withUnit(most, unit)}` : 'one round';
}

function machineText({ machine, form, measuredAt }: Report): string {
  const { cpu, cores, memoryGb, system, node, redis, commit } = machine;
  return (
    `${cpu}, ${cores} cores shared by everything, ${memoryGb} GB, ${system}; Node ${node}, Redis ${redis} ` +
    `(appendfsync everysec); commit ${commit}; ${form} form, ${measuredAt.slice(0, 10)}`
  );
}

function markdownTable(head: readonly string[], rows: readonly Cells[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
