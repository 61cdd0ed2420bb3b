import { describe, expect, it } from 'vitest';
import { eventsManagerV1 } from '../../../src/amazon/wires/events-manager-v1.js';
import { holdEntry } from '../../../src/queue/held-event.js';
import { batchEventOf } from '../../../src/worker/batch-events.js';
import { JobRun } from '../../../src/worker/job-run.js';
import { claimsOf, requestIdOf, toldOf } from '../../../src/worker/settle-arguments.js';
import type { SettledEvent } from '../../../src/worker/settled-event.js';
import { eventOf, queued } from '../../support/events.js';

const NOON_MS = Date.parse('2026-11-20T12:00:00Z');
const DELIVERED = { kind: 'delivered', requestId: 'request-1' } as const;
const DEAD = { kind: 'dead', reason: 'rejected', detail: { requestId: 'request-0' } } as const;
const DUPLICATE = { kind: 'duplicate' } as const;
const WAIT = { kind: 'wait', reason: 'claimed', afterMs: 0 } as const;
const RETRY = { kind: 'retry', reason: 'timeout', isMaybeDelivered: false, detail: {} } as const;

const runOf = (id: string) => new JobRun({ id, token: 't', run: 'r', addedAtMs: 0, settling: '' }, [undefined], true);

/** An event of a run, under a claim, this long after noon. */
function eventIn(run: JobRun, id: string, { claim, afterNoonMs = 0 }: { claim?: string; afterNoonMs?: number } = {}) {
  const held = holdEntry(queued(eventOf(id, { timestamp: new Date(NOON_MS + afterNoonMs).toISOString() })));
  return { ...batchEventOf(run, held, 0, eventsManagerV1), claim };
}

describe('naming the request of a settling', () => {
  const run = runOf('7');
  const event = eventIn(run, 'id', { claim: '-1' });
  const unclaimed = eventIn(run, 'of an earlier run');

  it('takes that of the first delivery under a claim', () => {
    expect(requestIdOf([])).toBe('');
    expect(requestIdOf([{ event, outcome: DEAD }])).toBe('');
    expect(requestIdOf([{ event, outcome: { kind: 'delivered' } }])).toBe('');
    const ofEarlierRun: SettledEvent = { event: unclaimed, outcome: { kind: 'delivered', requestId: 'request-0' } };
    expect(requestIdOf([{ event, outcome: DEAD }, ofEarlierRun, { event, outcome: DELIVERED }])).toBe('request-1');
  });

  it('cuts one that is long', () => {
    expect(requestIdOf([{ event, outcome: { kind: 'delivered', requestId: 'x'.repeat(500) } }])).toHaveLength(100);
  });
});

describe('telling operations what became of their events', () => {
  const replayed = runOf('replay-0a1-0b2-1');
  const other = runOf('7');

  it('names the job, how each event ended, and its id', () => {
    const outcomes = { a: DELIVERED, b: DUPLICATE, c: DEAD, d: WAIT, e: RETRY };
    const all = Object.entries(outcomes).map(([id, outcome]) => ({ event: eventIn(replayed, id), outcome }));
    const foreign = { event: eventIn(other, 'f'), outcome: DELIVERED };
    expect(toldOf([foreign, ...all], [other, replayed])).toEqual([2, 'd', 'a', 2, 'u', 'b', 2, 'x', 'c']);
  });

  it('tells nothing where no job is of an operation', () => {
    expect(toldOf([{ event: eventIn(other, 'f'), outcome: DELIVERED }], [other])).toEqual([]);
  });
});

describe('gathering claims', () => {
  const run = runOf('7');
  const settle = (...events: SettledEvent['event'][]) => events.map((event) => ({ event, outcome: DELIVERED }));

  it('counts the events in a row of each, and keeps them for the youngest of theirs', () => {
    const settled = settle(
      eventIn(run, 'a', { claim: '-1' }),
      eventIn(run, 'b', { claim: '-1', afterNoonMs: 5 }),
      eventIn(run, 'c', { claim: '-1', afterNoonMs: 2 }),
      eventIn(run, 'd', { claim: '-2' }),
      eventIn(run, 'e', { claim: '-1' }),
    );
    expect(claimsOf(settled, 1_000)).toEqual([
      { number: '-1', count: 3, untilMs: NOON_MS + 1_005 },
      { number: '-2', count: 1, untilMs: NOON_MS + 1_000 },
      { number: '-1', count: 1, untilMs: NOON_MS + 1_000 },
    ]);
    expect(claimsOf([], 1_000)).toEqual([]);
  });

  it('keeps an id for the youngest event that has it', () => {
    const event = { ...eventIn(run, 'a', { claim: '-1' }), followers: [eventIn(run, 'a', { afterNoonMs: 9 })] };
    expect(claimsOf(settle(event), 0)).toEqual([{ number: '-1', count: 1, untilMs: NOON_MS + 9 }]);
  });
});
