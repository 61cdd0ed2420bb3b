/**
 * The desks of the accounts that the console serves at the moment.
 *
 * An account that leaves ACCOUNTS_FILE has no desk any more; what runs on its dead letters goes on to its end, and the desk is
 * the same when the account is back.
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

  /** @returns undefined where the account is not served */
  get(account: string): Desk | undefined {
    if (!this.#parts.accounts().includes(account)) return undefined;
    const desk = this.#opened.get(account) ?? new Desk({ ...this.#parts, account });
    this.#opened.set(account, desk);
    return desk;
  }

  /** Operations stop after their step. */
  async stop(): Promise<void> {
    await Promise.all([...this.#opened.values()].map((desk) => desk.stop()));
  }
}
