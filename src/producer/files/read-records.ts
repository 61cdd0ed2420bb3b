/**
 * Reads a file of records, plain or gzip: NDJSON and CSV line by line with flat memory, JSON (one object, or an array
 * of them) as a whole.
 *
 * The format is detected from the content, not from the name. Only source `csv` may be CSV. Its header cannot start
 * like JSON, so records of that source may be NDJSON too.
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

/** @throws UnusableFileError if the file as a whole is unusable */
export async function* readRecords(input: Readable, source: Source = 'conversion'): AsyncGenerator<FileRecord> {
  const { first, all } = await peek(readLines(unzip(input)));
  yield* source === 'csv' && !/^\s*[[{]/.test(first?.text ?? '') ? readCsv(all, CSV_COLUMNS) : readJson(all);
}
