import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchEvent } from '../../support/batch-events.js';
import { idsFrom } from '../../support/events.js';
import { idsOf, Story } from '../../support/request-story.js';

const eventsOf = (count: number) => idsFrom('id', count).map((id) => batchEvent(id));

describe('searching for an event at fault', () => {
  /** @returns how many requests carried events of the batch until the faulty one was known */
  function search(count: number, place: number, hasOthers: boolean): number {
    const story = new Story(eventsOf(count));
    for (let request = 1; request < 100; request += 1) {
      const group = story.next();
      const isBad = idsOf(group).includes(`id-${place}`);
      if (isBad && group.isSuspect) {
        expect(group.events).toHaveLength(1);
        return request;
      }
      // No other event is left whose success could show that it is not an outage.
      if (isBad && story.plan.events.length === 1 && !hasOthers && group.failedIn) return request;
      if (isBad) story.fail(group);
      else story.deliver(group);
      if (isBad && hasOthers) story.otherSucceeds();
    }
    throw new Error('it was not found');
  }

  it('finds it by ten requests or so of 500, wherever it is, while other batches get through', () => {
    for (const place of [0, 1, 17, 249, 250, 251, 333, 498, 499]) expect(search(500, place, true)).toBeLessThan(14);
  });

  it('finds it while nothing else waits, unless it is alone at last', () => {
    for (const place of [3, 250, 499]) expect(search(500, place, false)).toBeLessThan(35);
  });

  it('finds any such event, and loses no other', () => {
    const sizes = fc.integer({ min: 2, max: 60 });
    fc.assert(
      fc.property(sizes, fc.nat(), fc.boolean(), (count, seed, hasOthers) => {
        expect(search(count, seed % count, hasOthers)).toBeLessThan(40);
      }),
    );
  });

  it('sends the whole once more before it searches: most often Amazon was away for a moment', () => {
    const story = new Story(eventsOf(8));
    story.fail();
    story.otherSucceeds();
    story.deliver();
    expect(story.sent.map((ids) => ids.length)).toEqual([8, 8]);
  });

  it('sends what is cleared with what else is left', () => {
    const story = new Story(eventsOf(8));
    for (let failure = 0; failure < 4; failure += 1) {
      story.fail();
      story.otherSucceeds();
    }
    // id-0 or id-1: the second halves are cleared, and wait together.
    expect(story.lastSent).toEqual(['id-0', 'id-1']);
    story.fail();
    story.otherSucceeds();
    story.deliver();
    expect(story.lastSent.toSorted()).toEqual(idsFrom('id', 8).slice(1));
    expect(story.next()).toMatchObject({ isSuspect: true, failures: 5 });
    expect(story.lastSent).toEqual(['id-0']);
  });

  it('leaves a half in one piece that waits for an answer of the account, not of its own', () => {
    const story = new Story(eventsOf(8));
    for (let failure = 0; failure < 2; failure += 1) {
      story.fail();
      story.otherSucceeds();
    }
    expect(idsOf(story.next())).toHaveLength(4);
    expect(idsOf(story.next())).toHaveLength(4);
  });
});
