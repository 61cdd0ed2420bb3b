/**
 * Writing a secret's file: whole or not at all, readable by its owner alone.
 *
 * A file that is mounted on its own (docker) cannot be replaced, only written into; then a reader may see half of it for a
 * moment, and its next look sees the rest.
 */
import { accessSync, constants, existsSync, lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const OWNER_ONLY = 0o600;

/** @throws as the file system does, where the file cannot be written: to be known before a person is asked for anything */
export function assertWritable(path: string): void {
  if (existsSync(path)) accessSync(path, constants.W_OK);
  else accessSync(dirname(path), constants.W_OK);
}

export function writeSecretFile(path: string, text: string): void {
  const isLink = existsSync(path) && lstatSync(path).isSymbolicLink();
  const draft = `${path}.new-${process.pid}`;
  try {
    if (isLink) throw new NotReplaceableError();
    writeFileSync(draft, text, { mode: OWNER_ONLY, flag: 'wx' });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    if (!isReplaceFault(error)) throw error;
    writeFileSync(path, text, { mode: OWNER_ONLY });
  }
}

/** A link stands for a file elsewhere, which must not be left behind with the old secret. */
class NotReplaceableError extends Error {
  readonly code = 'ELINK';
}

const REPLACE_FAULTS: ReadonlySet<unknown> = new Set(['ELINK', 'EBUSY', 'EXDEV', 'EACCES', 'EPERM', 'EROFS']);

function isReplaceFault(error: unknown): boolean {
  return error instanceof Error && 'code' in error && REPLACE_FAULTS.has(error.code);
}
