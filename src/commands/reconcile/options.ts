/** What a reconcile is told on the command line. */
import type { CallWords } from '../../mapping/context.js';

export interface ReconcileOptions extends Pick<CallWords, 'consent' | 'defaultCountry'> {
  /** Milliseconds, as is `every`. */
  readonly since: number;
  /** Absent: once. */
  readonly every?: number;
  readonly account?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}
