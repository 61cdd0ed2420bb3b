/**
 * A secret setting while the program runs. Its file is read again when it changes, at most once a second.
 *
 * States: usable -> unusable (the file is missing, empty or wrong: the last valid value is used, one log line says so)
 * -> usable again. A new file is used once it is a second old: before that it may be incomplete. Promise: whether the
 * setting is set never changes after the start, so a broken file can neither open nor lock the service.
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
  /** The setting's value, if it is not from a file. */
  readonly text: string | undefined;
  readonly file: string | undefined;
  /** Parses the text. Throws SecretTextError if that fails. */
  readonly read: (text: string, from: 'setting' | 'file') => T;
  /** The value if the setting is not set at all. */
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

  /** @throws SettingsError if the secret cannot be used: the program must not start with it */
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

  /** The current secret: the last valid one. */
  get value(): T {
    this.#look();
    return this.#value;
  }

  /** Whether the secret has exactly this source. */
  isFrom(setting: string, text: string | undefined, file: string | undefined): boolean {
    return this.setting === setting && this.#options.text === text && this.#options.file === file;
  }

  /** Whether it is read from a file, not from the setting itself. */
  get isFile(): boolean {
    return this.#file !== undefined;
  }

  /** False while the file is missing, empty or wrong. */
  get isUsable(): boolean {
    this.#look();
    return this.#isUsable;
  }

  #look(): void {
    const nowMs = Date.now();
    // If the clock was set back, checks must go on.
    if (this.#file === undefined || Math.abs(nowMs - this.#lookedAtMs) < LOOK_EVERY_MS) return;
    this.#lookedAtMs = nowMs;
    try {
      const { stamp, changedMs } = stampOf(this.#file);
      if (stamp === this.#stamp) return;
      // The clock of the file's server may be ahead of ours. Then two equal checks are enough.
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
    // It may be valid next time without a change: it may be back, or may name another file that exists by then.
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

/** Changes whenever the file does, whether it is written, moved or linked. */
function stampOf(file: string): { readonly stamp: string; readonly changedMs: number } {
  const { ino, size, mtimeMs, ctimeMs } = statSync(file);
  return { stamp: `${ino}/${size}/${mtimeMs}/${ctimeMs}`, changedMs: ctimeMs };
}

function faultsOf(error: unknown): readonly string[] {
  return error instanceof SecretTextError ? error.faults : [fileFault(error)];
}
