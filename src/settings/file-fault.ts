/** Why a file cannot be read or written, in words; the operating system's codes are for programs. */

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'there is no such file or folder',
  EISDIR: 'is a folder, not a file',
  EACCES: 'this user may not open it',
  EPERM: 'this user may not open it',
  EROFS: 'lies on a file system that cannot be written',
  ENOSPC: 'the disk is full',
  NOT_A_FILE: 'is a pipe or a socket: name a file, or - for standard output',
  EMFILE: 'too many files are open',
};

export function isOfFile(error: unknown): boolean {
  return Object.hasOwn(WORDS, codeOf(error));
}

/** The words for it, or its code where there are none. */
export function fileFault(error: unknown): string {
  return WORDS[codeOf(error)] ?? `cannot be opened (${codeOf(error)})`;
}

/** The code of a failure to read a file, such as ENOENT. */
export function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
}
