/**
 * A secret that may change while the program runs: its file is looked at again, at most once a second.
 *
 * A file that has become unreadable or wrong keeps the last good value: a slip of an editor must not lock everybody out.
 */
import { statSync } from 'node:fs';
import { readSecretFile } from '../config.js';
import type { Logger } from '../log.js';

const LOOK_EVERY_MS = 1_000;

export class WatchedSecret<T> {
  readonly #file: string | undefined;
  readonly #read: (text: string) => T;
  readonly #log: Logger;
  #value: T;
  #mtimeMs = 0;
  #lookedAtMs = 0;

  /**
   * @param file undefined for a value that does not change
   * @param read makes the value of the file's text; what it throws at start is the caller's
   */
  constructor(file: string | undefined, initial: T, read: (text: string) => T, log: Logger) {
    this.#file = file;
    this.#read = read;
    this.#log = log;
    this.#value = initial;
    if (file !== undefined) {
      this.#mtimeMs = statSync(file).mtimeMs;
      this.#value = read(readSecretFile(file));
    }
  }

  get value(): T {
    if (this.#file !== undefined && Date.now() - this.#lookedAtMs >= LOOK_EVERY_MS) this.#look(this.#file);
    return this.#value;
  }

  #look(file: string): void {
    this.#lookedAtMs = Date.now();
    try {
      const { mtimeMs } = statSync(file);
      if (mtimeMs === this.#mtimeMs) return;
      this.#value = this.#read(readSecretFile(file));
      this.#mtimeMs = mtimeMs;
      this.#log.info('secret.reloaded', { reason: file });
    } catch (err) {
      this.#log.error('secret.unreadable', { reason: file, err });
    }
  }
}
