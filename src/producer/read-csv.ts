/**
 * CSV records: the header row names the columns, each row after it becomes `{column: text}`.
 *
 * Promises: a row that does not fit is a record with a fault, and the rows after it are read; a header that does not fit
 * is an error before anything is yielded. Streams with flat memory.
 * Never: a cell's text in a message. A file without a header has somebody's data in its first row.
 */
import { type CsvRow, CsvRows } from './csv-rows.js';
import type { Line } from './read-lines.js';
import type { FileRecord } from './read-records.js';
import { UnusableFileError } from './unusable-file.js';

const STRAY_QUOTE = 'its quotes do not pair up: a cell that holds a quote is quoted, and the quote doubled';
const NOT_UTF_8 = 'holds bytes that are not UTF-8: save the file as UTF-8 (Excel: “CSV UTF-8”)';

/** @throws UnusableFileError where the header is missing, empty in part, or names a column twice */
export async function* readCsv(lines: AsyncIterable<Line>): AsyncGenerator<FileRecord> {
  const rows = new CsvRows();
  let columns: readonly string[] | undefined;
  const recordsOf = function* (known: Iterable<CsvRow>): Generator<FileRecord> {
    for (const row of known) {
      if (columns === undefined) columns = columnsOf(row);
      else if (!isEmpty(row)) yield recordOf(row, columns);
    }
  };
  for await (const line of lines) yield* recordsOf(rows.add(line));
  yield* recordsOf(rows.end());
  if (columns === undefined) throw new UnusableFileError('the file is empty: its first row must name the columns');
}

/** Spreadsheets write rows that were cleared as commas alone. */
function isEmpty({ cells }: CsvRow): boolean {
  return cells?.every((cell) => cell.trim() === '') === true;
}

function recordOf({ line, cells }: CsvRow, columns: readonly string[]): FileRecord {
  if (cells === undefined) return { line, payload: undefined, fault: STRAY_QUOTE };
  if (cells.length !== columns.length) {
    const fault = `has ${counted(cells.length, 'cell')} where the header has ${counted(columns.length, 'column')}`;
    return { line, payload: undefined, fault };
  }
  if (cells.some(isNotUtf8)) return { line, payload: undefined, fault: NOT_UTF_8 };
  return { line, payload: { value: Object.fromEntries(columns.map((column, place) => [column, cells[place]])) } };
}

function columnsOf({ line, cells }: CsvRow): readonly string[] {
  const where = `the header (line ${line})`;
  if (cells === undefined) throw new UnusableFileError(`${where} cannot be read: ${STRAY_QUOTE}`);
  const columns = cells.map((cell) => cell.trim());
  if (columns.some(isNotUtf8)) throw new UnusableFileError(`${where} ${NOT_UTF_8}`);
  if (columns.length === 1 && /[;\t|]/.test(columns[0] ?? '')) {
    throw new UnusableFileError(`${where} has no commas: save the file with the comma as its delimiter`);
  }
  const faults = columns.flatMap((column, place) => {
    if (column === '') return [`column ${place + 1} has no name`];
    const earlier = columns.indexOf(column);
    return earlier === place ? [] : [`column ${place + 1} has the name of column ${earlier + 1}`];
  });
  if (faults.length > 0) throw new UnusableFileError(`${where} must name each column once: ${faults.join(', ')}`);
  return columns;
}

/** What decoding leaves where bytes are no UTF-8. Such a name would be hashed wrong and match nobody, in silence. */
function isNotUtf8(text: string): boolean {
  return text.includes('\uFFFD');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
