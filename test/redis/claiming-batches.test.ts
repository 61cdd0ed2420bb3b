// Real: Redis, the window's scripts, the gate, the plan of a batch.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdEntry } from '../../src/queue/held-event.js';
import { WINDOW_LAYOUT } from '../../src/window/layout.js';
import type { BatchEvent } from '../../src/worker/batcher.js';
import type { Flight } from '../../src/worker/flight.js';
import { eventOf, idsFrom, queued } from '../support/events.js';
import { flightOf, gateRecord, linesOf } from '../support/flights.js';
import { idsOf } from '../support/request-story.js';
import { WorkerOptions } from '../support/worker-options.js';
import { metricOf, World } from '../support/world.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

let options: WorkerOptions;
beforeEach(async () => {
  options = await WorkerOptions.open(await World.open());
});
afterEach(() => options.close());

const claimed = (result: string) =>
  metricOf(options.metrics, 'capi_window_claims_total', { account: options.world.account, result });

const fly = (events: readonly BatchEvent[]) => flightOf(options.gate, events);

function endedOf({ plan }: Flight): Record<string, unknown> {
  return Object.fromEntries(plan.takeSettled().map(({ event, outcome }) => [event.held.clientDedupeId, outcome]));
}

describe('claiming a batch', () => {
  it('claims its events under a number, and knows of no gate where there is none', async () => {
    const { events } = await options.take(['a', 'b']);
    const flight = fly(events);
    const claim = await options.openClaims().claim(flight);
    expect(claim?.gate).toBeUndefined();
    expect(idsOf(claim?.group ?? { events: [] })).toEqual(['a', 'b']);
    expect(events.map((event) => event.claim)).toEqual([expect.stringMatching(/^-\d+$/), events[0]?.claim]);
    expect(endedOf(flight)).toEqual({});
    const measured = (await options.metrics.redisDuration.get()).values;
    const ofClaims = measured.filter(({ labels }) => labels['command'] === 'claim');
    expect(ofClaims.find(({ metricName }) => metricName?.endsWith('_count'))?.value).toBe(1);
    expect(ofClaims.find(({ metricName }) => metricName?.endsWith('_sum'))?.value).toBeLessThan(1);
  });

  it('counts as claimed only what is sent', async () => {
    const claims = options.openClaims();
    await claims.claim(fly((await options.take(['a', 'b'])).events));
    expect(await claimed('claimed')).toBe(0);
    claims.countSent(2);
    expect(await claimed('claimed')).toBe(2);
  });

  it('leaves out what another run of another job holds: it is asked for again in a second', async () => {
    const claims = options.openClaims();
    await claims.claim(fly((await options.take(['a'], { jobId: '6' })).events));
    const { events } = await options.take(['a', 'b']);
    const flight = fly(events);
    expect(idsOf((await claims.claim(flight))?.group ?? { events: [] })).toEqual(['b']);
    expect(endedOf(flight)).toEqual({ a: { kind: 'wait', reason: 'claimed', afterMs: 1_000 } });
    expect(events[0]?.claim).toBeUndefined();
    expect(await claimed('busy')).toBe(1);
    expect(await claimed('delivered')).toBe(0);
  });

  it('leaves out what was delivered before: a duplicate', async () => {
    const claims = options.openClaims();
    const { events } = await options.take(['a', 'b'], { jobId: '6' });
    await claims.claim(fly(events));
    await options.settler.settle(events.map((event) => ({ event, outcome: { kind: 'delivered' } })));
    const flight = fly((await options.take(['a', 'b', 'c'])).events);
    expect(idsOf((await claims.claim(flight))?.group ?? { events: [] })).toEqual(['c']);
    expect(endedOf(flight)).toEqual({ a: { kind: 'duplicate' }, b: { kind: 'duplicate' } });
    expect(await claimed('delivered')).toBe(2);
  });

  it('counts as delivered what an earlier run of its job delivered after it had lost the job', async () => {
    const claims = options.openClaims();
    const lost = await options.take(['a']);
    await claims.claim(fly(lost.events));
    const { events } = await options.take(['a']);
    await options.settler.settle(lost.events.map((event) => ({ event, outcome: { kind: 'delivered' } })));
    expect(lost.run.isLost).toBe(true);
    const flight = fly(events);
    expect(await claims.claim(flight)).toBeUndefined();
    expect(endedOf(flight)).toEqual({ a: { kind: 'delivered' } });
  });

  it('gives up what is too old by now, and what a lost run held goes again', async () => {
    const aged = (id: string, ageMs: number) => {
      const timestamp = new Date(options.clock.nowMs() - ageMs).toISOString();
      return holdEntry(queued(eventOf(id, { timestamp })));
    };
    const { events } = await options.takeEntries([
      aged('old', 168 * HOUR_MS + 1),
      aged('young', 168 * HOUR_MS - MINUTE_MS),
    ]);
    const other = await options.take(['lost'], { jobId: '6' });
    other.run.lose();
    const flight = fly([...events, ...other.events]);
    expect(idsOf((await options.openClaims().claim(flight))?.group ?? { events: [] })).toEqual(['young']);
    expect(endedOf(flight)).toEqual({
      old: { kind: 'dead', reason: 'expired', detail: {} },
      lost: { kind: 'wait', reason: 'claimed', afterMs: 0 },
    });
  });

  it('asks Redis for nothing where no event is left', async () => {
    const { run, events } = await options.take(['a']);
    run.abandon();
    expect(await options.openClaims().claim(fly(events))).toBeUndefined();
    expect(await options.world.connection.exists(`${options.keys.window}layout`)).toBe(0);
  });
});

