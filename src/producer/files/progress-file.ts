/**
 * The progress file: how far an import came. It is kept beside the input, so that an interrupted import can continue.
 *
 * Promises: the file on disk is always complete (written to a temporary file, then renamed). It never claims more than
 * Redis acknowledged, so a continued import loses nothing. What was written after the last save is sent again. Only its
 * owner can read it. It never holds anything of the records.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import type { ImportReport } from './import.js';
import type { RejectsMark } from './rejects-file.js';

const HEAD_BYTES = 64 * 1024;
const SAVE_EVERY_MS = 1_000;

const count = z.number().int().min(0);
const progressSchema = z.object({
  v: z.literal(1),
  file: z.object({ bytes: count, modifiedMs: z.number(), headSha256: z.string() }),
  source: z.string(),
  account: z.string(),
  records: count,
  accepted: count,
  refused: count,
  rejects: z.object({ path: z.string(), bytes: count }).optional(),
});

/** Identifies an import. It can continue only if all of this is the same. */
export interface ImportOrigin {
  readonly file: z.output<typeof progressSchema>['file'];
  readonly source: string;
  readonly account: string;
}

export interface SavedProgress extends ImportReport, ImportOrigin {
  readonly rejects?: RejectsMark | undefined;
}

export class ProgressError extends Error {
  readonly code = 'PROGRESS';
  /** True if the file is not ours and must not be overwritten. */
  readonly isForeign: boolean;

  constructor(message: string, { isForeign = false } = {}) {
    super(message);
    this.isForeign = isForeign;
  }
}

/** Size, time and start of a file: enough to detect a replaced file without reading all of it. */
export async function identifyFile(path: string): Promise<ImportOrigin['file']> {
  const file = await open(path);
  try {
    const found = await file.stat();
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
    const headSha256 = createHash('sha256').update(head.subarray(0, bytesRead)).digest('hex');
    return { bytes: found.size, modifiedMs: found.mtimeMs, headSha256 };
  } finally {
    await file.close();
  }
}

export class ProgressFile {
  readonly path: string;
  readonly #origin: ImportOrigin;
  #savedAtMs = Number.NEGATIVE_INFINITY;

  constructor(path: string, origin: ImportOrigin) {
    this.path = path;
    this.#origin = origin;
  }

  /**
   * Where an earlier import of the same file stopped. Undefined if there was none.
   *
   * @throws ProgressError if the progress belongs to another import, with the difference
   */
  async load(): Promise<SavedProgress | undefined> {
    const text = await readFile(this.path, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return undefined;
    const saved = readProgress(text);
    if (!saved) throw new ProgressError(`${this.path} is not a progress file`, { isForeign: true });
    const { file, source, account } = this.#origin;
    if (saved.source !== source || saved.account !== account) {
      throw new ProgressError(`${this.path} is of --source ${saved.source} --account ${saved.account}`);
    }
    if (JSON.stringify(saved.file) !== JSON.stringify(file)) {
      throw new ProgressError('the file has changed since its import stopped, so its records cannot be told apart');
    }
    return saved;
  }

  /** Saves at most once a second. The first save is immediate. */
  async saveNowAndThen(report: ImportReport, rejects: RejectsMark | undefined): Promise<void> {
    if (performance.now() - this.#savedAtMs >= SAVE_EVERY_MS) await this.save(report, rejects);
  }

  async save({ records, accepted, refused }: ImportReport, rejects: RejectsMark | undefined): Promise<void> {
    this.#savedAtMs = performance.now();
    const progress = { v: 1, ...this.#origin, records, accepted, refused, rejects };
    const beside = await this.#openBeside();
    try {
      await beside.writeFile(`${JSON.stringify(progress)}\n`);
      // Before the rename, so that a power cut may leave the older progress, but never an empty file.
      await beside.sync();
    } finally {
      await beside.close();
    }
    await rename(this.#beside, this.path);
  }

  /** Fails now if saving would fail later. */
  async assertWritable(): Promise<void> {
    const beside = await this.#openBeside();
    await beside.close();
    await rm(this.#beside);
  }

  get #beside(): string {
    return `${this.path}.tmp`;
  }

  /**
   * Always creates a new file. An existing file or link, placed there by somebody else, is neither followed nor written
   * to.
   */
  async #openBeside(): Promise<FileHandle> {
    await rm(this.#beside, { force: true });
    return open(this.#beside, 'wx', 0o600);
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

function readProgress(text: string): SavedProgress | undefined {
  try {
    return progressSchema.parse(JSON.parse(text));
  } catch {
    // Truncated, or not ours: the caller reports it.
    return undefined;
  }
}
