import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchEvent } from '../../../src/worker/batcher.js';
import type { GateRecord } from '../../../src/worker/gate.js';
import { deadAll, RequestPlan } from '../../../src/worker/request-plan.js';
import { batchEvent } from '../../support/batch-events.js';
import { idsFrom } from '../../support/events.js';
import { deliveredAll, idsOf, Story, World } from '../../support/request-story.js';

const DETAIL = { status: 400 };

function eventsOf(count: number): BatchEvent[] {
  return idsFrom('id', count).map((id) => batchEvent(id));
}

function suspect(id: string): BatchEvent {
  const event = batchEvent(id);
  return { ...event, held: { ...event.held, facts: { ...event.held.facts, isSuspect: true } } };
}

function outcomesOf(plan: RequestPlan): Record<string, string> {
  return Object.fromEntries(
    plan.takeSettled().map(({ event, outcome }) => {
      const reason = 'reason' in outcome ? ` ${outcome.reason}` : '';
      return [event.held.clientDedupeId, outcome.kind + reason];
    }),
  );
}

const hold = (reason: string): GateRecord => ({ until: '1', reason, began: '1', tries: 1 });

describe('planning the requests of a batch', () => {
  it('sends it whole, and is done when it is through', () => {
    const story = new Story(eventsOf(3));
    expect(story.plan.hasOnlySuspects).toBe(false);
    expect(story.plan.isDone).toBe(false);
    story.deliver();
    expect(story.sent).toEqual([['id-0', 'id-1', 'id-2']]);
    expect(story.plan.isDone).toBe(true);
    expect(story.plan.events).toEqual([]);
    expect(() => story.next()).toThrow('no event');
  });

  it('sends suspects alone, after the others', () => {
    const story = new Story([suspect('bad'), ...eventsOf(2)]);
    expect(story.plan.hasOnlySuspects).toBe(false);
    expect(story.deliver().isSuspect).toBe(false);
    expect(story.next()).toMatchObject({ isSuspect: true, failures: 0 });
    expect(story.sent).toEqual([['id-0', 'id-1'], ['bad']]);
    expect(new RequestPlan([suspect('bad')]).hasOnlySuspects).toBe(true);
  });

  it('leaves out what is not to be sent', () => {
    const events = eventsOf(3);
    const story = new Story(events);
    story.plan.drop([]);
    story.plan.drop(deadAll(events.slice(0, 1), 'expired', {}));
    story.deliver();
    expect(story.sent).toEqual([['id-1', 'id-2']]);
    expect(outcomesOf(story.plan)).toEqual({ 'id-0': 'dead expired', 'id-1': 'delivered', 'id-2': 'delivered' });
  });

  it('sends what is left where all of a request is left out', () => {
    const events = eventsOf(2);
    const story = new Story([suspect('bad'), ...events]);
    story.plan.drop(deadAll(events, 'expired', {}));
    story.deliver();
    expect(story.sent).toEqual([['bad']]);
    expect(story.plan.isDone).toBe(true);
  });

  it('gives no event two outcomes', () => {
    const { plan } = new Story(eventsOf(1));
    const [group] = [plan.next(undefined)];
    plan.answered(group, deliveredAll(group));
    expect(() => plan.answered(group, deliveredAll(group))).toThrow('two outcomes');
  });

  it('has no next request where no event is left', () => {
    const held: GateRecord = { until: '1', reason: 'rejected', began: '1', tries: 1 };
    for (const gate of [undefined, held]) {
      expect(() => new RequestPlan([]).next(gate)).toThrow('no event of the batch is left');
    }
  });

  it('keeps the doubt of a request without an answer in the dead letter that follows', () => {
    const { plan } = new Story(eventsOf(1));
    const group = plan.next(undefined);
    plan.noteMaybeDelivered(group);
    plan.answered(group, deadAll(group.events, 'rejected', DETAIL));
    expect(plan.takeSettled().map(({ outcome }) => outcome)).toEqual([
      { kind: 'dead', reason: 'rejected', detail: DETAIL, isMaybeDelivered: true },
    ]);
  });

  it('marks what may have been delivered with every outcome that does not end it for good', () => {
    const events = eventsOf(4);
    const { plan } = new Story(events);
    plan.noteMaybeDelivered({ ...plan.next(undefined), events: events.slice(0, 3) });
    plan.drop([
      { event: events[0] as BatchEvent, outcome: { kind: 'duplicate' } },
      { event: events[1] as BatchEvent, outcome: { kind: 'delivered' } },
      { event: events[2] as BatchEvent, outcome: { kind: 'dead', reason: 'expired', detail: {} } },
    ]);
    plan.giveBack();
    expect(plan.takeSettled().map(({ outcome }) => outcome)).toEqual([
      { kind: 'duplicate' },
      { kind: 'delivered' },
      { kind: 'dead', reason: 'expired', detail: {}, isMaybeDelivered: true },
      { kind: 'wait', reason: 'stopping', afterMs: 0 },
    ]);
    expect(plan.events).toEqual([]);
    expect(plan.isDone).toBe(true);
  });
});

