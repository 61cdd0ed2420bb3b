/** The result of `--explain` for an event, a row for each field. */
import type { MatchKeyRules, MatchKeyType } from './match-key.js';
import type { Origin } from './origin.js';

export interface FieldExplanation extends Origin {
  /** The event's field, such as `value`, `consent.tcf` or `matchKeys[0]`. */
  readonly field: string;
  /** Masked if it is personal. */
  readonly value: string;
  readonly matchKey?: {
    readonly type: MatchKeyType;
    readonly outcome: 'sent' | 'repeated' | 'left_out';
    /** What Amazon gets; only for hashed types. */
    readonly digest?: string;
    /** What Amazon would get under the rule sets that are not in use. */
    readonly otherRules?: Readonly<Partial<Record<MatchKeyRules, string>>>;
  };
}

export type Explanation = readonly FieldExplanation[];
