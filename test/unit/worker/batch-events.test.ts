import { describe, expect, it } from 'vitest';
import { adsApiV1 } from '../../../src/amazon/wires/ads-api-v1.js';
import { eventsManagerV1 } from '../../../src/amazon/wires/events-manager-v1.js';
import { entryText, type HeldEvent, holdEntry, wholeEvent } from '../../../src/queue/held-event.js';
import { readPackedJob } from '../../../src/queue/read-packed-job.js';
import { batchEventsOf } from '../../../src/worker/batch-events.js';
import { JobRun } from '../../../src/worker/job-run.js';
import { eventOf, queued } from '../../support/events.js';

const runOf = (entries: readonly (HeldEvent | undefined)[]) =>
  new JobRun({ id: '7', token: 't', run: 'r', addedAtMs: 0, settling: '' }, entries, true);

/** The events of a packed job, of which the heads alone are read. */
function packed(...ids: string[]): HeldEvent[] {
  const events = ids.map((id) => `{"event":${JSON.stringify(eventOf(id, { name: 'Käufe' }))}}`);
  const job = `{"v":1,"isCounted":true,"source":"ga4","enqueuedAt":7,"events":[${events.join(',')}]}`;
  return readPackedJob(job) ?? [];
}

describe('events of a job in flight', () => {
  it('go as the text they came as where that is their form on the wire, measured in bytes', () => {
    const entries = packed('a', 'b');
    const events = [...batchEventsOf(runOf(entries), entries, eventsManagerV1)];
    expect(events.map(({ encoded }) => encoded)).toEqual(entries.map(({ text }) => text));
    for (const { encoded, bytes } of events) expect(bytes).toBe(encoded.length + 1);
    expect(events).toMatchObject([
      { place: 0, claim: undefined, followers: [] },
      { place: 1, claim: undefined, followers: [] },
    ]);
  });

  it('are made anew from the whole event for another wire', () => {
    const [held] = packed('a');
    if (!held) throw new Error('the job is packed');
    const [event] = [...batchEventsOf(runOf([held]), [held], adsApiV1)];
    expect(event?.encoded).toBe(adsApiV1.encode(wholeEvent(held)));
    expect(JSON.parse(event?.encoded ?? '')).toMatchObject({ eventId: 'a' });
  });

  it('follow an earlier one of the same id, and leave out what could not be read', () => {
    const entries = [...packed('a', 'b'), undefined, ...packed('a', 'a')];
    const [leader, other, ...rest] = [...batchEventsOf(runOf(entries), entries, eventsManagerV1)];
    expect(rest).toEqual([]);
    expect([leader?.place, other?.place]).toEqual([0, 1]);
    expect(leader?.followers.map(({ place }) => place)).toEqual([3, 4]);
  });
});

describe('an event that is held', () => {
  it('stays unchanged', () => {
    const event = eventOf('a');
    const [cutOut] = packed('a');
    for (const held of [
      holdEntry(queued(event)),
      { ...holdEntry(queued(event)), facts: { source: 's', enqueuedAt: 1 } },
    ]) {
      expect(JSON.parse(entryText(held))).toEqual({ event, ...held.facts });
    }
    expect(cutOut && JSON.parse(entryText(cutOut))).toMatchObject({ source: 'ga4', enqueuedAt: 7 });
  });

  it('says so where only its head is JSON', () => {
    const [held] = packed('a');
    if (!held) throw new Error('the job is packed');
    expect(() => wholeEvent({ ...held, text: `${held.text}}` })).toThrow(SyntaxError);
  });
});
