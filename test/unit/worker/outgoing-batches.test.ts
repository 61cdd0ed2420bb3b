import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { eventsManagerV1 } from '../../../src/amazon/wires/events-manager-v1.js';
import { holdEntry } from '../../../src/queue/held-event.js';
import type { Logger } from '../../../src/telemetry/log.js';
import type { Tracing } from '../../../src/telemetry/tracing/tracing.js';
import { batchEventOf } from '../../../src/worker/batch-events.js';
import type { Batch } from '../../../src/worker/batcher.js';
import { JobRun } from '../../../src/worker/job-run.js';
import { OutgoingBatches } from '../../../src/worker/outgoing-batches.js';
import { eventOf, queued } from '../../support/events.js';
import { KeptLog } from '../../support/kept-log.js';
import { KeptSpans } from '../../support/spans.js';

const SILENT: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const LIMITS = { maxEvents: 2, maxBytes: 1_000_000, lingerMs: 1_000, emptyBodyBytes: 16 };

/** Batches whose delivery ends when the test says so. */
function openBatches(log: Logger = SILENT, tracing?: Tracing) {
  const begun: { readonly batch: Batch; readonly end: (error?: Error) => void; readonly forget: () => void }[] = [];
  const deliverBatch = (batch: Batch) =>
    new Promise<void>((resolve, reject) => {
      const end = (error?: Error) => {
        if (error) return reject(error);
        for (const { run, place } of batch.events) run.end(place);
        resolve();
      };
      begun.push({ batch, end, forget: resolve });
    });
  const parts = {
    account: 'one',
    limits: LIMITS,
    inFlightMax: 2,
    tag: 'tag',
    delivery: { deliverBatch },
    log,
    tracing,
  };
  const sizes = () => begun.map(({ batch: { closedBy, events } }) => `${closedBy} ${events.length}`);
  return { batches: new OutgoingBatches(parts), begun, sizes };
}

/** Events of separate jobs. */
const eventsOf = (...ids: readonly string[]) =>
  ids.map((id) => {
    const held = holdEntry(queued(eventOf(id)));
    const run = new JobRun({ id, token: 'token', run: '1', addedAtMs: 0, settling: '' }, [held], true);
    return batchEventOf(run, held, 0, eventsManagerV1);
  });
const aTurn = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

it('the open batch closes when its first event has waited for the linger', () => {
  const { batches, sizes } = openBatches();
  batches.add(eventsOf('a'));
  vi.advanceTimersByTime(999);
  expect(sizes()).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sizes()).toEqual(['linger 1']);
});

it('a batch that was filled takes its linger along', () => {
  const { batches, sizes } = openBatches();
  batches.add(eventsOf('a'));
  vi.advanceTimersByTime(900);
  batches.add(eventsOf('b', 'c'));
  vi.advanceTimersByTime(999);
  expect(sizes()).toEqual(['count 2']);
  vi.advanceTimersByTime(1);
  expect(sizes()).toEqual(['count 2', 'linger 1']);
});

it('a stop sends what is gathered, and from then on whatever comes, at once', () => {
  const { batches, sizes } = openBatches();
  batches.add(eventsOf('a'));
  batches.drain();
  batches.add(eventsOf('b'));
  expect(sizes()).toEqual(['drain 1', 'drain 1']);
});

it('some batches are delivered at a time, the oldest first', async () => {
  const { batches, begun } = openBatches();
  batches.add(eventsOf('a', 'b', 'c', 'd', 'e', 'f'));
  const idsOf = ({ batch }: { batch: Batch }) => batch.events.map(({ held }) => held.clientDedupeId);
  expect(begun.map(idsOf)).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  begun[1]?.end();
  await aTurn();
  expect(begun.slice(2).map(idsOf)).toEqual([['e', 'f']]);
});

it('a delivery that fails gives its runs up, and the next batch goes', async () => {
  const faults: unknown[] = [];
  const { batches, begun } = openBatches({
    ...SILENT,
    error: (event, fields) => faults.push([event, fields?.batchId]),
  });
  const events = eventsOf('a', 'b', 'c', 'd', 'e', 'f');
  batches.add(events);
  begun[0]?.end(new Error('a fault'));
  await aTurn();
  expect(await events[0]?.run.done).toBe('abandoned');
  expect(faults).toEqual([['batch.fault', 'tag-1']]);
  expect(begun).toHaveLength(3);
});

it('a delivery that leaves an event without an outcome is a fault, and gives its run up', async () => {
  const log = new KeptLog();
  const { batches, begun } = openBatches(log);
  const events = eventsOf('a', 'b');
  batches.add(events);
  // Only the first of them has ended.
  const [first] = events;
  first?.run.end(first.place);
  first?.run.finishIfSettled();
  begun[0]?.forget();
  await aTurn();
  expect(await first?.run.done).toBe('running');
  expect(await events[1]?.run.done).toBe('abandoned');
  const err: unknown = expect.objectContaining({ message: 'job b: an event of a delivered batch has no outcome' });
  const fields = { account: 'one', batchId: 'tag-1', err };
  expect(log.lines).toMatchObject([{ level: 'error', event: 'batch.fault', fields }]);
});

it('a delivery is traced, as caused by the runs of its events', async () => {
  const spans = new KeptSpans();
  const { batches, begun } = openBatches(SILENT, spans.tracing);
  const events = eventsOf('a', 'b');
  batches.add(events);
  begun[0]?.end();
  await aTurn();
  expect(spans.spans).toMatchObject([
    {
      name: 'deliver batch',
      kind: 'internal',
      attributes: {
        'capi.account': 'one',
        'capi.batch.id': 'tag-1',
        'capi.batch.closed_by': 'count',
        'capi.events': 2,
      },
      causes: events.map(({ run }) => run),
    },
  ]);
});