describe('planning requests in an outage', () => {
  it('probes with halves in turn, smaller in each round, and never with the same events twice in a row', () => {
    const story = new Story(eventsOf(4));
    for (let probe = 0; probe < 9; probe += 1) story.fail();
    expect(story.sent.map((ids) => ids.join(' '))).toEqual([
      'id-0 id-1 id-2 id-3',
      'id-0 id-1',
      'id-2 id-3',
      'id-0',
      'id-1',
      'id-2',
      'id-3',
      'id-0',
      'id-1',
    ]);
  });

  it('probes with a half also where another batch has probed meanwhile', () => {
    const story = new Story(eventsOf(8));
    story.fail();
    story.otherFails();
    story.fail();
    expect(story.lastSent).toEqual(['id-0', 'id-1', 'id-2', 'id-3']);
  });

  it('sends in one piece again what an outage had split', () => {
    const story = new Story(eventsOf(16));
    for (let probe = 0; probe < 6; probe += 1) story.fail();
    story.otherSucceeds();
    story.deliver();
    expect(story.lastSent).toHaveLength(16);
    expect(story.plan.isDone).toBe(true);
  });

  it('sends no event twice where a half waited for an answer of the account while the outage ended', () => {
    const story = new Story(eventsOf(4));
    story.fail();
    story.next();
    story.otherSucceeds();
    story.fail();
    expect(story.lastSent).toHaveLength(4);
    expect(story.plan.events).toHaveLength(4);
  });

  it('lets healthy events through where each of several batches holds events that fail', () => {
    const isBad = (id: string) => Number(id.slice(3)) % 3 === 1;
    const world = new World([eventsOf(5), eventsOf(6), eventsOf(2), eventsOf(3)], isBad);
    world.run(120);
    for (const plan of world.plans) expect(idsOf(plan).every(isBad)).toBe(true);
  });

  it('finds each of many that fail, wherever they are', () => {
    const batches = fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(batches, (marks) => {
        const isBad = (id: string) => id.endsWith('!');
        const events = marks.map((batch) => batch.map((bad, place) => batchEvent(`${place}${bad ? '!' : ''}`)));
        const world = new World(events, isBad);
        world.run(600);
        for (const plan of world.plans) expect(idsOf(plan).every(isBad)).toBe(true);
      }),
    );
  });

  it('sends one event again and again where it is all that waits', () => {
    const story = new Story(eventsOf(1));
    for (let probe = 0; probe < 5; probe += 1) expect(story.fail().isSuspect).toBe(false);
    expect(story.sent).toEqual(Array.from({ length: 5 }, () => ['id-0']));
  });

  it('probes with what was not tried first, and with suspects last', () => {
    const story = new Story([suspect('bad'), ...eventsOf(2)]);
    story.fail();
    story.fail();
    expect(story.sent).toEqual([['id-0', 'id-1'], ['bad']]);
    story.otherFails();
    story.fail();
    expect(story.lastSent).toEqual(['id-0']);
  });

  it('delivers the halves once it is over', () => {
    const story = new Story(eventsOf(4));
    story.fail();
    story.fail();
    story.deliver();
    story.deliver();
    expect(story.plan.isDone).toBe(true);
  });
});

