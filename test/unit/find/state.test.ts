import { describe, expect, it } from 'vitest';
import { type Evidence, stateOf } from '../../../src/find/state.js';

const NOW = 1_800_000_000_000;
const OPEN = { gate: undefined, nowMs: NOW };
const CLOSED = { gate: { untilMs: NOW + 30_000, reason: 'unavailable' }, nowMs: NOW };
const NOTHING: Evidence = { mark: undefined, jobs: [], letters: [] };
const DELIVERED = { kind: 'delivered', untilMs: NOW + 1, receipt: undefined } as const;
const CLAIMED = { kind: 'claimed', untilMs: NOW + 1, owner: '7/run' } as const;
const READY = { dueMs: undefined };
const LETTER = { id: '7-0-a', data: '' };

describe('the state of an event', () => {
  it.each<[string, Evidence, typeof OPEN | typeof CLOSED, ReturnType<typeof stateOf>]>([
    ['nothing is known of', NOTHING, OPEN, { state: 'unknown' }],
    ['was refused', { ...NOTHING, isRefused: true }, OPEN, { state: 'refused' }],
    ['was refused, and came again', { ...NOTHING, isRefused: true, jobs: [READY] }, OPEN, { state: 'queued' }],
    ['lies in the queue', { ...NOTHING, jobs: [READY] }, OPEN, { state: 'queued' }],
    [
      'lies in the queue of a closed account',
      { ...NOTHING, jobs: [READY] },
      CLOSED,
      { state: 'waiting', wait: CLOSED.gate },
    ],
    [
      'is to be tried again later',
      { ...NOTHING, jobs: [{ dueMs: NOW + 5_000 }] },
      OPEN,
      { state: 'waiting', wait: { untilMs: NOW + 5_000, reason: 'retry' } },
    ],
    ['is due to be tried again', { ...NOTHING, jobs: [{ dueMs: NOW - 1 }] }, OPEN, { state: 'queued' }],
    [
      'is to be tried again after the account opens',
      { ...NOTHING, jobs: [{ dueMs: NOW + 60_000 }] },
      CLOSED,
      { state: 'waiting', wait: { untilMs: NOW + 60_000, reason: 'retry' } },
    ],
    [
      'is to be tried again, and came once more',
      { ...NOTHING, jobs: [{ dueMs: NOW + 5_000 }, READY] },
      OPEN,
      { state: 'queued' },
    ],
    ['is being sent', { ...NOTHING, mark: CLAIMED, jobs: [READY] }, OPEN, { state: 'in_flight' }],
    ['is being sent, and has left the queue', { ...NOTHING, mark: CLAIMED }, CLOSED, { state: 'in_flight' }],
    [
      'a worker holds while the account may not send',
      { ...NOTHING, mark: CLAIMED, jobs: [READY] },
      CLOSED,
      { state: 'waiting', wait: CLOSED.gate },
    ],
    ['was delivered', { ...NOTHING, mark: DELIVERED }, OPEN, { state: 'delivered' }],
    [
      'was delivered, and came once more',
      { mark: DELIVERED, jobs: [READY], letters: [LETTER] },
      OPEN,
      { state: 'delivered' },
    ],
    ['is a dead letter', { ...NOTHING, letters: [LETTER] }, OPEN, { state: 'dead_letter' }],
    ['was replayed', { ...NOTHING, jobs: [READY], letters: [LETTER] }, OPEN, { state: 'queued' }],
  ])('of one that %s', (_what, evidence, account, decision) => {
    expect(stateOf(evidence, account)).toEqual(decision);
  });
});
