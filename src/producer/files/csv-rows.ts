/**
 * Splits the lines of a CSV file into rows of cells, by RFC 4180 with csv-parse: delimiters, quotes, line breaks inside
 * quotes.
 *
 * A row ends where its number of quotes is even. This is true of every valid row, so rows are found without parsing. A
 * faulty row costs only its own line: reading goes on at the next line, and an unclosed quote does not swallow the rest
 * of the file. Lines are counted here because csv-parse counts a CRLF inside quotes twice.
 *
 * States: between rows -> in a row (odd number of quotes so far) -> between rows (closed, or given up).
 */
import { parse } from 'csv-parse/sync';
import type { Line } from './read-lines.js';

export const DELIMITERS = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** Rows parsed in one call. The set-up of a call costs as much as several rows. */
const ROWS_PER_PARSE = 200;
/** A row that is still open after this much text has an unclosed quote. */
const MAX_ROW_CHARS = 1024 * 1024;

export interface CsvRow {
  /** The line of the file where the row starts, from 1. */
  readonly line: number;
  /** Undefined if the row's quotes do not pair up. */
  readonly cells: readonly string[] | undefined;
}

export class CsvRows {
  readonly #delimiter: Delimiter;
  /** Rows of one line each, not parsed yet. */
  #rows: Line[] = [];
  /** The lines of a row that is still open. */
  #open: Line[] = [];
  #openChars = 0;

  constructor(delimiter: Delimiter) {
    this.#delimiter = delimiter;
  }

  /** @returns the rows that are complete now, in order, without blank lines between rows */
  *add(line: Line): Generator<CsvRow> {
    const isOdd = hasOddQuotes(line.text);
    if (this.#open.length === 0 && !isOdd) {
      if (line.text.trim() === '') return;
      this.#rows.push(line);
      if (this.#rows.length >= ROWS_PER_PARSE) yield* this.#parseRows();
      return;
    }
    const isClosed = this.#open.length > 0 && isOdd;
    this.#open.push(line);
    this.#openChars += line.text.length + 1;
    if (isClosed) yield* this.#closeRow();
    else if (this.#openChars > MAX_ROW_CHARS) yield* this.#giveUp();
  }

  /** @returns the remaining rows */
  *end(): Generator<CsvRow> {
    while (this.#open.length > 0) yield* this.#giveUp();
    yield* this.#parseRows();
  }

  *#closeRow(): Generator<CsvRow> {
    const cells = this.#parseRow(this.#open.map(({ text }) => text).join('\n'));
    if (cells === undefined) {
      yield* this.#giveUp();
      return;
    }
    yield* this.#parseRows();
    const [first] = this.#takeOpen();
    if (first) yield { line: first.number, cells };
  }

  /** Refuses the first line of the open row and reads the lines after it again. */
  *#giveUp(): Generator<CsvRow> {
    yield* this.#parseRows();
    const [first, ...others] = this.#takeOpen();
    if (first) yield { line: first.number, cells: undefined };
    for (const line of others) yield* this.add(line);
  }

  #takeOpen(): Line[] {
    const lines = this.#open;
    this.#open = [];
    this.#openChars = 0;
    return lines;
  }

  *#parseRows(): Generator<CsvRow> {
    const lines = this.#rows;
    this.#rows = [];
    if (lines.length === 0) return;
    const parsed = parseAll(lines.map(({ text }) => text).join('\n'), this.#delimiter);
    for (const [place, { number, text }] of lines.entries()) {
      // If any row is faulty, each row is parsed alone, so that the others are read.
      yield { line: number, cells: parsed ? parsed[place] : this.#parseRow(text) };
    }
  }

  #parseRow(text: string): string[] | undefined {
    return parseAll(text, this.#delimiter)?.[0];
  }
}

/** Undefined if quotes do not pair up. csv-parse's message is dropped because it repeats the cell. */
function parseAll(text: string, delimiter: Delimiter): string[][] | undefined {
  try {
    return parse(quoteGuards(text, delimiter), { delimiter, record_delimiter: '\n', relax_column_count: true });
  } catch {
    return undefined;
  }
}

/**
 * Quotes a cell `="1001"`, which exporters write unquoted as a guard against spreadsheets. RFC 4180 allows no quote
 * inside an unquoted cell.
 */
function quoteGuards(text: string, delimiter: Delimiter): string {
  if (!text.includes('="')) return text;
  return text.replace(QUOTED_CELLS[delimiter], (cell: string, guarded: string | undefined) =>
    guarded === undefined ? cell : `"=""${guarded}"""`,
  );
}

/** By delimiter: a quoted cell, which is left unchanged, or a guarded cell with its text. */
const QUOTED_CELLS = Object.fromEntries(
  DELIMITERS.map((delimiter) => [
    delimiter,
    new RegExp(`(?<=^|[${delimiter}\\n])(?:"(?:[^"]|"")*"|="([^"\\n]*)"(?=[${delimiter}\\n]|$))`, 'g'),
  ]),
) as Readonly<Record<Delimiter, RegExp>>;

function hasOddQuotes(text: string): boolean {
  let isOdd = false;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) isOdd = !isOdd;
  return isOdd;
}
