import { describe, expect, it } from 'vitest';
import type { BatchEvent } from '../../../src/worker/batcher.js';
import { itemOutcomes, suspectOutcomes } from '../../../src/worker/outcomes.js';
import { batchEvent } from '../../support/batch-events.js';

const DETAIL = { status: 500 };
const MAX = 5;

function withAttempts(attempts: number): BatchEvent {
  const event = batchEvent('id');
  return { ...event, held: { ...event.held, facts: { ...event.held.facts, attempts } } };
}

describe('reading the verdicts of items', () => {
  it('takes delivered and dead as they are, and spends an attempt for each that goes again', () => {
    const events = [batchEvent('a'), batchEvent('b'), batchEvent('c'), withAttempts(MAX - 1)];
    const dead = { kind: 'dead', reason: 'rejected', detail: DETAIL } as const;
    const outcomes = itemOutcomes(
      events,
      [
        { kind: 'delivered' },
        dead,
        { kind: 'retry', reason: 'unnamed', detail: DETAIL },
        { kind: 'retry', reason: 'item_error', detail: DETAIL },
      ],
      MAX,
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([
      { kind: 'delivered' },
      dead,
      { kind: 'retry', reason: 'unnamed', detail: DETAIL, isMaybeDelivered: true },
      { kind: 'dead', reason: 'attempts_exhausted', detail: DETAIL, isMaybeDelivered: false, attempts: 1 },
    ]);
    expect(outcomes.map(({ event }) => event)).toEqual(events);
  });

  it.each([
    ['fewer', [], '1 events were sent and 0 verdicts read'],
    ['more', [{ kind: 'delivered' }, { kind: 'delivered' }], '1 events were sent and 2 verdicts read'],
    ['other', [undefined], 'an event has no verdict'],
  ] as const)('refuses %s verdicts than events', (_what, items, message) => {
    expect(() => itemOutcomes([batchEvent('a')], items as never, MAX)).toThrow(message);
  });
});

describe('a suspect that fails again', () => {
  const unavailable = {
    kind: 'unavailable',
    reason: 'server_error',
    isMaybeDelivered: false,
    afterMs: undefined,
    detail: DETAIL,
  } as const;

  it.each([
    { by: 'a mark from its job', spent: 2, failures: 0, kind: 'retry', attempts: 1 },
    { by: 'the failures by which it was found', spent: 0, failures: 2, kind: 'retry', attempts: 3 },
    { by: 'more failures than attempts: it has one more', spent: 0, failures: 12, kind: 'dead', attempts: MAX },
    { by: 'attempts of its own', spent: MAX - 1, failures: 3, kind: 'dead', attempts: 1 },
  ])('spends attempts by $by', ({ spent, failures, kind, attempts }) => {
    const group = {
      events: [withAttempts(spent)],
      failures,
      failedIn: undefined,
      failedAt: 0,
      isAtFault: true,
      backHalf: undefined,
      isSuspect: true,
    };
    const [settled] = suspectOutcomes(group, unavailable, MAX);
    expect(settled?.outcome).toMatchObject({ kind, attempts, isMaybeDelivered: false });
    expect(settled?.outcome).toMatchObject(kind === 'retry' ? { isSuspect: true } : { reason: 'attempts_exhausted' });
  });
});
