/**
 * The rejects file: one JSON line per refused record with its line, reason and issues, never the record itself.
 *
 * Promises: `append` resolves when the operating system has the lines. So a caller that awaits it never runs ahead of
 * the disk, and a size noted afterwards is correct even if the process is killed. Only its owner can read the file:
 * refused records and their reasons are private.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Issue, RefusalReason } from '../../mapping/refusal.js';
import { visibleJson } from '../../telemetry/visible-text.js';

export interface Reject {
  readonly line: number;
  readonly reason: RefusalReason | undefined;
  readonly issues: readonly Issue[];
}

/** The file, and how much of it belongs to finished records. */
export interface RejectsMark {
  readonly path: string;
  readonly bytes: number;
}

export class RejectsFile {
  readonly #path: string;
  readonly #file: FileHandle;
  #bytes: number;

  private constructor(path: string, file: FileHandle, bytes: number) {
    this.#path = path;
    this.#file = file;
    this.#bytes = bytes;
  }

  /**
   * @param done where an earlier import of the same records stopped. Lines after its mark are written again, so they
   * are cut off here. `undefined` starts a new file; `'unmarked'` appends to the existing one.
   */
  static async open(path: string, done?: RejectsMark | 'unmarked'): Promise<RejectsFile> {
    const absolute = resolve(path);
    const file = await open(absolute, done === undefined ? 'w' : 'a', 0o600);
    const found = await file.stat();
    // The mode above applies to a new file only. An existing file keeps its own mode.
    if (found.isFile() && (found.mode & 0o077) !== 0) await file.chmod(0o600);
    let bytes = found.isFile() ? found.size : 0;
    // A file other than the marked one is not ours and must not be truncated.
    if (typeof done === 'object' && done.path === absolute && done.bytes < bytes) {
      await file.truncate(done.bytes);
      bytes = done.bytes;
    }
    return new RejectsFile(absolute, file, bytes);
  }

  get mark(): RejectsMark {
    return { path: this.#path, bytes: this.#bytes };
  }

  async append(rejects: readonly Reject[]): Promise<void> {
    if (rejects.length === 0) return;
    const text = rejects.map((reject) => `${visibleJson(JSON.stringify(reject))}\n`).join('');
    await this.#file.appendFile(text);
    this.#bytes += Buffer.byteLength(text);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
