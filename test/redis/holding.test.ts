// Real: Redis, BullMQ, undici, the sandbox over HTTP. Credentials are refused by the sandbox's token endpoint.
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keysOf } from '../../src/queue/queue.js';
import { Gate } from '../../src/worker/gate.js';
import { lwaCredentials } from '../support/credentials.js';
import { eventOf, idsFrom } from '../support/events.js';
import { metricOf, until, World } from '../support/world.js';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const eventsOf = (ids: readonly string[]) => ids.map((id) => eventOf(id));

describe('refreshing the token', () => {
  it('refreshes once however many batches wait, and sends the same bytes once more', async () => {
    const { metrics } = await world.startWorker();
    await world.enqueue(eventsOf(['first']));
    await world.untilSettled({ delivered: 1 });
    world.sandbox.tokens.expireAll();
    await world.enqueue(eventsOf(idsFrom('id', 2000)));
    await world.untilSettled({ delivered: 2001 });
    expect(world.sandbox.stats.tokenRequests).toBe(2);
    const { '401': refused = 0 } = world.sandbox.stats.statuses;
    expect(refused).toBeGreaterThanOrEqual(1);
    expect(refused).toBeLessThanOrEqual(4);
    expect(world.sandbox.received.list().every(({ received }) => received === 1)).toBe(true);
    expect(
      await metricOf(metrics, 'capi_event_retries_total', { account: world.account, reason: 'server_error' }),
    ).toBe(0);
  });

  it('waits while a token endpoint is down, without counting an attempt', async () => {
    world.sandbox.faults.add({ kind: 'token_status', status: 503, times: 3 });
    await world.enqueue(eventsOf(['a']));
    const { metrics } = await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    expect(await metricOf(metrics, 'capi_token_refreshes_total', { account: world.account, result: 'failed' })).toBe(3);
    expect(world.sandbox.stats.requests).toBe(1);
  });

  it('reads a rotated secret file without a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'capi-secret-'));
    const file = join(folder, 'secret');
    writeFileSync(file, 'old');
    const seen: string[] = [];
    const { readFileSync } = await import('node:fs');
    const readClientSecret = () => {
      seen.push(readFileSync(file, 'utf8'));
      return seen.at(-1) ?? '';
    };
    await world.startWorker({
      credentials: lwaCredentials({ tokenUrl: `${world.sandboxUrl}/auth/o2/token`, readClientSecret }),
    });
    await world.enqueue(eventsOf(['a']));
    await world.untilSettled({ delivered: 1 });
    writeFileSync(file, 'new');
    world.sandbox.tokens.expireAll();
    await world.enqueue(eventsOf(['b']));
    await world.untilSettled({ delivered: 2 });
    expect(seen).toEqual(['old', 'new']);
    await rm(folder, { recursive: true });
  });
});

describe('holding an account', () => {
  it.each(['invalid_grant', 'invalid_client'] as const)(
    '%s holds it: no event lost, no attempt spent, and it goes on by itself',
    async (error) => {
      world.sandbox.faults.add({ kind: 'credentials', error });
      await world.enqueue(eventsOf(idsFrom('id', 700)));
      await world.startWorker();
      await until(async () => {
        expect((await world.state()).gate).toMatchObject({ reason: 'credentials_refused', detail: error });
      });
      // The second refusal in a row shows that it tries again.
      await until(() => expect(world.sandbox.stats.tokenRequests).toBeGreaterThanOrEqual(3));
      expect(world.sandbox.stats.requests).toBe(0);
      expect((await world.state()).queuedEvents).toBe(700);
      world.sandbox.faults.clear();
      await world.untilSettled({ delivered: 700, dead_lettered: 0 });
      expect((await world.state()).gate).toBeUndefined();
      expect(world.sandbox.received.list().every(({ received }) => received === 1)).toBe(true);
    },
  );

  it('a 401 that survives a fresh token holds it, and each round costs one repetition', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 401 });
    await world.enqueue(eventsOf(['a', 'b']));
    await world.startWorker();
    await until(async () => {
      expect((await world.state()).gate).toMatchObject({ reason: 'unauthorized', detail: '401' });
    });
    world.sandbox.faults.clear();
    await world.untilSettled({ delivered: 2, dead_lettered: 0 });
    expect((await world.state()).gate).toBeUndefined();
  });

  it.each([301, 404, 405, 406, 410, 415])(
    '%i holds it as misconfigured, and a redirect is not followed',
    async (status) => {
      world.sandbox.faults.add({ kind: 'status', status, times: 2 });
      await world.enqueue(eventsOf(['a']));
      await world.startWorker();
      await until(async () => {
        expect((await world.state()).gate).toMatchObject({ reason: 'misconfigured', detail: String(status) });
      });
      await world.untilSettled({ delivered: 1 });
      expect(world.sandbox.stats.requests).toBe(3);
    },
  );

  it('shows in account_held while it lasts', async () => {
    world.sandbox.faults.add({ kind: 'credentials', error: 'invalid_grant' });
    await world.enqueue(eventsOf(['a']));
    const { metrics } = await world.startWorker();
    const { collectAccountStates } = await import('../../src/queue/account-state.js');
    const labels = { account: world.account, reason: 'credentials_refused' };
    await until(async () => {
      await collectAccountStates({ ...world.watched(metrics), metrics });
      expect(await metricOf(metrics, 'capi_account_held', labels)).toBe(1);
    });
    world.sandbox.faults.clear();
    await world.untilSettled({ delivered: 1 });
    await collectAccountStates({ ...world.watched(metrics), metrics });
    expect(await metricOf(metrics, 'capi_account_held', labels)).toBe(0);
  });

  it('stops gracefully while held, gives its jobs back, and another worker delivers them', async () => {
    world.sandbox.faults.add({ kind: 'credentials', error: 'invalid_grant' });
    await world.enqueue(eventsOf(idsFrom('id', 250)));
    const { worker } = await world.startWorker();
    await until(async () => expect((await world.state()).gate).toBeDefined());
    await worker.stop();
    expect((await world.state()).jobs).toMatchObject({ active: 0, waiting: 3, failed: 0 });
    world.sandbox.faults.clear();
    await world.startWorker();
    await world.untilSettled({ delivered: 250 });
  });
});

