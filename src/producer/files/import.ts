/**
 * File import: writes the records of a file to the queue, and refused records with line and reason to a separate file.
 *
 * States: reading and mapping a batch while the batch before it is written (one write in flight, one batch being read,
 * so memory is flat) -> all written, or stopped by Redis, by the file, or by a person. Promises: the report counts only
 * acknowledged batches, and they are a prefix of the file: records 1 to `records` are in Redis or in the rejects. An
 * import that starts after them loses none.
 */
import type { MappingContext } from '../../mapping/context.js';
import type { RefusedEvent } from '../../mapping/refusal.js';
import type { Source } from '../../mapping/source.js';
import type { NewEvent } from '../../queue/pack-jobs.js';
import type { EventWriter } from '../event-writer.js';
import { mapFileRecord } from '../records.js';
import type { FileRecord } from './file-record.js';
import type { Reject, RejectsFile } from './rejects-file.js';
import { UnusableFileError } from './unusable-file.js';

const EVENTS_PER_WRITE = 1_000;
/** Limits a batch of refusals. If each record is an event, it limits the events too. */
const RECORDS_PER_WRITE = 1_000;

export interface ImportReport {
  readonly records: number;
  readonly accepted: number;
  readonly refused: number;
}

export interface ImportOptions {
  readonly source: Source;
  readonly writer: Pick<EventWriter, 'write' | 'noteRefused'>;
  readonly contextNow: () => MappingContext;
  readonly rejects?: RejectsFile | undefined;
  /** Where an earlier import of the same file stopped. Records before it are skipped, not mapped. */
  readonly done?: ImportReport | undefined;
  /** Called after each acknowledged batch, and awaited before the next write. */
  readonly onAcknowledged?: ((report: ImportReport) => Promise<void> | void) | undefined;
  /** Called for each record with a refused event. */
  readonly onRefused?: ((reject: Reject) => void) | undefined;
  /** Stops the import after the write in flight. */
  readonly signal?: AbortSignal | undefined;
}

/** The import ended early: by the signal, by Redis, or by the files that it reads and writes. */
export class ImportStoppedError extends Error {
  readonly code = 'IMPORT_STOPPED';
  readonly by: 'signal' | 'redis' | 'file';
  /** What was acknowledged before. */
  readonly report: ImportReport;

  constructor(by: ImportStoppedError['by'], report: ImportReport, cause?: unknown) {
    super('the import stopped before its end', { cause });
    this.by = by;
    this.report = report;
  }
}

interface Batch {
  records: number;
  refused: number;
  readonly entries: NewEvent[];
  readonly rejects: Reject[];
  readonly refusals: RefusedEvent[];
}

/**
 * @throws ImportStoppedError with what was acknowledged before; UnusableFileError if the file is faulty and nothing was
 * acknowledged
 */
export async function importRecords(records: AsyncIterable<FileRecord>, options: ImportOptions): Promise<ImportReport> {
  let report: ImportReport = options.done ?? { records: 0, accepted: 0, refused: 0 };
  let by: ImportStoppedError['by'] = 'file';
  const commit = async (batch: Batch) => {
    await options.writer.write(batch.entries).catch((error: unknown) => {
      by = 'redis';
      throw error;
    });
    await options.writer.noteRefused(options.source, batch.refusals);
    await options.rejects?.append(batch.rejects);
    report = {
      records: report.records + batch.records,
      accepted: report.accepted + batch.entries.length,
      refused: report.refused + batch.refused,
    };
    await options.onAcknowledged?.(report);
  };
  let writing = Promise.resolve();
  try {
    let toSkip = report.records;
    let batch = emptyBatch();
    for await (const record of records) {
      if (options.signal?.aborted) break;
      if (toSkip > 0) {
        toSkip -= 1;
        continue;
      }
      mapInto(batch, record, options);
      if (batch.entries.length < EVENTS_PER_WRITE && batch.records < RECORDS_PER_WRITE) continue;
      await writing;
      writing = commit(batch);
      // The error is thrown at the next await of it, perhaps after more reading.
      writing.catch(() => undefined);
      batch = emptyBatch();
    }
    await writing;
    if (!options.signal?.aborted && batch.records > 0) await commit(batch);
  } catch (cause) {
    await writing.catch(() => undefined);
    if (!options.signal?.aborted) {
      throw cause instanceof UnusableFileError && report.records === 0
        ? cause
        : new ImportStoppedError(by, report, cause);
    }
  }
  if (options.signal?.aborted) throw new ImportStoppedError('signal', report);
  return report;
}

function mapInto(batch: Batch, record: FileRecord, { source, contextNow, onRefused }: ImportOptions): void {
  const { entries, issues, refusals } = mapFileRecord(source, record, contextNow());
  batch.records += 1;
  batch.refused += refusals.length;
  batch.entries.push(...entries);
  if (refusals.length === 0) return;
  const reject = { line: record.line, reason: refusals[0]?.reason, issues };
  batch.rejects.push(reject);
  for (const refusal of refusals) batch.refusals.push(refusal);
  onRefused?.(reject);
}

function emptyBatch(): Batch {
  return { records: 0, refused: 0, entries: [], rejects: [], refusals: [] };
}
