/**
 * The errors of the library. Each has a `code`, and its message says what to do.
 *
 * Never: a field's value, which may be personal data, or the password of a Redis URL.
 */
import type { Issue, RefusalReason } from '../mapping/refusal.js';

/**
 * A payload that cannot be forwarded. It is refused again until it is corrected, so do not retry it. `issues` say where
 * and why, without any value: they are safe to log.
 *
 * @example
 * if (error instanceof RefusedError) log.warn({ orderId, reason: error.reason, issues: error.issues });
 */
export class RefusedError extends Error {
  readonly code = 'REFUSED';
  /** The reason of the first refusal. `not_a_purchase` and `test_order` are normal; check the others. */
  readonly reason: RefusalReason;
  /** Every fault, with its `path` in the caller's own payload. */
  readonly issues: readonly Issue[];

  constructor(reason: RefusalReason, issues: readonly Issue[]) {
    super(`the event was refused: ${issues.map(({ path, message }) => `${path} ${message}`.trim()).join('; ')}`);
    this.name = 'RefusedError';
    this.reason = reason;
    this.issues = issues;
  }
}

/** `enqueue` was called after `close`. This is a bug of the calling program. Nothing was queued. */
export class ProducerClosedError extends Error {
  readonly code = 'PRODUCER_CLOSED';

  constructor() {
    super('the producer is closed: nothing was queued. Close it once nothing enqueues any more');
    this.name = 'ProducerClosedError';
  }
}

/** `createProducer` got invalid options. `faults` names every one. */
export class ProducerOptionsError extends Error {
  readonly code = 'OPTIONS';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`options of createProducer are wrong: ${faults.join('; ')}`);
    this.name = 'ProducerOptionsError';
    this.faults = faults;
  }
}
