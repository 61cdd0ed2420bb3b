/**
 * The head of a CSV file: lines before the header row, the delimiter, and the names of the columns.
 *
 * Promise: an invalid header is one error for the whole file, before any record. A message never quotes a cell: the
 * first row of a file without a header holds personal data. So messages give column numbers.
 */
import { isWronglyDecoded } from '../../mapping/text.js';
import type { CsvRow } from './csv-rows.js';
import { DELIMITERS, type Delimiter } from './csv-rows.js';
import type { Line } from './read-lines.js';
import { UnusableFileError } from './unusable-file.js';

export const STRAY_QUOTE = 'its quotes do not pair up: a cell that holds a quote is quoted, and the quote doubled';
export const NOT_UTF_8 = 'holds bytes that are not UTF-8: save the file as UTF-8 (Excel: “CSV UTF-8”)';

/**
 * `sep=;` is written by spreadsheets. `###`, `# ` and `Parameters:` start the lines above the header of a Google Ads
 * template, some of which have only empty cells. An order number such as `#1001` does not match.
 */
const BEFORE_HEADER = /^"?(?:sep=.?"?[,;\t|]*$|#[# ]|Parameters:)|^[,;\t|]+$/i;

/** The most column numbers that a message lists. */
const COLUMNS_LISTED = 10;

/** Templates of other platforms by their column names, with our name for each column. */
const TEMPLATES = [
  {
    platform: 'Google Ads',
    marks: ['googleclickid', 'conversionname', 'conversiontime', 'conversionvalue', 'conversioncurrency', 'orderid'],
    names:
      'Conversion Name is name, Conversion Time timestamp, Conversion Value value, Conversion Currency currencyCode, ' +
      'Order ID clientDedupeId, Email email, Phone Number phone',
  },
  {
    platform: 'Meta',
    marks: ['eventname', 'eventtime', 'fn', 'ln', 'ct', 'st', 'doby', 'gen', 'madid'],
    names:
      'event_name is name, event_time timestamp, order_id clientDedupeId, currency currencyCode, country countryCode, ' +
      'fn first_name, ln last_name, ct city, st state, zip postal, madid maid',
  },
] as const;

/** Other names that exports and people use for our columns, in lower-case letters and digits. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    name: 'event eventname conversionname',
    eventType: 'type conversiontype',
    countryCode: 'country',
    timestamp: 'time date datetime eventtime createdat conversiontime',
    clientDedupeId: 'id orderid order ordernumber transactionid eventid dedupeid',
    value: 'amount total price revenue conversionvalue',
    currencyCode: 'currency conversioncurrency',
    unitsSold: 'quantity units',
    email: 'emailaddress mail',
    phone: 'phonenumber telephone mobile',
    address: 'street addressline1 address1',
    state: 'region province',
    postal: 'zip zipcode postalcode postcode',
  }).flatMap(([ours, others]) => others.split(' ').map((other) => [other, ours] as const)),
);

/** No file of ours and no template has more columns. */
const COLUMNS_THAT_TELL = 100;

/** Whether a line is above the header row and holds no records. */
export function isBeforeHeader({ text }: Line): boolean {
  return text.trim() === '' || BEFORE_HEADER.test(text.trim());
}

/** The delimiter that finds most known columns in the header row. Only one delimiter finds any. */
export function delimiterOf(header: Line, known: ReadonlySet<string>): Delimiter {
  let best: Delimiter = ',';
  let most = 0;
  for (const delimiter of DELIMITERS) {
    const found = header.text
      .split(delimiter, COLUMNS_THAT_TELL)
      .filter((cell) => known.has(cell.replaceAll('"', '').trim())).length;
    if (found > most) {
      best = delimiter;
      most = found;
    }
  }
  return best;
}

/** @throws UnusableFileError if a column has no name, a repeated name, or an unknown one */
export function columnsOf({ line, cells }: CsvRow, known: ReadonlySet<string>): readonly string[] {
  const where = `the header (line ${line})`;
  if (cells === undefined) throw new UnusableFileError(`${where} cannot be read: ${STRAY_QUOTE}`);
  const columns = cells.map((cell) => cell.trim());
  if (columns.some(isWronglyDecoded)) throw new UnusableFileError(`${where} ${NOT_UTF_8}`);
  const template = templateOf(columns);
  if (template) {
    throw new UnusableFileError(
      `${where} is that of a ${template.platform} template. Rename its columns (${template.names}) and remove the others. ` +
        `Known are ${[...known].join(', ')}`,
    );
  }
  const faults = faultsOf(columns);
  if (faults.length > 0)
    throw new UnusableFileError(`${where} must name each column once: ${listed(faults, (fault) => fault)}`);
  const unknown = columns.flatMap((column, index) => (known.has(column) ? [] : [index]));
  if (unknown.length === 0) return columns;
  const isData = unknown.length === columns.length;
  const what = isData ? 'names no column that is known: does the file begin with a record?' : 'has unknown columns';
  throw new UnusableFileError(
    `${where} ${what} (${listed(unknown, (index) => unknownColumn(columns[index] ?? '', index, known))}). Known are ${[...known].join(', ')}`,
  );
}

function templateOf(columns: readonly string[]): (typeof TEMPLATES)[number] | undefined {
  const names = new Set(columns.slice(0, COLUMNS_THAT_TELL).map(lettersOf));
  return TEMPLATES.find(({ marks }) => marks.filter((mark) => names.has(mark)).length > 1);
}

/**
 * `Email` and `Client Dedupe Id` are nearly right, `Order ID` is usual. The message names our column, so it does not
 * quote the cell.
 */
function unknownColumn(column: string, index: number, known: ReadonlySet<string>): string {
  const letters = lettersOf(column);
  const meant = OTHER_NAMES.get(letters) ?? letters;
  const ours = [...known].find((name) => lettersOf(name) === lettersOf(meant));
  return `column ${index + 1}${ours === undefined ? '' : ` (write ${ours})`}`;
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Columns without a name or with a repeated name. */
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

function listed<T>(entries: readonly T[], textOf: (entry: T) => string): string {
  const more = entries.length - COLUMNS_LISTED;
  return entries.slice(0, COLUMNS_LISTED).map(textOf).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
