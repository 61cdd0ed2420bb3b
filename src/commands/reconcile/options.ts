/** The command-line options of a reconcile. */
import type { CallWords } from '../../mapping/context.js';

export interface ReconcileOptions extends Pick<CallWords, 'consent' | 'defaultCountry'> {
  /** Milliseconds, as is `every`. */
  readonly since: number;
  /** If absent, it runs once. */
  readonly every?: number;
  readonly account?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}
