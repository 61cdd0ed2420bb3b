/**
 * A wire: one of Amazon's request and answer formats. Nothing outside this folder knows a path, a header or a body's
 * root; to add a wire, write one file like its neighbours and name it in `wireOf`.
 */

import type { ConversionEvent } from '../../mapping/event.js';
import type { WireName } from '../../settings/account-entry.js';
import type { Account } from '../../settings/accounts.js';
import type { ItemResult } from './item-results.js';

/** Where Amazon puts events: by id with an API token, by name or into its default set with Login with Amazon. */
export interface DataSet {
  readonly dataSetId?: string | undefined;
  readonly dataSetName?: string | undefined;
}

export interface Wire {
  readonly name: WireName;
  readonly path: string;
  /** All headers of a request that are Amazon's business; the token is that of the account's kind of credentials. */
  headersOf(account: Account, token: string): Record<string, string>;
  /** One event as JSON text; a body is `bodyStart`, the events joined by commas, `bodyEnd`. */
  encode(event: ConversionEvent): string;
  /** Whether `encode` gives an event's JSON as it is: then a text of it that is at hand will do. */
  readonly isStoredForm: boolean;
  readonly bodyStart: string;
  readonly bodyEnd: string;
  /** Where the answer's indexes start; `auto` works it out from each answer. */
  readonly indexBase: 0 | 1 | 'auto';
  /** The per-item results of an answer's body; undefined where it lists none. */
  readItems(body: unknown): ItemResult[] | undefined;
}
