/** Where an import starts and how it can be resumed: the commands' side of the progress file. */

import type { ImportReport } from '../producer/files/import.js';
import { identifyFile, ProgressError, ProgressFile, type SavedProgress } from '../producer/files/progress-file.js';
import type { RejectsMark } from '../producer/files/rejects-file.js';
import { fileFault } from '../settings/file-fault.js';
import { failureText } from './failure-text.js';
import type { EnqueueOptions } from './import-report.js';
import type { Input } from './input.js';
import { say } from './output.js';
import { UsageError } from './runtime.js';

/**
 * The progress of an import and its start: without `saved` it starts at the first record. A pipe has neither.
 *
 * @throws UsageError if `--resume` is not possible
 */
export async function openProgress(
  file: string,
  input: Input,
  { source, account, resume, progress: named }: EnqueueOptions,
): Promise<{ keeper?: ProgressKeeper; saved?: SavedProgress | undefined }> {
  const isResume = resume === true;
  if (input.bytes === undefined) {
    if (!isResume) return {};
    throw new UsageError('a pipe cannot be resumed: give a file, or send all of it again without --resume');
  }
  const path = named ?? `${file}.capi-progress.json`;
  const progress = new ProgressFile(path, { file: await identifyFile(file), source, account });
  const keeper = new ProgressKeeper(progress);
  try {
    // A path that was given must be writable. The default one may be in a folder that is not ours.
    if (named !== undefined) await progress.assertWritable();
    const saved = await progress.load();
    if (isResume) return { keeper, saved };
    if (saved) {
      say(
        `capi-forwarder: an earlier import of this file stopped after ${saved.records} records; --resume goes on there.`,
      );
      say('capi-forwarder: starting at the first record.');
    }
  } catch (error) {
    if (!(error instanceof ProgressError)) throw new UsageError(`--progress ${path}: ${fileFault(error)}`);
    if (error.isForeign) throw new UsageError(`${error.message}: name another with --progress, or remove it`);
    if (isResume) throw new UsageError(`cannot resume: ${error.message}. Without --resume it is imported anew`);
  }
  return { keeper };
}

/** Saves progress. If that fails, the import goes on without it and says so once. */
class ProgressKeeper {
  readonly #progress: ProgressFile;
  #isKept = true;

  constructor(progress: ProgressFile) {
    this.#progress = progress;
  }

  /** Whether `--resume` will find what was acknowledged. */
  get isKept(): boolean {
    return this.#isKept;
  }

  async note(report: ImportReport, rejects: RejectsMark | undefined): Promise<void> {
    await this.#try(() => this.#progress.saveNowAndThen(report, rejects));
  }

  async stop(report: ImportReport, rejects: RejectsMark | undefined): Promise<void> {
    if (report.records > 0) await this.#try(() => this.#progress.save(report, rejects));
  }

  async finish(): Promise<void> {
    await this.#try(() => this.#progress.remove());
  }

  async #try(act: () => Promise<void>): Promise<void> {
    if (!this.#isKept) return;
    try {
      await act();
    } catch (error) {
      this.#isKept = false;
      say(
        `capi-forwarder: progress cannot be kept (${failureText(error)}): --resume will not work; --progress FILE takes another place`,
      );
    }
  }
}
