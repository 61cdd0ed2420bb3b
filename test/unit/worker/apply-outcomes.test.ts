import { describe, expect, it } from 'vitest';
import { eventsManagerV1 } from '../../../src/amazon/wires/events-manager-v1.js';
import { holdEntry } from '../../../src/queue/held-event.js';
import type { QueuedEvent } from '../../../src/queue/job.js';
import { applyToRuns } from '../../../src/worker/apply-outcomes.js';
import { batchEventOf } from '../../../src/worker/batch-events.js';
import { JobRun } from '../../../src/worker/job-run.js';
import type { SettledEvent } from '../../../src/worker/settled-event.js';
import { eventOf, queued } from '../../support/events.js';

const NOW_MS = 1_000_000;
const BACK_OFF = { baseMs: 1, maxMs: 1 };

/** One event of a run of its own. */
function eventWith(facts: Partial<QueuedEvent>) {
  const held = holdEntry(queued(eventOf('a'), facts));
  const run = new JobRun({ id: '7', token: 't', run: 'r', addedAtMs: 0, settling: '' }, [held], true);
  return { run, event: batchEventOf(run, held, 0, eventsManagerV1) };
}

function keptAfter(facts: Partial<QueuedEvent>, outcome: SettledEvent['outcome']): object {
  const { run, event } = eventWith(facts);
  applyToRuns([{ event, outcome }], NOW_MS, BACK_OFF);
  const { events } = JSON.parse(run.data()) as { events: object[] };
  return events[0] ?? {};
}

const RETRY = { kind: 'retry', reason: 'server_error', isMaybeDelivered: false, detail: {} } as const;
const DEAD = { kind: 'dead', reason: 'rejected', detail: {} } as const;

describe('keeping the doubt whether an event was delivered', () => {
  it.each([
    ['that an earlier send left', { isMaybeDelivered: true }, RETRY],
    ['that this send leaves', {}, { ...RETRY, isMaybeDelivered: true }],
    [
      'that an earlier send left, through a wait',
      { isMaybeDelivered: true },
      { kind: 'wait', reason: 'stopping', afterMs: 0 },
    ],
    [
      'that this send leaves, through a wait',
      {},
      { kind: 'wait', reason: 'stopping', afterMs: 0, isMaybeDelivered: true },
    ],
  ] as const)('%s', (_what, facts, outcome) => {
    expect(keptAfter(facts, outcome)).toMatchObject({ isMaybeDelivered: true });
  });

  it('counts the attempts of all sends', () => {
    expect(keptAfter({ attempts: 2 }, RETRY)).toMatchObject({ attempts: 3 });
    expect(keptAfter({}, { ...RETRY, attempts: 4 })).toMatchObject({ attempts: 4 });
  });

  it('has none where no send left one', () => {
    expect(keptAfter({}, RETRY)).not.toHaveProperty('isMaybeDelivered');
  });
});

describe('applying outcomes', () => {
  /** A run of as many events as outcomes. */
  function apply(...outcomes: SettledEvent['outcome'][]) {
    const entries = outcomes.map((_, place) => holdEntry(queued(eventOf(`id-${place}`))));
    const run = new JobRun({ id: '7', token: 't', run: 'r', addedAtMs: 0, settling: '' }, entries, false);
    const settled = outcomes.map((outcome, place) => {
      const entry = entries[place];
      if (!entry) throw new Error('an entry an outcome');
      return { event: batchEventOf(run, entry, place, eventsManagerV1), outcome };
    });
    return { run, counts: applyToRuns(settled, NOW_MS, BACK_OFF).get(run) };
  }

  it('ends what is over, and counts it by how it ended', () => {
    const { run, counts } = apply({ kind: 'delivered' }, { kind: 'delivered' }, { kind: 'duplicate' }, DEAD);
    expect(counts).toEqual({ enqueued: 4, delivered: 2, duplicate: 1, dead_lettered: 1 });
    expect(run.isOver).toBe(true);
  });

  it('sends back what is not, and counts only that it is there', () => {
    const { run, counts } = apply(RETRY, { kind: 'wait', reason: 'claimed', afterMs: 700 });
    expect(counts).toEqual({ enqueued: 2, delivered: 0, duplicate: 0, dead_lettered: 0 });
    expect(run.left).toEqual({ count: 2, delayMs: 700 });
    const { events } = JSON.parse(run.data()) as { events: object[] };
    expect(events).toEqual([
      expect.objectContaining({ attempts: 1, firstAttemptAt: NOW_MS }),
      expect.not.objectContaining({ attempts: expect.anything() }),
    ]);
  });

  it('counts the events of a job once, with its first settling', () => {
    const entries = ['a', 'b'].map((id) => holdEntry(queued(eventOf(id))));
    const run = new JobRun({ id: '7', token: 't', run: 'r', addedAtMs: 0, settling: '' }, entries, false);
    const [first, second] = entries.map((entry, place) => ({
      event: batchEventOf(run, entry, place, eventsManagerV1),
      outcome: { kind: 'delivered' } as const,
    }));
    if (!first || !second) throw new Error('two events');
    expect(applyToRuns([first], NOW_MS, BACK_OFF).get(run)).toMatchObject({ enqueued: 2, delivered: 1 });
    expect(applyToRuns([second], NOW_MS, BACK_OFF).get(run)).toMatchObject({ enqueued: 0, delivered: 1 });
  });

  it('remembers since when an event was tried, and that it goes alone', () => {
    expect(keptAfter({ firstAttemptAt: 5 }, RETRY)).toMatchObject({ firstAttemptAt: 5 });
    expect(keptAfter({}, RETRY)).not.toHaveProperty('isSuspect');
    expect(keptAfter({}, { ...RETRY, isSuspect: true })).toMatchObject({ isSuspect: true });
    const wait = { kind: 'wait', reason: 'stopping', afterMs: 0, isMaybeDelivered: true } as const;
    expect(keptAfter({ firstAttemptAt: 5 }, wait)).toMatchObject({ firstAttemptAt: 5 });
    expect(keptAfter({}, wait)).toMatchObject({ firstAttemptAt: NOW_MS });
  });
});

describe('a run that was given up or lost', () => {
  it.each(['abandon', 'lose'] as const)('%s: counts nothing and leaves its job as it was', (end) => {
    const { run, event } = eventWith({});
    const before = run.data();
    run[end]();
    const counts = applyToRuns([{ event, outcome: { kind: 'delivered' } }], NOW_MS, BACK_OFF);
    const nothing = { enqueued: 0, delivered: 0, duplicate: 0, dead_lettered: 0 };
    expect([...counts.values()]).toEqual([nothing]);
    expect(run.data()).toBe(before);
    expect(run.isOpen(0)).toBe(false);
  });
});
