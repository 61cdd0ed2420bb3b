/**
 * File import: records of a file to the queue, refused ones with their line and reason to a file of their own.
 */
import type { Writable } from 'node:stream';
import type { MappingContext } from '../mapping/context.js';
import type { Source } from '../mapping/source.js';
import type { QueuedEvent } from '../queue.js';
import type { EventWriter } from './event-writer.js';
import type { FileRecord } from './read-records.js';
import { mapRecord, UNREADABLE_RECORD } from './records.js';

const EVENTS_PER_WRITE = 1_000;

export interface ImportReport {
  records: number;
  accepted: number;
  refused: number;
}

export interface ImportOptions {
  readonly source: Source;
  readonly writer: EventWriter;
  readonly contextNow: () => MappingContext;
  /** Gets a JSON line for each refused record: its line, reason and issues; never the record, which may be personal. */
  readonly rejects?: Writable | undefined;
  readonly onProgress?: ((report: ImportReport) => void) | undefined;
}

/** @throws Redis's error; what the report counted as accepted until then is in Redis */
export async function importRecords(records: AsyncIterable<FileRecord>, options: ImportOptions): Promise<ImportReport> {
  const report: ImportReport = { records: 0, accepted: 0, refused: 0 };
  let entries: QueuedEvent[] = [];
  const flush = async () => {
    await options.writer.write(entries);
    report.accepted += entries.length;
    entries = [];
    options.onProgress?.(report);
  };
  for await (const { line, payload } of records) {
    const mapped = payload ? mapRecord(options.source, payload.value, options.contextNow()) : UNREADABLE_RECORD;
    report.records += 1;
    entries.push(...mapped.entries);
    if (mapped.issues.length > 0) {
      report.refused += mapped.refusals.length;
      const reject = { line, reason: mapped.refusals[0], issues: mapped.issues };
      options.rejects?.write(`${JSON.stringify(reject)}\n`);
    }
    if (entries.length >= EVENTS_PER_WRITE) await flush();
  }
  await flush();
  return report;
}
