/**
 * One `AccountConsole` for each account that the console serves now.
 *
 * An account that was removed from ACCOUNTS_FILE is not served. Its running operations go on to their end, and it gets
 * the same `AccountConsole` when it is added again.
 */
import { AccountConsole, type AccountConsoleOptions } from './account-console.js';

export interface AccountConsolesOptions extends Omit<AccountConsoleOptions, 'account'> {
  readonly accounts: () => readonly string[];
}

export class AccountConsoles {
  readonly #options: AccountConsolesOptions;
  readonly #opened = new Map<string, AccountConsole>();

  constructor(options: AccountConsolesOptions) {
    this.#options = options;
  }

  /** @returns undefined if the account is not served */
  get(account: string): AccountConsole | undefined {
    if (!this.#options.accounts().includes(account)) return undefined;
    const accountConsole = this.#opened.get(account) ?? new AccountConsole({ ...this.#options, account });
    this.#opened.set(account, accountConsole);
    return accountConsole;
  }

  /** Operations stop after their current step. */
  async stop(): Promise<void> {
    await Promise.all([...this.#opened.values()].map((accountConsole) => accountConsole.stop()));
  }
}
