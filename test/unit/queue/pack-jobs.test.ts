import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QueuedEvent } from '../../../src/queue/job.js';
import { packJobs, writeEvent } from '../../../src/queue/pack-jobs.js';
import { readJob } from '../../../src/queue/read-job.js';
import { entryOf, eventOf, idsFrom, NOW_MS, queued } from '../../support/events.js';

const entriesOf = (count: number, name = 'purchase') =>
  idsFrom('order', count).map((id) => queued(eventOf(id, { name }), { enqueuedAt: NOW_MS }));

const pack = (entries: readonly QueuedEvent[], eventsPerJob: number) => packJobs(entries.map(writeEvent), eventsPerJob);

function read(text: string): readonly (QueuedEvent | undefined)[] {
  const content = readJob(text, 0, 'standard', true);
  if (content.kind !== 'events') throw new Error('the job cannot be read');
  return content.entries.map((held) => held && entryOf(held));
}

describe('packing events into jobs', () => {
  it('gives back each event once, in order, with its source and what else it brings, whatever the mixture', () => {
    const entry = fc.record({
      name: fc.string({ maxLength: 30, unit: fc.constantFrom('a', '"', '\\', '{', '}', ',', 'é', '😀') }),
      source: fc.constantFrom('ga4', 'order'),
      laterMs: fc.integer({ min: -2_000, max: 2_000 }),
      replays: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), fc.integer({ min: 1, max: 20 }), (drafts, eventsPerJob) => {
        const entries = drafts.map(({ name, source, laterMs, replays }, place) =>
          queued(eventOf(`id-${place}`, { name }), {
            source,
            enqueuedAt: NOW_MS + laterMs,
            ...(replays !== undefined && { replays }),
          }),
        );
        const jobs = pack(entries, eventsPerJob).map(({ text }) => read(text));
        expect(Math.max(0, ...jobs.map((job) => job.length))).toBeLessThanOrEqual(eventsPerJob);
        const found = jobs.flat();
        const withoutTime = (all: readonly (QueuedEvent | undefined)[]) =>
          all.map((one) => ({ ...one, enqueuedAt: undefined }));
        expect(withoutTime(found)).toEqual(withoutTime(entries));
        const earlierMs = found.map((one, place) => (entries[place]?.enqueuedAt ?? 0) - (one?.enqueuedAt ?? 0));
        expect(earlierMs.filter((ms) => ms < 0 || ms >= 1_000)).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it('packs alike events as many to a job as may be, and the last job takes what is left', () => {
    expect(pack(entriesOf(0), 100)).toEqual([]);
    expect(pack(entriesOf(60), 100).map(({ text }) => read(text).length)).toEqual([60]);
    expect(pack(entriesOf(3), 1).map(({ text }) => read(text).length)).toEqual([1, 1, 1]);
  });

  it('keeps aliases beside the text of an event, and leaves out what is too long to be kept', () => {
    const entry = queued(eventOf('shopify:OFF_AMAZON_PURCHASES:5678'), { source: 'shopify' });
    const aliases = { names: ['1001', 'EU-1001'], shopId: '5678' };
    const { text, aliases: kept } = writeEvent({ ...entry, aliases });
    expect(kept.map(({ value }) => value)).toEqual(['5678', '5678']);
    expect(text).toBe(writeEvent(entry).text);
    expect(writeEvent({ ...entry, replays: 1, aliases }).text).toBe(writeEvent({ ...entry, replays: 1 }).text);
    expect(writeEvent({ ...entry, aliases: { names: ['1001'], shopId: 'x'.repeat(29) } }).aliases).toEqual([]);
    expect(writeEvent(entry).aliases).toEqual([]);
  });
});
