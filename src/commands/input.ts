/** A command's input: a file, a named pipe, or standard input, with how far it is read. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { UsageError } from './runtime.js';

export interface Input {
  readonly stream: Readable;
  /** Its size on disk, packed where it is gzip; undefined for a pipe, which can be read but once. */
  readonly bytes: number | undefined;
  readonly bytesRead: () => number;
}

/** @throws UsageError where the file is not there */
export async function openInput(file: string): Promise<Input> {
  if (file === '-') return { stream: process.stdin, bytes: undefined, bytesRead: () => 0 };
  const found = await stat(file).catch(() => undefined);
  if (!found || found.isDirectory()) throw new UsageError(`cannot read ${file}: there is no such file`);
  const stream = createReadStream(file);
  return { stream, bytes: found.isFile() ? found.size : undefined, bytesRead: () => stream.bytesRead };
}
