/**
 * Redis is away, too slow, full, or refuses; `cause` is its own error where there is one. Nothing of the call was
 * acknowledged: keep the payload and enqueue it again. That is safe even where only the answer was lost, because the
 * same payload gives the same `clientDedupeId`, which is delivered once.
 */
export class QueueUnavailableError extends Error {
  readonly code = 'QUEUE_UNAVAILABLE';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'QueueUnavailableError';
  }
}
