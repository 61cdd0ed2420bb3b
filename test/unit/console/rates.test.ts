import { describe, expect, it } from 'vitest';
import { RateMeter } from '../../../src/console/rates.js';

function meterOf(samples: readonly (readonly [second: number, taken: number, delivered: number])[]): RateMeter {
  const meter = new RateMeter();
  for (const [second, taken, delivered] of samples) meter.add({ atMs: second * 1000, taken, delivered });
  return meter;
}

describe('metering', () => {
  it('says nothing after one look', () => {
    expect(new RateMeter().read()).toEqual({ takenPerSecond: 0, deliveredPerSecond: 0, overMs: 0, history: [] });
    expect(meterOf([[0, 500, 400]]).read()).toMatchObject({ takenPerSecond: 0, overMs: 0 });
  });

  it('counts over the last minute, not over all that it knows', () => {
    const read = meterOf([
      [0, 0, 0],
      [100, 10_000, 0],
      [130, 10_300, 30],
      [160, 10_600, 120],
    ]).read();
    expect(read).toMatchObject({ takenPerSecond: 10, deliveredPerSecond: 2, overMs: 60_000 });
    expect(read.history).toEqual([
      { taken: 100, delivered: 0 },
      { taken: 10, delivered: 1 },
      { taken: 10, delivered: 3 },
    ]);
  });

  it('forgets what is older than five minutes', () => {
    const samples = Array.from({ length: 200 }, (_, look) => [look * 5, look, look] as const);
    expect(meterOf(samples).read().history).toHaveLength(60);
  });

  it('starts anew where the ledger went back', () => {
    const read = meterOf([
      [0, 900, 900],
      [5, 0, 0],
      [10, 50, 0],
    ]).read();
    expect(read).toMatchObject({ takenPerSecond: 10, deliveredPerSecond: 0, overMs: 5_000 });
  });
});
