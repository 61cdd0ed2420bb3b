/** Finds the account that an address names. */
import { Refusal } from '../access.js';

/** @throws Refusal 404 if the console serves no such account */
export function ofAccount<T>(all: { get(account: string): T | undefined }, account: string): T {
  const found = all.get(account);
  if (found === undefined) throw new Refusal(404, 'There is no such account here: see ACCOUNTS_FILE.');
  return found;
}

export interface AccountParams {
  readonly account: string;
}

export interface AccountItemParams extends AccountParams {
  readonly id: string;
}