describe('claiming a part of a batch', () => {
  it('claims it once more by itself, in the same place of the rate', async () => {
    const { events } = await options.take(['a', 'b']);
    const suspect = await options.take(['bad'], { jobId: '6', isSuspect: true });
    const flight = fly([...events, ...suspect.events]);
    const claim = await options.openClaims({ requestIntervalMs: MINUTE_MS }).claim(flight);
    expect(idsOf(claim?.group ?? { events: [] })).toEqual(['a', 'b']);
    expect(events[0]?.claim).toBe(events[1]?.claim);
    expect(events[0]?.claim).not.toBe(suspect.events[0]?.claim);
    expect(flight.plan.events).toHaveLength(3);
  });
});

describe('claiming before a gate', () => {
  it('finds it closed: nothing is claimed, and the batch waits', async () => {
    await options.gate.close('throttled', MINUTE_MS, '429');
    const { events } = await options.take(['a']);
    const flight = fly(events);
    expect(await options.openClaims().claim(flight)).toBeUndefined();
    expect(events[0]?.claim).toBeUndefined();
    expect(idsOf(flight.plan)).toEqual(['a']);
  });

  it('probes one that is due', async () => {
    await options.gate.close('unavailable', MINUTE_MS, '503');
    await options.world.connection.hset(options.keys.gate, 'until', 1);
    const flight = fly((await options.take(['a'])).events);
    const claim = await options.openClaims().claim(flight);
    const { until } = (await gateRecord(options.world)) ?? {};
    expect(claim?.gate).toMatchObject({ until, reason: 'unavailable', tries: 1 });
    expect(flight.turn.probe).toBe(until);
  });

  it('probes none with a batch of which nothing is left to be sent', async () => {
    const claims = options.openClaims();
    await claims.claim(fly((await options.take(['a'], { jobId: '6' })).events));
    await options.gate.close('unavailable', MINUTE_MS, '503');
    await options.world.connection.hset(options.keys.gate, 'until', 1);
    const flight = fly((await options.take(['a'])).events);
    expect(await claims.claim(flight)).toBeUndefined();
    expect(flight.turn.probe).toBe('');
    expect(await gateRecord(options.world)).toMatchObject({ until: '1' });
  });

  it('waits for its place in the rate', async () => {
    const claims = options.openClaims({ requestIntervalMs: MINUTE_MS });
    expect(await claims.claim(fly((await options.take(['a'], { jobId: '6' })).events))).toBeDefined();
    const flight = fly((await options.take(['b'])).events);
    expect(await claims.claim(flight)).toBeUndefined();
    expect(idsOf(flight.plan)).toEqual(['b']);
  });

  it('leaves its events to a worker that knows the window of a newer version, and says so once a minute', async () => {
    await options.world.connection.set(`${options.keys.window}layout`, WINDOW_LAYOUT + 1);
    const claims = options.openClaims();
    for (const id of idsFrom('id', 2)) {
      const flight = fly((await options.take([id])).events);
      expect(await claims.claim(flight)).toBeUndefined();
      expect(endedOf(flight)).toEqual({ [id]: { kind: 'wait', reason: 'stopping', afterMs: 30_000 } });
    }
    expect(linesOf(options.world, 'window.newer_layout')).toEqual([{ level: 50, account: options.world.account }]);
  });
});
