import { describe, expect, it } from 'vitest';
import { eventsManagerV1 } from '../../../src/amazon/wires/events-manager-v1.js';
import { holdEntry } from '../../../src/queue/held-event.js';
import type { QueuedEvent } from '../../../src/queue/job.js';
import { applyToRuns } from '../../../src/worker/apply-outcomes.js';
import { batchEventOf } from '../../../src/worker/batch-events.js';
import { JobRun } from '../../../src/worker/job-run.js';
import { letterOf } from '../../../src/worker/letter-of.js';
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

  it.each([
    [{ isMaybeDelivered: true }, DEAD, true],
    [{}, { ...DEAD, isMaybeDelivered: true }, true],
    [{}, DEAD, false],
  ] as const)('in the letter: %j and %j: %s', (facts, outcome, isMaybeDelivered) => {
    const { event } = eventWith(facts);
    expect(letterOf(event, outcome, 'default', NOW_MS)).toMatchObject({ isMaybeDelivered, reason: 'rejected' });
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
