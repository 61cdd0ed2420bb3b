import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/mapping/outcome.js';
import type { BatchEvent } from '../../../src/worker/batcher.js';
import { withFollowers } from '../../../src/worker/followers.js';
import { batchEvent } from '../../support/batch-events.js';

/** An event, one that repeats its bytes, and one of the same id with other content. */
function family(): { leader: BatchEvent; twin: BatchEvent; correction: BatchEvent } {
  const leader = batchEvent('order-1');
  const twin = batchEvent('order-1');
  const correction = batchEvent('order-1', { value: 99 });
  leader.followers = [twin, correction];
  return { leader, twin, correction };
}

const DETAIL = { status: 400, code: 'BAD_REQUEST' };
const AGAIN: Outcome = { kind: 'wait', reason: 'claimed', afterMs: 0 };

describe('following', () => {
  it('an event without followers ends alone', () => {
    const event = batchEvent('order-1');
    expect(withFollowers({ event, outcome: { kind: 'delivered' } })).toEqual([
      { event, outcome: { kind: 'delivered' } },
    ]);
  });

  it('what the leader delivered its followers only repeat', () => {
    const { leader, twin, correction } = family();
    expect(withFollowers({ event: leader, outcome: { kind: 'delivered' } })).toEqual([
      { event: leader, outcome: { kind: 'delivered' } },
      { event: twin, outcome: { kind: 'duplicate' } },
      { event: correction, outcome: { kind: 'duplicate' } },
    ]);
  });

  it.each<Outcome>([
    { kind: 'duplicate' },
    { kind: 'retry', reason: 'server_error', isMaybeDelivered: false, detail: DETAIL },
    { kind: 'retry', reason: 'timeout', isMaybeDelivered: true, detail: {} },
    { kind: 'wait', reason: 'claimed', afterMs: 1_000 },
    { kind: 'wait', reason: 'stopping', afterMs: 0 },
  ])('followers share the outcome $kind', (outcome) => {
    const { leader } = family();
    expect(withFollowers({ event: leader, outcome }).map((settled) => settled.outcome)).toEqual([
      outcome,
      outcome,
      outcome,
    ]);
  });

  it.each(['rejected', 'rejected_batch', 'forbidden', 'too_large', 'expired', 'attempts_exhausted'] as const)(
    'where the leader is dead of %s, one with other content goes again on its own',
    (reason) => {
      const { leader, twin, correction } = family();
      const outcome: Outcome = { kind: 'dead', reason, detail: DETAIL };
      expect(withFollowers({ event: leader, outcome })).toEqual([
        { event: leader, outcome },
        { event: twin, outcome },
        { event: correction, outcome: AGAIN },
      ]);
    },
  );
});
