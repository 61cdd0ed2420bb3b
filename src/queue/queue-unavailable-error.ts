/**
 * Redis is unavailable, too slow, full, or refuses; `cause` is its own error, if there is one. Nothing of the call was
 * acknowledged: keep the payload and enqueue it again. That is safe even if only the answer was lost: the same payload gives the
 * same `clientDedupeId`, which is delivered once.
 */
export class QueueUnavailableError extends Error {
  readonly code = 'QUEUE_UNAVAILABLE';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'QueueUnavailableError';
  }
}