describe('refusing content', () => {
  const refuse = (story: Story, isBad: (ids: string[]) => boolean) => {
    for (let request = 0; request < 1_000 && story.plan.events.length > 0 && !story.plan.isRefused; request += 1) {
      const group = story.next();
      if (isBad(idsOf(group))) story.plan.refused(group, DETAIL);
      else story.deliver(group);
    }
  };

  it('finds the events that are refused, and delivers the others', () => {
    const story = new Story(eventsOf(100));
    refuse(story, (ids) => ids.includes('id-3') || ids.includes('id-70'));
    const outcomes = outcomesOf(story.plan);
    expect(outcomes).toMatchObject({ 'id-3': 'dead rejected', 'id-70': 'dead rejected' });
    expect(Object.values(outcomes).filter((outcome) => outcome === 'delivered')).toHaveLength(98);
    expect(story.sent.length).toBeLessThan(32);
  });

  it('counts a batch as refused when all of it was, alone', () => {
    const story = new Story(eventsOf(3));
    refuse(story, () => true);
    expect(story.plan.isRefused).toBe(true);
    expect(outcomesOf(story.plan)).toEqual({});
    story.plan.refuseAll(DETAIL);
    const rejected = { 'id-0': 'dead rejected', 'id-1': 'dead rejected', 'id-2': 'dead rejected' };
    expect(outcomesOf(story.plan)).toEqual(rejected);
    expect(story.plan.isDone).toBe(true);
    expect(story.plan.events).toEqual([]);
  });

  it('looks for the event that is refused in a batch of two as well', () => {
    const story = new Story(eventsOf(2));
    refuse(story, (ids) => ids.includes('id-1'));
    expect(outcomesOf(story.plan)).toEqual({ 'id-0': 'delivered', 'id-1': 'dead rejected' });
  });

  it.each([
    ['none was delivered', [], {}],
    ['another was delivered', ['id-0'], { 'id-0': 'delivered', 'id-1': 'dead rejected', 'id-2': 'dead rejected' }],
  ] as const)(
    'is sure of an event that is refused alone only where of the events before it %s',
    (_what, good, ended) => {
      const story = new Story(eventsOf(3));
      story.plan.refused(story.next(), DETAIL);
      const group = story.next();
      const isGood = ({ held }: BatchEvent) => good.some((id) => id === held.clientDedupeId);
      const settled = [
        ...deliveredAll({ ...group, events: group.events.filter(isGood) }),
        ...deadAll(
          group.events.filter((event) => !isGood(event)),
          'rejected',
          DETAIL,
        ),
      ];
      story.plan.answered(group, settled);
      if (good.length === 0) story.plan.takeSettled();
      story.plan.refused(story.next(), DETAIL);
      expect(outcomesOf(story.plan)).toEqual(ended);
    },
  );

  it('counts a batch as refused after 31 requests of which none delivered anything', () => {
    const story = new Story(eventsOf(500));
    refuse(story, () => true);
    expect(story.sent).toHaveLength(31);
    story.plan.refuseAll(DETAIL);
    expect(new Set(Object.values(outcomesOf(story.plan)))).toEqual(new Set(['dead rejected_batch']));
  });

  it('decides on an event that was refused alone once another is delivered', () => {
    const story = new Story(eventsOf(3));
    refuse(story, (ids) => ids.length > 1 || ids[0] !== 'id-1');
    expect(outcomesOf(story.plan)).toEqual({ 'id-0': 'dead rejected', 'id-1': 'delivered', 'id-2': 'dead rejected' });
  });

  it('stops at its budget: what is still refused then is a rejected batch', () => {
    const story = new Story(eventsOf(500));
    refuse(story, (ids) => ids.some((id) => Number(id.slice(3)) % 8 === 7 && Number(id.slice(3)) < 430));
    const outcomes = Object.values(outcomesOf(story.plan));
    // 16 refusals for each halving of 500. After that only single events are checked.
    expect(outcomes.filter((outcome) => outcome === 'dead rejected_batch').length).toBeGreaterThan(1);
    expect(story.sent.length).toBeLessThan(300);
    expect(outcomes).toHaveLength(500);
    expect(outcomes).toContain('dead rejected_batch');
    expect(outcomes).toContain('delivered');
  });

  it('halves what is too large, and gives up one event that is', () => {
    const story = new Story(eventsOf(3));
    story.plan.tooLarge(story.next(), { status: 413 });
    expect(idsOf(story.deliver())).toEqual(['id-0', 'id-1']);
    story.plan.tooLarge(story.next(), { status: 413 });
    expect(outcomesOf(story.plan)).toMatchObject({ 'id-2': 'dead too_large' });
  });

  it.each(['forbidden', 'rejected'])('probes a hold for being %s with one event, another each time', (reason) => {
    const story = new Story([suspect('bad'), ...eventsOf(3)]);
    story.gate = hold(reason);
    for (let probe = 0; probe < 4; probe += 1) story.plan.startAnew(story.next());
    expect(story.sent).toEqual([['id-0'], ['id-1'], ['id-2'], ['id-0']]);
    story.deliver();
    story.deliver();
    expect(story.sent.slice(-2)).toEqual([['id-1'], ['id-2', 'id-0']]);
    story.gate = hold(reason);
    expect(idsOf(story.next())).toEqual(['bad']);
  });

  it('sends no suspect twice that probed a hold', () => {
    const story = new Story([suspect('bad'), suspect('worse')]);
    const probe = story.next();
    story.plan.startAnew(probe);
    expect(story.plan.events.map(({ held }) => held.clientDedupeId).toSorted()).toEqual(['bad', 'worse']);
  });

  it('a hold resets what was refused before it', () => {
    const story = new Story(eventsOf(4));
    story.plan.refused(story.next(), DETAIL);
    story.plan.refused(story.next(), DETAIL);
    story.plan.refused(story.next(), DETAIL);
    story.plan.refused(story.next(), DETAIL);
    expect(story.plan.events).toHaveLength(3);
    story.plan.startAnew();
    expect(story.plan.events).toHaveLength(4);
    story.deliver();
    expect(story.lastSent).toHaveLength(4);
  });
});
