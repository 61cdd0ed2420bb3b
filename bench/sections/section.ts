/** What every section of the bench gets. */
import type { Ledger } from '../figures.js';
import type { Sizes } from '../options.js';

export interface Bench {
  readonly sizes: Sizes;
  readonly ledger: Ledger;
  /** A folder for profiles of the program; undefined for none. */
  readonly profiles: string | undefined;
  /** Says what is being done. */
  readonly say: (line: string) => void;
}
