/**
 * Appends lines to a file or standard output. No caller waits for it.
 *
 * States: writing -> failing (a write failed, or the buffer is full) -> writing, once everything waiting is written ->
 * closed. The log says when failing starts and ends. Lines that found no room are counted. Promises: lines are written
 * whole and in order. After a file was moved (logrotate), a new one is opened within a second. A line torn by a killed
 * process is ended with a line break. Never: blocks the event loop.
 */
import { once } from 'node:events';
import { fstat } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import sonicBoom, { type SonicBoom } from 'sonic-boom';
import { describeError } from '../describe-error.js';
import type { Logger } from '../log.js';

/** Some 30,000 receipts. */
const BUFFER_MAX_BYTES = 8_000_000;
const LOOK_EVERY_MS = 1_000;
const CLOSE_WITHIN_MS = 2_000;
/** Readable by the group: the reader is usually another user than the writer. */
const FILE_MODE = 0o640;
const STDOUT = 1;

export interface LineFileOptions {
  /** `-` for standard output. */
  readonly path: string;
  readonly log: Logger;
  readonly onLost: (lines: number) => void;
  /** Smaller in tests only. */
  readonly bufferMaxBytes?: number;
}

/** The path is not a file. */
class NoFileError extends Error {
  readonly code = 'NOT_A_FILE';
}

export class LineFile {
  readonly #options: LineFileOptions;
  readonly #stream: SonicBoom;
  readonly #looking: NodeJS.Timeout | undefined;
  /** Appended but unwritten text: where it ends, counted in bytes from the start, and its lines. */
  readonly #waiting: { readonly endsAt: number; readonly lines: number }[] = [];
  #appendedBytes = 0;
  #writtenBytes = 0;
  /** Lines lost since the file started to fail. Undefined while it works. */
  #lostLines: number | undefined;
  #isLooking = false;
  #isReopening = false;
  /** The file was moved and no new one could be opened. Lines still go to the moved file. */
  #isMisplaced = false;
  #closing: Promise<void> | undefined;

  private constructor(options: LineFileOptions, stream: SonicBoom, isWatched: boolean) {
    this.#options = options;
    this.#stream = stream;
    stream.on('write', (bytes: number) => this.#noteWritten(bytes));
    stream.on('error', (err: unknown) => this.#noteFailure(describeError(err).code ?? 'UNKNOWN'));
    if (isWatched) this.#looking = setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  /** @throws with the system's code, or NOT_A_FILE, if it cannot be opened */
  static async open(options: LineFileOptions): Promise<LineFile> {
    const { path } = options;
    if (path === '-') return new LineFile(options, new sonicBoom.SonicBoom({ fd: STDOUT, sync: false }), false);
    const { isWatched, isTorn } = await examine(path);
    const stream = new sonicBoom.SonicBoom({ dest: path, sync: false, append: true, mode: FILE_MODE });
    await once(stream, 'ready');
    const file = new LineFile(options, stream, isWatched);
    if (isTorn) file.append('\n', 0);
    return file;
  }

  /** @param text whole lines, this many */
  append(text: string, lines: number): void {
    const bytes = Buffer.byteLength(text);
    const { bufferMaxBytes = BUFFER_MAX_BYTES } = this.#options;
    if (this.#closing) return this.#lose(lines);
    if (this.#appendedBytes - this.#writtenBytes + bytes > bufferMaxBytes) {
      this.#noteFailure('TOO_SLOW');
      return this.#lose(lines);
    }
    this.#appendedBytes += bytes;
    this.#waiting.push({ endsAt: this.#appendedBytes, lines });
    this.#stream.write(text);
  }

  /** Resolves when everything waiting is written, or is lost after a timeout. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#looking);
    const timeout = new AbortController();
    const ended = Promise.race([
      once(this.#stream, 'close'),
      sleep(CLOSE_WITHIN_MS, undefined, { signal: timeout.signal }),
    ]);
    this.#stream.end();
    // `once` rejects if the last write fails.
    await ended.catch(() => undefined);
    timeout.abort();
    this.#stream.destroy();
    this.#lose(this.#waiting.splice(0).reduce((sum, { lines }) => sum + lines, 0));
  }

  #noteWritten(bytes: number): void {
    this.#writtenBytes += bytes;
    while ((this.#waiting[0]?.endsAt ?? Number.POSITIVE_INFINITY) <= this.#writtenBytes) this.#waiting.shift();
    this.#endFailure();
  }

  #endFailure(): void {
    if (this.#waiting.length > 0 || this.#isMisplaced || this.#lostLines === undefined) return;
    this.#options.log.info('receipts.back', { count: this.#lostLines });
    this.#lostLines = undefined;
  }

  #noteFailure(code: string): void {
    this.#isMisplaced ||= this.#isReopening;
    this.#isReopening = false;
    if (this.#lostLines !== undefined) return;
    this.#lostLines = 0;
    this.#options.log.warn('receipts.failing', { setting: 'RECEIPTS_FILE', code });
  }

  #lose(lines: number): void {
    if (lines === 0) return;
    this.#lostLines = (this.#lostLines ?? 0) + lines;
    this.#options.onLost(lines);
  }

  /** Retries after a failure, and leaves a file that was moved. */
  async #look(): Promise<void> {
    if (this.#isLooking || this.#closing) return;
    if (this.#lostLines !== undefined && this.#waiting.length > 0) this.#stream.write('');
    this.#isLooking = true;
    const isMoved = await this.#isMoved();
    this.#isLooking = false;
    if (isMoved && !this.#isReopening && !this.#isClosing) this.#reopen();
  }

  get #isClosing(): boolean {
    return this.#closing !== undefined;
  }

  async #isMoved(): Promise<boolean> {
    const { fd } = this.#stream as unknown as { readonly fd: number };
    const there = await stat(this.#options.path).catch(() => undefined);
    const opened = await promisify(fstat)(fd).catch(() => undefined);
    return opened !== undefined && (there?.ino !== opened.ino || there.dev !== opened.dev);
  }

  #reopen(): void {
    this.#isReopening = true;
    // After a failed reopening, this listener would close a descriptor that belongs to another file by now.
    this.#stream.removeAllListeners('ready');
    this.#stream.once('ready', () => {
      this.#isReopening = false;
      this.#isMisplaced = false;
      this.#endFailure();
    });
    this.#stream.reopen();
  }
}

/** Whether the path is a file that could be moved, and whether its last line has no end. @throws NoFileError */
async function examine(path: string): Promise<{ readonly isWatched: boolean; readonly isTorn: boolean }> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isFIFO() || there?.isSocket()) throw new NoFileError('is a pipe or a socket');
  const isWatched = there === undefined || there.isFile();
  return {
    isWatched,
    isTorn: there !== undefined && there.isFile() && there.size > 0 && (await endsTorn(path, there.size)),
  };
}

async function endsTorn(path: string, size: number): Promise<boolean> {
  const file = await open(path, 'r').catch(() => undefined);
  // Without read permission this is unknown.
  if (!file) return false;
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer.toString() !== '\n';
  } finally {
    await file.close();
  }
}
