/**
 * A file that cannot be imported as it is, reported before or while it is read. The message says what to do with the
 * file. It never quotes the file, which may hold personal data.
 */
export class UnusableFileError extends Error {
  readonly code = 'UNUSABLE_FILE';
}
