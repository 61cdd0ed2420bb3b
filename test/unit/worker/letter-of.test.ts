import { describe, expect, it } from 'vitest';
import { eventsManagerV1 } from '../../../src/amazon/wires/events-manager-v1.js';
import { holdEntry } from '../../../src/queue/held-event.js';
import type { QueuedEvent } from '../../../src/queue/job.js';
import { batchEventOf } from '../../../src/worker/batch-events.js';
import { JobRun } from '../../../src/worker/job-run.js';
import { letterOf, unreadableLetter } from '../../../src/worker/letter-of.js';
import { eventOf, queued } from '../../support/events.js';

const NOW_MS = 1_000_000;
const ADDED_AT_MS = 900_000;
const DEAD = { kind: 'dead', reason: 'rejected', detail: { status: 400, code: 'INVALID_INPUT' } } as const;
const EVENT = eventOf('order-1');

function runOf(): JobRun {
  return new JobRun({ id: '7', token: 't', run: 'r', addedAtMs: ADDED_AT_MS, settling: '' }, [], true);
}

/** The letter of an event with these facts in its job. */
function letter(facts: Partial<QueuedEvent>, outcome: Parameters<typeof letterOf>[1] = DEAD) {
  const held = holdEntry(queued(EVENT, { enqueuedAt: 950_000, ...facts }));
  return letterOf(batchEventOf(runOf(), held, 3, eventsManagerV1), outcome, 'shop', NOW_MS);
}

describe('writing a dead letter', () => {
  it('has all that a person needs of an event that failed at its first send', () => {
    expect(letter({})).toEqual({
      v: 1,
      id: expect.stringMatching(/^7-/),
      account: 'shop',
      reason: 'rejected',
      event: EVENT,
      source: 'conversion',
      enqueuedAt: 950_000,
      firstAttemptAt: NOW_MS,
      diedAt: NOW_MS,
      attempts: 1,
      replays: 0,
      isMaybeDelivered: false,
      answer: { status: 400, code: 'INVALID_INPUT' },
    });
  });

  it('counts what happened before: attempts, replays, time of the first try, earlier failures', () => {
    const past = { history: [{ reason: 'forbidden', diedAt: 1, attempts: 1, answer: {} }] } as const;
    const known = { attempts: 2, replays: 4, firstAttemptAt: 5, past };
    expect(letter(known)).toMatchObject({ attempts: 3, replays: 4, firstAttemptAt: 5, ...past });
    expect(letter({ attempts: 2 }, { ...DEAD, reason: 'attempts_exhausted', attempts: 3 })).toMatchObject({
      reason: 'attempts_exhausted',
      attempts: 5,
    });
  });

  it('counts no attempt for an event that became too old before it was sent', () => {
    const expired = letter({}, { kind: 'dead', reason: 'expired', detail: {} });
    expect(expired).toMatchObject({ reason: 'expired', attempts: 0 });
    expect(expired).not.toHaveProperty('firstAttemptAt');
    const tried = letter({ attempts: 2, firstAttemptAt: 5 }, { kind: 'dead', reason: 'expired', detail: {} });
    expect(tried).toMatchObject({ attempts: 2, firstAttemptAt: 5 });
  });

  it.each([
    [{ isMaybeDelivered: true }, DEAD, true],
    [{}, { ...DEAD, isMaybeDelivered: true }, true],
    [{}, DEAD, false],
  ] as const)('keeps the doubt whether it was delivered: %j and %j: %s', (facts, outcome, isMaybeDelivered) => {
    expect(letter(facts, outcome)).toMatchObject({ isMaybeDelivered, reason: 'rejected' });
  });
});

describe('writing the letter of what cannot be read', () => {
  const unreadable = {
    v: 1,
    id: expect.stringMatching(/^7-/),
    account: 'shop',
    reason: 'unreadable',
    event: null,
    source: 'unknown',
    enqueuedAt: ADDED_AT_MS,
    diedAt: NOW_MS,
    attempts: 0,
    replays: 0,
    isMaybeDelivered: false,
    answer: {},
  };

  it('keeps it unchanged', () => {
    const found = unreadableLetter(runOf(), { place: 3, raw: 'no JSON' }, 'shop', NOW_MS);
    expect(found).toEqual({ ...unreadable, raw: 'no JSON' });
  });

  it('keeps an event with only a readable head', () => {
    const held = { ...holdEntry(queued(EVENT)), event: undefined, text: '{"name":' };
    const event = batchEventOf(runOf(), held, 3, eventsManagerV1);
    expect(letterOf(event, DEAD, 'shop', NOW_MS)).toEqual({ ...unreadable, raw: '{"name":' });
  });
});
