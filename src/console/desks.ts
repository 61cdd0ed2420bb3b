/**
 * One `Desk` for each account that the console serves now.
 *
 * An account that was removed from ACCOUNTS_FILE has no desk. Its running operations go on to their end, and it gets
 * the same desk when it is added again.
 */
import { Desk, type DeskParts } from './desk.js';

export interface DesksParts extends Omit<DeskParts, 'account'> {
  readonly accounts: () => readonly string[];
}

export class Desks {
  readonly #parts: DesksParts;
  readonly #opened = new Map<string, Desk>();

  constructor(parts: DesksParts) {
    this.#parts = parts;
  }

  /** @returns undefined if the account is not served */
  get(account: string): Desk | undefined {
    if (!this.#parts.accounts().includes(account)) return undefined;
    const desk = this.#opened.get(account) ?? new Desk({ ...this.#parts, account });
    this.#opened.set(account, desk);
    return desk;
  }

  /** Operations stop after their current step. */
  async stop(): Promise<void> {
    await Promise.all([...this.#opened.values()].map((desk) => desk.stop()));
  }
}
