import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdEntry } from '../../../src/queue/held-event.js';
import type { QueuedEvent } from '../../../src/queue/job.js';
import { JobRun } from '../../../src/worker/job-run.js';
import { eventOf, idsFrom, queued } from '../../support/events.js';

const JOB = { id: '7', token: 'token-1', run: 'run-1', addedAtMs: 0, settling: '' };

function runOf(entries: readonly (QueuedEvent | undefined)[]): JobRun {
  const held = entries.map((entry) => entry && holdEntry(entry));
  return new JobRun(JOB, held, true);
}

const entriesOf = (count: number) => idsFrom('order', count).map((id) => queued(eventOf(id)));

/** Whether the run is done, once everything that waits only on promises has run. */
async function isDone(run: JobRun): Promise<boolean> {
  let done = false;
  void run.done.then(() => {
    done = true;
  });
  await new Promise(setImmediate);
  return done;
}

describe('running a job', () => {
  it('claims in the name of the job and of this run', () => {
    const run = runOf(entriesOf(2));
    expect(run).toMatchObject({ jobId: '7', token: 'token-1', owner: '7/run-1', eventCount: 2, isCounted: true });
    expect(run).toMatchObject({ isLost: false, isOurs: true, left: { count: 0, delayMs: 0 } });
  });

  it('is done at once without events', async () => {
    expect(await isDone(runOf([]))).toBe(true);
  });

  it('is done when each event has its outcome and the settling is confirmed, not before', async () => {
    const run = runOf(entriesOf(2));
    run.end(0);
    run.finishIfSettled();
    expect(await isDone(run)).toBe(false);
    run.end(1);
    expect(await isDone(run)).toBe(false);
    run.finishIfSettled();
    expect(await isDone(run)).toBe(true);
  });

  it('shrinks the job to what has not ended, in the order it had', () => {
    const entries = entriesOf(4);
    const run = runOf(entries);
    run.end(1);
    expect(JSON.parse(run.data())).toEqual({
      v: 1,
      isCounted: true,
      count: entries.length - 1,
      events: [0, 2, 3].map((place) => entries[place]),
    });
    run.end(0);
    run.end(2);
    run.end(3);
    expect(JSON.parse(run.data())).toEqual({ v: 1, isCounted: true, count: 0, events: [] });
  });

  it('puts back an event as it is after the attempt, and waits for the longest delay', async () => {
    const [first, second] = entriesOf(2);
    if (!first || !second) throw new Error('there are two');
    const run = runOf([first, second]);
    const tried = { ...first, attempts: 1, firstAttemptAt: 5 };
    run.keep(0, holdEntry(tried), 4_000);
    run.keep(1, holdEntry(second), 1_000);
    run.finishIfSettled();
    expect(run.left).toEqual({ count: 2, delayMs: 4_000 });
    expect(JSON.parse(run.data())).toMatchObject({ events: [tried, second] });
    expect(await isDone(run)).toBe(true);
  });

  it('is over when every event has ended, not while one is open or goes back to the queue', () => {
    const [first, second] = [runOf(entriesOf(2)), runOf(entriesOf(2))];
    first.end(0);
    expect(first.isOver).toBe(false);
    first.end(1);
    expect(first.isOver).toBe(true);
    second.end(0);
    second.keep(1, holdEntry(queued(eventOf('again'))), 0);
    expect(second.isOver).toBe(false);
  });

  it('counts entries that cannot be read as events, and drops them from the data', async () => {
    const [entry] = entriesOf(1);
    const run = runOf([undefined, entry]);
    expect(run.eventCount).toBe(2);
    expect(JSON.parse(run.data())).toMatchObject({ events: [entry] });
    run.end(0);
    run.end(1);
    run.finishIfSettled();
    expect(await isDone(run)).toBe(true);
  });

  it('leaves the caller’s entries alone', () => {
    const entries = entriesOf(2).map(holdEntry);
    new JobRun(JOB, entries, true).end(0);
    expect(entries.every((entry) => entry !== undefined)).toBe(true);
  });

  it('reports an event with two outcomes', () => {
    const [entry] = entriesOf(1).map(holdEntry);
    const run = runOf(entriesOf(1));
    run.end(0);
    expect(() => run.end(0)).toThrow('job 7: an event had two outcomes');
    expect(() => entry && run.keep(0, entry, 0)).toThrow('job 7: an event had two outcomes');
  });

  it('numbers its settlings, each of which builds on the one before it', () => {
    const run = new JobRun({ ...JOB, settling: '7/run-0#4' }, entriesOf(1).map(holdEntry), true);
    expect([run.lastSettling, run.nextSettling()]).toEqual(['7/run-0#4', '7/run-1#1']);
    expect([run.lastSettling, run.nextSettling()]).toEqual(['7/run-1#1', '7/run-1#2']);
    expect(run.lastSettling).toBe('7/run-1#2');
  });

  it.each(['lost', 'abandoned'] as const)('%s, ends when the last of its events is out of memory', async (state) => {
    const entries = entriesOf(3);
    const run = runOf(entries);
    run.end(0);
    if (state === 'lost') run.lose();
    else run.abandon();
    expect(run).toMatchObject({ isOurs: false, isLost: state === 'lost' });
    run.drop(1);
    run.finishIfSettled();
    expect(await isDone(run)).toBe(false);
    // A dropped event may be seen once more, in flight.
    run.drop(1);
    run.drop(2);
    run.finishIfSettled();
    expect(await run.done).toBe(state);
    expect(JSON.parse(run.data())).toMatchObject({ events: entries.slice(1) });
  });

  it('ends at once when it is abandoned as a whole, whatever it had sent before', async () => {
    const run = runOf(entriesOf(3));
    run.end(1);
    run.abandonAll();
    expect(await run.done).toBe('abandoned');
  });

  it('stays in the first state that it left running for, and never goes back', async () => {
    const lost = runOf(entriesOf(1));
    lost.lose();
    lost.abandonAll();
    expect(await lost.done).toBe('lost');
    const abandoned = runOf(entriesOf(1));
    abandoned.abandonAll();
    abandoned.lose();
    expect(abandoned).toMatchObject({ isOurs: false, isLost: false });
    expect(await abandoned.done).toBe('abandoned');
  });

  it('reports an event that is dropped while the run has its job', () => {
    expect(() => runOf(entriesOf(1)).drop(0)).toThrow('job 7: an event of a running run was dropped');
  });

  it('keeps just what did not end, for any mixture of outcomes', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat({ max: 300_000 }), { nil: undefined }), { maxLength: 20 }), (delays) => {
        const entries = entriesOf(delays.length);
        const run = runOf(entries);
        entries.forEach((entry, place) => {
          const delayMs = delays[place];
          if (delayMs === undefined) run.end(place);
          else run.keep(place, holdEntry(entry), delayMs);
        });
        run.finishIfSettled();
        const kept = entries.filter((_, place) => delays[place] !== undefined);
        expect(JSON.parse(run.data())).toMatchObject({ events: kept });
        expect(run.left).toEqual({ count: kept.length, delayMs: Math.max(0, ...delays.map((ms) => ms ?? 0)) });
      }),
    );
  });
});
