/**
 * A file that cannot be imported as it is, told before or while it is read: the message says what to do with the file.
 * Never holds a piece of the file, which may be personal.
 */
export class UnusableFileError extends Error {
  readonly code = 'UNUSABLE_FILE';
}
