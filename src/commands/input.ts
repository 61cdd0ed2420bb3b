/** A command's input: a file, a named pipe, or standard input, with the position read so far. */
import { createReadStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { fileFault } from '../settings/file-fault.js';
import { UsageError } from './runtime.js';

export interface Input {
  readonly stream: Readable;
  /** Its size on disk (packed, for gzip). Undefined for a pipe, which can be read only once. */
  readonly bytes: number | undefined;
  readonly bytesRead: () => number;
}

/** @throws UsageError if the file does not exist or may not be read */
export async function openInput(file: string): Promise<Input> {
  if (file === '-') return { stream: process.stdin, bytes: undefined, bytesRead: () => 0 };
  const found = await stat(file).catch((error: unknown) => {
    throw unreadable(file, fileFault(error));
  });
  if (found.isDirectory()) throw unreadable(file, 'is a folder, not a file');
  await access(file, constants.R_OK).catch((error: unknown) => {
    throw unreadable(file, fileFault(error));
  });
  const stream = createReadStream(file);
  return { stream, bytes: found.isFile() ? found.size : undefined, bytesRead: () => stream.bytesRead };
}

function unreadable(file: string, why: string): UsageError {
  return new UsageError(`${file}: ${why}`);
}
