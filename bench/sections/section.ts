/** What every section of the bench gets. */
import type { Ledger } from '../figures.js';
import type { Sizes } from '../options.js';

export interface Bench {
  readonly sizes: Sizes;
  readonly ledger: Ledger;
  /** A folder for profiles of the program. Undefined for none. */
  readonly profiles: string | undefined;
  /** Prints the current step. */
  readonly say: (line: string) => void;
}
