/**
 * CSV records: the header row names the columns, each row after it becomes `{column: text}`.
 *
 * Promises: an invalid row is a record with a fault, and the rows after it are read. An invalid header is an error
 * before anything is yielded. Streams with flat memory.
 */
import { isWronglyDecoded } from '../../mapping/text.js';
import { columnsOf, delimiterOf, isBeforeHeader, NOT_UTF_8, STRAY_QUOTE } from './csv-header.js';
import { type CsvRow, CsvRows } from './csv-rows.js';
import type { FileRecord } from './file-record.js';
import type { Line } from './read-lines.js';
import { UnusableFileError } from './unusable-file.js';

/**
 * @param known the columns that a file may have
 * @throws UnusableFileError if the header is missing, or has a repeated, empty or unknown name
 */
export async function* readCsv(lines: AsyncIterable<Line>, known: ReadonlySet<string>): AsyncGenerator<FileRecord> {
  let rows: CsvRows | undefined;
  let columns: readonly string[] | undefined;
  const recordsOf = function* (complete: Iterable<CsvRow>): Generator<FileRecord> {
    for (const row of complete) {
      if (columns === undefined) columns = columnsOf(row, known);
      else if (!isEmpty(row)) yield recordOf(row, columns);
    }
  };
  for await (const line of lines) {
    if (rows === undefined && isBeforeHeader(line)) continue;
    rows ??= new CsvRows(delimiterOf(line, known));
    yield* recordsOf(rows.add(line));
  }
  if (rows) yield* recordsOf(rows.end());
  if (columns === undefined) throw new UnusableFileError('the file is empty: its first row must name the columns');
}

/** Spreadsheets write cleared rows as commas only. */
function isEmpty({ cells }: CsvRow): boolean {
  return cells?.every((cell) => cell.trim() === '') === true;
}

function recordOf({ line, cells }: CsvRow, columns: readonly string[]): FileRecord {
  if (cells === undefined) return { line, payload: undefined, fault: STRAY_QUOTE };
  if (cells.length !== columns.length) {
    const fault = `has ${counted(cells.length, 'cell')} where the header has ${counted(columns.length, 'column')}`;
    return { line, payload: undefined, fault };
  }
  if (cells.some(isWronglyDecoded)) return { line, payload: undefined, fault: NOT_UTF_8 };
  return { line, payload: { value: Object.fromEntries(columns.map((column, place) => [column, cells[place]])) } };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
