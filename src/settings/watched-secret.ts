/**
 * A secret setting while the program runs. Its file is read again when it changed, at most once a second.
 *
 * States: usable -> unusable (the file is gone, empty or wrong: the last good value stays, one log line says so) ->
 * usable again. A file that was just written counts once it is a second old: until then it may be half of what it will be.
 * Promises: whether the setting is set never changes after the start, so no accident of a file opens a door or closes it.
 */
import { readFileSync, statSync } from 'node:fs';
import type { Logger } from '../telemetry/log.js';
import { SettingsError } from './config.js';
import { fileFault } from './file-fault.js';
import { SecretTextError } from './secret-list.js';

const LOOK_EVERY_MS = 1_000;
const SETTLED_MS = 1_000;

export interface WatchedSecretOptions<T> {
  /** The setting's name, without `_FILE`. */
  readonly setting: string;
  /** The setting's value, where it comes from no file. */
  readonly text: string | undefined;
  readonly file: string | undefined;
  /** What is made of the text; throws SecretTextError where nothing can be. */
  readonly read: (text: string, from: 'setting' | 'file') => T;
  /** The value where the setting is not set at all. */
  readonly unset: T;
  readonly log: Logger;
}

export class WatchedSecret<T> {
  readonly setting: string;
  readonly isSet: boolean;
  readonly #options: WatchedSecretOptions<T>;
  readonly #file: string | undefined;
  #value: T;
  #isUsable = true;
  #stamp = '';
  #lookedAtMs = 0;

  /** @throws SettingsError where the secret cannot be used: the program must not start with it */
  constructor(options: WatchedSecretOptions<T>) {
    const { setting, text, file, read, unset } = options;
    this.#options = options;
    this.setting = setting;
    this.#file = file || undefined;
    this.isSet = this.#file !== undefined || text !== undefined;
    try {
      if (this.#file !== undefined) {
        this.#stamp = stampOf(this.#file).stamp;
        this.#value = read(readFileSync(this.#file, 'utf8'), 'file');
      } else {
        this.#value = text === undefined ? unset : read(text, 'setting');
      }
    } catch (error) {
      throw new SettingsError(faultsOf(error).map((fault) => this.#named(fault)));
    }
  }

  /** The secret of this moment: the last one that was good. */
  get value(): T {
    this.#look();
    return this.#value;
  }

  /** Whether it stands there, and nowhere else. */
  isFrom(setting: string, text: string | undefined, file: string | undefined): boolean {
    return this.setting === setting && this.#options.text === text && this.#options.file === file;
  }

  /** Whether the file is there; a value that stands in the setting itself is no file. */
  get isFile(): boolean {
    return this.#file !== undefined;
  }

  /** False while the file is gone, empty or wrong. */
  get isUsable(): boolean {
    this.#look();
    return this.#isUsable;
  }

  #look(): void {
    const nowMs = Date.now();
    // A clock that was set back must not end the looking.
    if (this.#file === undefined || Math.abs(nowMs - this.#lookedAtMs) < LOOK_EVERY_MS) return;
    this.#lookedAtMs = nowMs;
    try {
      const { stamp, changedMs } = stampOf(this.#file);
      if (stamp === this.#stamp) return;
      // Also where the clock of the file's server is ahead of ours: then two looks must agree.
      const isSettled = nowMs - changedMs >= SETTLED_MS || stamp === this.#unsettled;
      this.#unsettled = stamp;
      if (!isSettled) return;
      this.#stamp = stamp;
      this.#value = this.#options.read(readFileSync(this.#file, 'utf8'), 'file');
      this.#isUsable = true;
      this.#options.log.info('secret.reloaded', { setting: this.setting });
    } catch (error) {
      this.#keep(error);
    }
  }

  #unsettled = '';

  #keep(error: unknown): void {
    // It may be good the next time though it did not change: it may be back, or name another file that is there by then.
    this.#stamp = '';
    const wasUsable = this.#isUsable;
    this.#isUsable = false;
    const reason = this.#named(faultsOf(error).join('; '));
    if (wasUsable) this.#options.log.error('secret.unusable', { setting: this.setting, reason });
  }

  #named(fault: string): string {
    return this.#file === undefined ? `${this.setting}: ${fault}` : `${this.setting}_FILE: ${this.#file}: ${fault}`;
  }
}

/** Changes whenever the file does, by whichever way it is written, moved or linked. */
function stampOf(file: string): { readonly stamp: string; readonly changedMs: number } {
  const { ino, size, mtimeMs, ctimeMs } = statSync(file);
  return { stamp: `${ino}/${size}/${mtimeMs}/${ctimeMs}`, changedMs: ctimeMs };
}

function faultsOf(error: unknown): readonly string[] {
  return error instanceof SecretTextError ? error.faults : [fileFault(error)];
}
