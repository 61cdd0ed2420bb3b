import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Source } from '../../../src/mapping/source.js';
import { importRecords } from '../../../src/producer/files/import.js';
import { readRecords } from '../../../src/producer/files/read-records.js';
import { mapBody } from '../../../src/producer/http/map-body.js';
import { type Body, costlyBody, ordinaryBody, SHAPE_NAMES } from '../../support/costly-bodies.js';
import { contextAt, conversionPayload } from '../../support/events.js';

// More by hand: COST_BODIES=10000 npx vitest run --project unit test/unit/producer/cost-of-bodies.test.ts
const BODIES = Number(process.env['COST_BODIES'] ?? 60);
/** By hand 5. Beside other tests the processor's caches are shared. Anything that is not linear costs far more. */
const TIMES_MAX = process.env['COST_BODIES'] ? 5 : 10;

/** Milliseconds of CPU time per megabyte: other programs on the machine do not count. */
function costOf({ source, text }: Body): number {
  const before = process.cpuUsage();
  mapBody(text, 'json', { source, context: contextAt() });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (Buffer.byteLength(text) / 1e6);
}

/** The least of several: a garbage collection in between is not the body's cost. */
function leastCostOf(body: Body, times = 3): number {
  return Math.min(...Array.from({ length: times }, () => costOf(body)));
}

/** The most expensive of what senders really send. */
function ordinaryCost(): number {
  const sources: readonly Source[] = ['conversion', 'order', 'ga4'];
  return Math.max(...sources.map((source) => leastCostOf(ordinaryBody(source, 500_000), 5)));
}

describe('the cost of a body', () => {
  it(`no megabyte of ${BODIES} bodies costs more than ${TIMES_MAX} ordinary ones`, () => {
    const ordinary = ordinaryCost();
    const worst = new Map<string, number>();
    for (let made = 0; made < BODIES; made += 1) {
      const what = SHAPE_NAMES[made % SHAPE_NAMES.length] ?? '';
      const round = Math.floor(made / SHAPE_NAMES.length);
      const body = costlyBody(what, 250_000 + ((made * 7_919) % 250_000), ((round * 0.37 + 0.5) % 0.9) + 0.05);
      let cost = costOf(body);
      // Once more, as the machine may have paused.
      if (cost > ordinary * TIMES_MAX) cost = leastCostOf(body);
      worst.set(what, Math.max(worst.get(what) ?? 0, cost / ordinary));
    }
    if (process.env['COST_BODIES']) {
      process.stderr.write(`ordinary: ${ordinary.toFixed(1)} ms a megabyte\n`);
      for (const [what, times] of worst) process.stderr.write(`${times.toFixed(2)} × ${what}\n`);
    }
    expect([...worst].filter(([, times]) => times > TIMES_MAX)).toEqual([]);
  }, 3_600_000);

  it('3,000 events share a customer of 2 MB and cost what the bytes cost', () => {
    const body = costlyBody('a long text shared by many events', 2_000_000, 0.9);
    expect(leastCostOf(body)).toBeLessThan(TIMES_MAX * ordinaryCost());
  }, 120_000);

  it('counts events, not records: one body of 10,001 is too many, as are two of 6,000', () => {
    const events = (count: number) => ({ events: Array.from({ length: count }, () => ({ name: 'search' })) });
    const map = (value: unknown) => mapBody(JSON.stringify(value), 'json', { source: 'ga4', context: contextAt() });
    expect(map(events(10_001))).toBe('too_many');
    expect(map([events(6_000), events(6_000)])).toBe('too_many');
    expect(map(events(10_000))).toHaveLength(1);
  });

  it('a record that is nested too deep takes no other with it, long numbers or not', () => {
    const deep = `{"a":${'['.repeat(5_000)}12345678901234567890${']'.repeat(5_000)}}`;
    for (const [text, form] of [
      [`[{"id":1},${deep},{"id":2}]`, 'json'],
      [`{"id":1}\n${deep}\n{"id":2}`, 'ndjson'],
    ] as const) {
      const records = mapBody(text, form, { source: 'order', context: contextAt() });
      if (typeof records === 'string') throw new Error(records);
      expect(records.map(({ refusals }) => refusals.map(({ reason }) => reason))).toEqual([
        ['no_match_key'],
        ['too_large'],
        ['no_match_key'],
      ]);
    }
  });
});

describe('importing a file', () => {
  it('a record nested 5,000 deep and one of 500,000 columns are refused, and the import goes on', async () => {
    const deep = `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 500_000 }, (_, index) => [`c${index}`, 1])));
    const good = JSON.stringify(conversionPayload());
    const written: string[] = [];
    const report = await importRecords(readRecords(Readable.from([Buffer.from(`${deep}\n${wide}\n${good}\n`)])), {
      source: 'conversion',
      writer: {
        write: async (entries) => void written.push(...entries.map(({ event }) => event.clientDedupeId)),
        noteRefused: async () => undefined,
      },
      contextNow: () => contextAt(),
    });
    expect({ report, written }).toEqual({ report: { records: 3, accepted: 1, refused: 2 }, written: ['order-1'] });
  });
});
