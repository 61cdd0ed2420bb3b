import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jobText, packedJobText, type QueuedEvent } from '../../../src/queue/job.js';
import { readJob } from '../../../src/queue/read-job.js';
import { entryOf, eventOf, NOW_MS, queued } from '../../support/events.js';

const odd = fc.string({ maxLength: 30, unit: fc.constantFrom('a', '"', '\\', '{', '}', ']', ',', ':', 'é', '😀') });
const facts = fc.record(
  {
    replays: fc.integer({ min: 0, max: 3 }),
    attempts: fc.integer({ min: 0, max: 10 }),
    firstAttemptAt: fc.constant(NOW_MS),
    isMaybeDelivered: fc.constant(true),
    isSuspect: fc.constant(true),
  },
  { requiredKeys: [] },
);

/** @param isTextEnough true for the reader that cuts events out of a packed job's text */
function read(text: string, isTextEnough: boolean): readonly (QueuedEvent | undefined)[] {
  const content = readJob(text, 0, 'standard', isTextEnough);
  if (content.kind !== 'events') throw new Error('the job cannot be read');
  expect(content.isCounted).toBe(true);
  return content.entries.map((held) => held && entryOf(held));
}

describe('a job’s text', () => {
  it('is read back to the entries that it was written from, by both readers', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ name: odd, source: odd, facts }), { maxLength: 10 }), (drafts) => {
        const entries = drafts.map((draft, place) =>
          queued(eventOf(`id-${place}`, { name: draft.name }), {
            ...draft.facts,
            source: draft.source,
            enqueuedAt: NOW_MS,
          }),
        );
        const text = jobText(entries.map((entry) => JSON.stringify(entry)));
        for (const isTextEnough of [true, false]) expect(read(text, isTextEnough)).toEqual(entries);
        expect(JSON.parse(text)).toMatchObject({ count: entries.length });
      }),
    );
  });

  it('in its packed form is read back to its events, each with what the job says of all', () => {
    fc.assert(
      fc.property(fc.array(odd, { minLength: 1, maxLength: 10 }), odd, (names, source) => {
        const shared = { source, enqueuedAt: NOW_MS };
        const events = names.map((name, place) => eventOf(`id-${place}`, { name }));
        const text = packedJobText(
          events.map((event) => JSON.stringify(event)),
          shared,
        );
        const entries = events.map((event) => queued(event, shared));
        for (const isTextEnough of [true, false]) expect(read(text, isTextEnough)).toEqual(entries);
        expect(JSON.parse(text)).toMatchObject({ count: events.length });
      }),
    );
  });

  it('of an earlier version, without a count, is read as well', () => {
    const events = [eventOf('id-1'), eventOf('id-2')];
    const text = packedJobText(
      events.map((event) => JSON.stringify(event)),
      { source: 'order', enqueuedAt: NOW_MS },
    ).replace('"count":2,', '');
    const entries = events.map((event) => queued(event, { source: 'order', enqueuedAt: NOW_MS }));
    for (const isTextEnough of [true, false]) expect(read(text, isTextEnough)).toEqual(entries);
  });
});
