/** Dead letters for tests: complete, so that a test changes only what it is about. */
import type { DeadLetter } from '../../src/dead-letters/letter.js';
import { eventOf, NOW_MS } from './events.js';

export function letterWith(overrides: Partial<DeadLetter> = {}): DeadLetter {
  return {
    v: 1,
    id: '7-0-abc',
    account: 'default',
    reason: 'rejected',
    event: eventOf('order-1'),
    source: 'conversion',
    enqueuedAt: NOW_MS - 60_000,
    firstAttemptAt: NOW_MS - 30_000,
    diedAt: NOW_MS,
    attempts: 1,
    replays: 0,
    isMaybeDelivered: false,
    answer: { status: 207, code: 'BAD_REQUEST', message: 'currencyCode is unknown', requestId: 'request-1' },
    ...overrides,
  };
}
