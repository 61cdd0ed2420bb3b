/**
 * CSV records: the header row names the columns, each row after it becomes `{column: text}`.
 *
 * Promises: a row that does not fit is a record with a fault, and the rows after it are read; a header that does not fit
 * is an error before anything is yielded. Streams with flat memory.
 * Never: a cell's text in a message. A file without a header has somebody's data in its first row, so columns are named by
 * their number.
 */
import { type CsvRow, CsvRows } from './csv-rows.js';
import type { Line } from './read-lines.js';
import type { FileRecord } from './read-records.js';
import { UnusableFileError } from './unusable-file.js';

const STRAY_QUOTE = 'its quotes do not pair up: a cell that holds a quote is quoted, and the quote doubled';
const NOT_UTF_8 = 'holds bytes that are not UTF-8: save the file as UTF-8 (Excel: “CSV UTF-8”)';

/** Numbers of columns that a message lists. */
const COLUMNS_LISTED = 10;

/**
 * @param known the columns that a file may have
 * @throws UnusableFileError where the header is missing, or names a column twice, not at all, or by an unknown name
 */
export async function* readCsv(lines: AsyncIterable<Line>, known: ReadonlySet<string>): AsyncGenerator<FileRecord> {
  const rows = new CsvRows();
  let columns: readonly string[] | undefined;
  const recordsOf = function* (complete: Iterable<CsvRow>): Generator<FileRecord> {
    for (const row of complete) {
      if (columns === undefined && isSeparatorLine(row)) continue;
      if (columns === undefined) columns = columnsOf(row, known);
      else if (!isEmpty(row)) yield recordOf(row, columns);
    }
  };
  for await (const line of lines) yield* recordsOf(rows.add(line));
  yield* recordsOf(rows.end());
  if (columns === undefined) throw new UnusableFileError('the file is empty: its first row must name the columns');
}

/** `sep=,`: a spreadsheet's note to itself, before the header. */
function isSeparatorLine({ line, cells }: CsvRow): boolean {
  return line === 1 && /^sep=.?$/i.test(cells?.[0]?.trim() ?? '') && cells?.slice(1).join('').trim() === '';
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

function columnsOf({ line, cells }: CsvRow, known: ReadonlySet<string>): readonly string[] {
  const where = `the header (line ${line})`;
  if (cells === undefined) throw new UnusableFileError(`${where} cannot be read: ${STRAY_QUOTE}`);
  const columns = cells.map((cell) => cell.trim());
  if (columns.some(isNotUtf8)) throw new UnusableFileError(`${where} ${NOT_UTF_8}`);
  if (columns.length === 1 && /[;\t|]/.test(columns[0] ?? '')) {
    throw new UnusableFileError(`${where} has no commas: save the file with the comma as its delimiter`);
  }
  const faults = faultsOf(columns);
  if (faults.length > 0) throw new UnusableFileError(`${where} must name each column once: ${listed(faults)}`);
  const unknown = columns.flatMap((column, index) => (known.has(column) ? [] : [`column ${index + 1}`]));
  if (unknown.length > 0) {
    const isData = unknown.length === columns.length;
    const what = isData ? 'names no column that is known: does the file begin with a record?' : 'has unknown columns';
    throw new UnusableFileError(`${where} ${what} (${listed(unknown)}). Known are ${[...known].join(', ')}`);
  }
  return columns;
}

/** Columns that have no name, or another's. */
function faultsOf(columns: readonly string[]): string[] {
  const numbers = new Map<string, number>();
  const faults: string[] = [];
  for (const [index, column] of columns.entries()) {
    const earlier = numbers.get(column);
    if (column === '') faults.push(`column ${index + 1} has no name`);
    else if (earlier !== undefined) faults.push(`column ${index + 1} has the name of column ${earlier}`);
    else numbers.set(column, index + 1);
  }
  return faults;
}

function listed(texts: readonly string[]): string {
  const more = texts.length - COLUMNS_LISTED;
  return texts.slice(0, COLUMNS_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** What decoding leaves where bytes are no UTF-8. Such a name would be hashed wrong and match nobody, in silence. */
function isNotUtf8(text: string): boolean {
  return text.includes('\uFFFD');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
