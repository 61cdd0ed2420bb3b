// Real: the built program as six processes and a Redis that writes to disk before it acknowledges; cables between them.
// A fixed seed, so that a failure repeats. `npm run chaos` tries others, for longer.
import { describe, expect, it } from 'vitest';
import { runChaos } from '../chaos/chaos.js';
import { LONG_TROUBLES } from '../chaos/schedule.js';

const SEED = 20_261_123;

describe('surviving every kind of fault', () => {
  it('loses nothing, counts nothing twice, and explains each event that was sent again', async () => {
    const { journal, ...result } = await runChaos({
      seed: SEED,
      durationMs: 10_000,
      everyMs: 360,
      eventsPerSecond: 80,
      drainWithinMs: 60_000,
      without: LONG_TROUBLES,
    });
    expect(result.complaints, journal.join('\n')).toEqual([]);
    // A run without events would prove nothing.
    expect(result.acknowledged).toBeGreaterThan(300);
    expect(Object.keys(result.struck).length).toBeGreaterThan(20);
  });
});
