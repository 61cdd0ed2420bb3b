// Real: the built program as processes on a Redis with Sentinels, and on a Cluster; a load on them, and a server that hangs
// or is killed. `npm run chaos -- --failover` tries all of the troubles, with more load and for longer.
import { describe, expect, it } from 'vitest';
import { type TroubleName, tryFailover } from '../chaos/failover/failovers.js';

const LOAD = { eventsPerSecond: 500, loadMs: 9_000, downAfterMs: 1_000 };

describe('failing over', () => {
  it.each<TroubleName>(['master hung, demoted, thawed', 'cluster: master killed'])(
    'loses no acknowledged event, and every process goes on by itself: %s',
    async (name) => {
      const { logged, ...result } = await tryFailover(name, LOAD);
      expect(result, JSON.stringify(logged)).toMatchObject({ lost: 0, twice: 0, isBalanced: true, noise: [] });
      expect(result.secondsToRecover).toBeLessThan(15);
      expect(result.acknowledged).toBeGreaterThan(500);
    },
  );
});