describe('waiting as long as Amazon says', () => {
  it('sends nothing from any worker before Retry-After is over, and spends no attempt', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 1, times: 1 });
    await world.enqueue(eventsOf(['first']));
    const { metrics } = await world.startWorker();
    await world.startWorker();
    await until(() => expect(world.sandbox.stats.statuses['429']).toBe(1));
    const throttledAt = performance.now();
    await world.enqueue(eventsOf(idsFrom('id', 500)));
    await until(() => expect(world.sandbox.stats.requests).toBeGreaterThan(1));
    // 50 ms for the time from the sandbox's answer to this test's clock.
    expect(performance.now() - throttledAt).toBeGreaterThan(950);
    await world.untilSettled({ delivered: 501, dead_lettered: 0 });
    expect(
      await metricOf(metrics, 'capi_event_retries_total', { account: world.account, reason: 'server_error' }),
    ).toBe(0);
    expect((await world.state()).gate).toBeUndefined();
  });

  it('backs off where a 429 says nothing', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 429, times: 3 });
    await world.enqueue(eventsOf(['a']));
    await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    expect(world.sandbox.stats.requests).toBe(4);
  });

  it('does not open for an answer that comes after a newer 429', async () => {
    const { signal } = new AbortController();
    const gate = new Gate(world.connection, keysOf(world.account), { baseMs: 20, maxMs: 200 }, signal);
    await gate.close('throttled', 1, '429');
    const seen = String((await world.state()).gate?.untilMs);
    await gate.close('throttled', 60_000, '429');
    await gate.open(seen);
    const newer = (await world.state()).gate;
    expect(newer).toMatchObject({ reason: 'throttled' });
    await gate.open(String(newer?.untilMs));
    expect((await world.state()).gate).toBeUndefined();
  });

  it('backs off where Retry-After is 0', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 0, times: 4 });
    const startedAt = performance.now();
    await world.enqueue(eventsOf(['a']));
    await world.startWorker();
    await world.untilSettled({ delivered: 1 });
    // 20, 40, 80 and 160 ms of back-off.
    expect(performance.now() - startedAt).toBeGreaterThan(290);
  });

  it('keeps to MAX_REQUESTS_PER_SECOND over all workers', async () => {
    await world.close();
    world = await World.open({ MAX_REQUESTS_PER_SECOND: '10', BATCH_MAX_EVENTS: '10' });
    await world.enqueue(eventsOf(idsFrom('id', 100)));
    const startedAt = performance.now();
    await world.startWorker();
    await world.startWorker();
    await world.untilSettled({ delivered: 100 });
    // Ten requests or more, each a tenth of a second after the one before.
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });
});

describe('working for several accounts', () => {
  it('holds one and goes on with the other', async () => {
    const other = await World.open();
    try {
      other.sandbox.faults.add({ kind: 'credentials', error: 'invalid_grant' });
      await other.enqueue(eventsOf(['a']));
      await other.startWorker();
      await world.enqueue(eventsOf(['a']));
      await world.startWorker();
      await world.untilSettled({ delivered: 1 });
      await until(async () => expect((await other.state()).gate).toBeDefined());
      expect((await world.state()).gate).toBeUndefined();
    } finally {
      await other.close();
    }
  });
});
