/**
 * Reading a file of records, plain or gzip: NDJSON and CSV line by line with flat memory, JSON (one object, or an array
 * of them) as a whole.
 *
 * The form is seen from the content, not from the name. CSV is the form of source `csv` alone: its header cannot start
 * like JSON, so records of that source may come as NDJSON too.
 */
import type { Readable } from 'node:stream';
import type { Source } from '../../mapping/source.js';
import { CSV_COLUMNS } from '../../mapping/sources/csv.js';
import type { FileRecord } from './file-record.js';
import { peek } from './peek.js';
import { readCsv } from './read-csv.js';
import { readJson } from './read-json.js';
import { readLines } from './read-lines.js';
import { unzip } from './unzip.js';

/** @throws UnusableFileError where the file as a whole is not what it should be */
export async function* readRecords(input: Readable, source: Source = 'conversion'): AsyncGenerator<FileRecord> {
  const { first, all } = await peek(readLines(unzip(input)));
  yield* source === 'csv' && !/^\s*[[{]/.test(first?.text ?? '') ? readCsv(all, CSV_COLUMNS) : readJson(all);
}
