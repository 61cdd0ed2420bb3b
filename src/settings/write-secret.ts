/**
 * Writes a secret's file: completely or not at all, readable by its owner only.
 *
 * A file that is mounted by itself (docker) cannot be replaced, only overwritten. A reader may then see half of it for
 * a moment, and sees the rest at its next check.
 */
import { accessSync, constants, existsSync, lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const OWNER_ONLY = 0o600;

/** @throws the file system's error if the file cannot be written; called before a person is asked for anything */
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

/** A link points to another file. Replacing the link would leave the old secret in that file. */
class NotReplaceableError extends Error {
  readonly code = 'ELINK';
}

const REPLACE_FAULTS: ReadonlySet<unknown> = new Set(['ELINK', 'EBUSY', 'EXDEV', 'EACCES', 'EPERM', 'EROFS']);

function isReplaceFault(error: unknown): boolean {
  return error instanceof Error && 'code' in error && REPLACE_FAULTS.has(error.code);
}
