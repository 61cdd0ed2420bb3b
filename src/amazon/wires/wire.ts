/**
 * A wire: one of Amazon's request and answer formats. Paths, headers and the root of a body are used only in this folder. To add
 * a wire, write one file like the others and name it in `wireOf`.
 */

import type { ConversionEvent } from '../../mapping/event.js';
import type { WireName } from '../../settings/account-entry.js';
import type { Account } from '../../settings/accounts.js';
import type { ItemResult } from './item-results.js';

/** Where Amazon stores events: by id with an API token, by name or into its default set with Login with Amazon. */
export interface DataSet {
  readonly dataSetId?: string | undefined;
  readonly dataSetName?: string | undefined;
}

export interface Wire {
  readonly name: WireName;
  readonly path: string;
  /** All headers of a request that Amazon needs; the token matches the account's kind of credentials. */
  headersOf(account: Account, token: string): Record<string, string>;
  /** One event as JSON text; a body is `bodyStart`, the events joined by commas, `bodyEnd`. */
  encode(event: ConversionEvent): string;
  /** Whether `encode` returns an event's JSON unchanged: then an existing JSON text can be used. */
  readonly isStoredForm: boolean;
  readonly bodyStart: string;
  readonly bodyEnd: string;
  /** Where the answer's indexes start; `auto` derives it from each answer. */
  readonly indexBase: 0 | 1 | 'auto';
  /** The per-item results of an answer's body; undefined if it lists none. */
  readItems(body: unknown): ItemResult[] | undefined;
}
