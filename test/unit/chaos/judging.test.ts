// The verdict of the chaos harness: it is worth only as much as the faults that it would find.
import { describe, expect, it } from 'vitest';
import { makeSchedule, TROUBLES } from '../../chaos/schedule.js';
import { slopePerHour } from '../../chaos/slope.js';
import { type Evidence, judge, type RequestSeen } from '../../chaos/verdict.js';

const received = (id: string, overrides: object = {}) => ({ id, counted: 1, isSameContent: true, ...overrides });

function request(requestId: string, arrivedMs: number, overrides: Partial<RequestSeen> = {}): RequestSeen {
  return {
    requestId,
    client: 'worker0',
    arrivedMs,
    endedMs: arrivedMs + 100,
    accepted: ['a'],
    omitted: [],
    ...overrides,
  };
}

function evidence(overrides: Partial<Evidence> = {}): Evidence {
  return {
    acknowledged: new Set(['a']),
    received: [received('a')],
    requests: [request('r1', 0)],
    deadLetters: new Set(),
    queued: new Set(),
    read: new Map([['r1', { worker: 0, atMs: 110 }]]),
    disturbances: [],
    ...overrides,
  };
}

const sentTwice = (first: Partial<RequestSeen> = {}, secondAtMs = 10_000) => ({
  requests: [request('r1', 0, first), request('r2', secondAtMs, { client: 'worker1' })],
});

describe('judging a run', () => {
  it('reports nothing if each acknowledged event arrived once', () => {
    expect(judge(evidence())).toEqual({ complaints: [], resent: {}, lostIds: [], countedTwice: 0 });
  });

  it('names an event that is lost', () => {
    const verdict = judge(evidence({ acknowledged: new Set(['a', 'b']) }));
    expect(verdict).toMatchObject({ complaints: ['b was acknowledged and is lost'], lostIds: ['b'] });
  });

  it.each(['deadLetters', 'queued'] as const)('finds an event among the %s', (place) => {
    expect(judge(evidence({ received: [], requests: [], [place]: new Set(['a']) })).complaints).toEqual([]);
  });

  it('names an event that is counted twice, and one that came with other bytes', () => {
    const verdict = judge(
      evidence({ received: [received('a', { counted: 2 }), received('b', { isSameContent: false })] }),
    );
    expect(verdict.complaints).toEqual(['a is counted 2 times', 'b came again with other bytes']);
  });

  it('names an event that was sent again though its answer was read and nobody was disturbed', () => {
    expect(judge(evidence(sentTwice())).complaints).toEqual([
      expect.stringMatching(/^a was sent again without a reason: r1 from worker0 at 0 to 100, r2 from worker1/),
    ]);
  });

  it.each([
    ['the answer was not read', { read: new Map() }, {}],
    ['the answer did not name it', {}, { omitted: ['a'] }],
  ])('accepts that %s', (why, overrides, first) => {
    const verdict = judge(evidence({ ...sentTwice(first), ...overrides }));
    expect(verdict).toMatchObject({ complaints: [], resent: { [why]: 1 } });
  });

  it('accepts that who read the answer was disturbed before the next sending, and nobody else', () => {
    const disturbed = (whom: 'worker0' | 'worker1' | 'redis', fromMs: number, untilMs: number) =>
      judge(evidence({ ...sentTwice(), disturbances: [{ whom, what: 'killed', fromMs, untilMs }] }));
    expect(disturbed('worker0', 500, 600).resent).toEqual({ 'not written down, worker killed': 1 });
    expect(disturbed('redis', 500, 600).resent).toEqual({ 'not written down, redis killed': 1 });
    expect(disturbed('worker1', 500, 600).complaints).toHaveLength(1);
    expect(disturbed('worker0', 12_000, 13_000).complaints).toHaveLength(1);
    expect(disturbed('worker0', -9_000, -8_000).complaints).toHaveLength(1);
  });

  it('names an event that was in flight twice at once, unless its sender was disturbed', () => {
    const overlapping = sentTwice({ endedMs: 5000 }, 1000);
    expect(judge(evidence({ ...overlapping, read: new Map() })).complaints).toHaveLength(1);
    const frozen = { whom: 'worker0', what: 'frozen', fromMs: 50, untilMs: 900 } as const;
    expect(judge(evidence({ ...overlapping, disturbances: [frozen] })).resent).toEqual({
      'two at once, worker frozen': 1,
    });
  });
});

describe('making a schedule', () => {
  const plan = { seed: 7, durationMs: 60_000, everyMs: 500 };

  it('is the same for a seed, and another for another', () => {
    expect(makeSchedule(plan)).toEqual(makeSchedule(plan));
    expect(makeSchedule(plan)).not.toEqual(makeSchedule({ ...plan, seed: 8 }));
  });

  it('strikes with every kind, within its bounds, before any strikes again', () => {
    const strikes = makeSchedule(plan);
    const kinds = Object.keys(TROUBLES).length;
    expect(new Set(strikes.slice(0, kinds).map(({ trouble }) => trouble)).size).toBe(kinds);
    for (const { trouble, forMs } of strikes) {
      expect(forMs).toBeGreaterThanOrEqual(TROUBLES[trouble][0]);
      expect(forMs).toBeLessThanOrEqual(TROUBLES[trouble][1]);
    }
  });
});

describe('taking the slope', () => {
  it('is what grows in an hour', () => {
    const points = [0, 1, 2, 3].map((minute) => ({ atMs: minute * 60_000, value: 5 + minute * 0.5 }));
    expect(slopePerHour(points)).toBeCloseTo(30);
    expect(slopePerHour(points.map(({ atMs }) => ({ atMs, value: 7 })))).toBeCloseTo(0);
    expect(slopePerHour([])).toBe(0);
  });
});
