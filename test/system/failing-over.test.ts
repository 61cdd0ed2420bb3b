// Real: the built program as processes on a Redis with Sentinels, and on a Cluster; a load on them, and a server that
// hangs or is killed. `npm run chaos -- --failover` tries all faults, with more load and for longer.
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { startServer } from '../../scripts/redis.mjs';
import { type TroubleName, tryFailover } from '../chaos/failover/failovers.js';
import { conversionPayload } from '../support/events.js';
import { endAllPrograms, Program, run } from '../support/program.js';

afterEach(() => endAllPrograms());

const LOAD = { eventsPerSecond: 250, loadMs: 7_000, downAfterMs: 1_000 };

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

describe('losing acknowledged events all the same', () => {
  it('is reported by metrics, status and check', async () => {
    const redis = await startServer();
    const environment = {
      REDIS_URL: redis.url,
      AMAZON_ADS_PROFILE_ID: '1234567890',
      LWA_CLIENT_ID: 'client',
      LWA_CLIENT_SECRET: 'secret',
      LWA_REFRESH_TOKEN: 'refresh',
      LWA_TOKEN_URL: 'http://127.0.0.1:1',
    };
    const intake = await Program.start('intake', [], environment);
    const post = async (...ids: string[]) => {
      const timestamp = new Date().toISOString();
      const response = await fetch(`${intake.address('intake')}/v1/events?source=conversion`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(ids.map((id) => conversionPayload({ clientDedupeId: id, timestamp }))),
      });
      expect(response.status).toBe(202);
    };
    const admin = new Redis(redis.url);
    try {
      await post('a', 'b', 'c');
      expect((await run(['status'], environment)).stdout).not.toContain('lost by Redis');
      await admin.flushall();
      await post('d');
      const metrics = await (await fetch(`${intake.address('metrics')}/metrics`)).text();
      expect(metrics).toContain('capi_ledger_went_back_total{account="default"} 1');
      expect((await run(['status'], environment)).stdout).toMatch(/lost by Redis\s.*3 acknowledged events/);
      expect((await run(['check'], environment)).stdout).toContain('ledger default: Redis lost 3 acknowledged events');
    } finally {
      admin.disconnect();
      await intake.end('SIGKILL');
      await redis.stop();
    }
  });
});
