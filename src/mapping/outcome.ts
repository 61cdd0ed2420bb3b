/**
 * How an event ends, as values. Exceptions are only for bugs and broken infrastructure.
 *
 * Every event of a batch gets exactly one outcome. `delivered`, `duplicate` and `dead` end it; `retry` and `wait` send it back to
 * the queue: `retry` spends an attempt, `wait` does not.
 */
export const DEAD_REASONS = [
  'rejected',
  'rejected_batch',
  'forbidden',
  'too_large',
  'expired',
  'attempts_exhausted',
  'unreadable',
] as const;
export type DeadReason = (typeof DEAD_REASONS)[number];

export const RETRY_REASONS = ['server_error', 'timeout', 'network', 'unknown_answer', 'item_error', 'unnamed'] as const;
export type RetryReason = (typeof RETRY_REASONS)[number];

/** `claimed`: another run holds the id. `stopping`: the worker is shutting down. */
type WaitReason = 'claimed' | 'stopping';

export const HOLD_REASONS = ['credentials_refused', 'unauthorized', 'misconfigured', 'forbidden', 'rejected'] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** What Amazon said, kept with a dead letter. Texts are Amazon's, cut to a maximum length. */
export interface AnswerDetail {
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly requestId?: string | undefined;
}

export type Outcome =
  /** `requestId`: Amazon's id of the request, if it gave one. */
  | { readonly kind: 'delivered'; readonly requestId?: string | undefined }
  | { readonly kind: 'duplicate' }
  | {
      readonly kind: 'retry';
      readonly reason: RetryReason;
      readonly isMaybeDelivered: boolean;
      readonly detail: AnswerDetail;
      /** Attempts that it spends; 1 if absent. */
      readonly attempts?: number;
      /** The event failed alone while other requests succeeded: it is sent alone from now on. */
      readonly isSuspect?: boolean;
    }
  | {
      readonly kind: 'wait';
      readonly reason: WaitReason;
      readonly afterMs: number;
      readonly isMaybeDelivered?: boolean;
    }
  | {
      readonly kind: 'dead';
      readonly reason: DeadReason;
      readonly detail: AnswerDetail;
      readonly isMaybeDelivered?: boolean;
      readonly attempts?: number;
    };
