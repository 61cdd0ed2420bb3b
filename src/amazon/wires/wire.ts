/**
 * A wire: one of Amazon's request and answer formats. Nothing outside this folder knows a path, a header or a body's
 * root; to add a wire, write one file like its neighbours and name it in `wireOf`.
 */

import type { ConversionEvent } from '../../mapping/event.js';
import type { Account, WireName } from '../../settings/accounts.js';
import type { ItemResult } from './item-results.js';

export interface Wire {
  readonly name: WireName;
  readonly path: string;
  /** Headers beside Authorization. */
  headersOf(account: Account): Record<string, string>;
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
