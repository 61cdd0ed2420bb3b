/** Why a file cannot be read or written, in words instead of the operating system's codes. */

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'there is no such file or folder',
  EISDIR: 'is a folder, not a file',
  EACCES: 'this user may not open it',
  EPERM: 'this user may not open it',
  EROFS: 'is on a read-only file system',
  ENOSPC: 'the disk is full',
  NOT_A_FILE: 'is a pipe or a socket: name a file, or - for standard output',
  EMFILE: 'too many files are open',
};

export function isOfFile(error: unknown): boolean {
  return Object.hasOwn(WORDS, codeOf(error));
}

/** The words for it, or its code if there are none. */
export function fileFault(error: unknown): string {
  return WORDS[codeOf(error)] ?? `cannot be opened (${codeOf(error)})`;
}

/** The code of a failed read, such as ENOENT. */
export function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
}
